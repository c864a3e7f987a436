"""The calls to the payment provider about sellers: their accounts, the way into onboarding, transfers and reversals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import stripe

from fairseat_common.contracts import Money
from payments.domain_payouts import AccountStatus, Payout, Reversal, SellerAccount, Transfer
from payments.store_provider import LIST_PAGE, Provider, heard, key_of, metadata_of

LIST_BACK = timedelta(hours=1)
"""The provider's clock may be behind ours by so much."""
ACCOUNT_TYPE: Any = "express"


async def account_find(provider: Provider, account: SellerAccount) -> str | None:
    """The id of the account that carries the seller's id, if the provider has one: nothing is resent blindly."""
    cursor: dict[str, Any] = {}
    oldest = int((account.created_at - LIST_BACK).timestamp())
    while True:
        query: Any = {"limit": LIST_PAGE, "created": {"gte": oldest}} | cursor
        page = await heard(provider.client.v1.accounts.list_async(query))
        for found in page.data:
            if metadata_of(found, "seller_id") == str(account.seller_id):
                return found.id
        if not page.has_more:
            return None
        cursor = {"starting_after": page.data[-1].id}


async def account_make(provider: Provider, account: SellerAccount) -> str:
    """A new account for the seller; the same one again while the provider remembers the key."""
    made = await heard(
        provider.client.v1.accounts.create_async(
            {
                "type": ACCOUNT_TYPE,
                "capabilities": {"transfers": {"requested": True}},
                "metadata": {"seller_id": str(account.seller_id)},
            },
            key_of(str(account.seller_id), "", account.keys_used),
        )
    )
    return made.id


async def account_read(provider: Provider, account_id: str) -> tuple[str | None, AccountStatus]:
    """Whose account it is, and whether it can receive transfers. Raises ProviderRefuses when there is none."""
    found = await heard(provider.client.v1.accounts.retrieve_async(account_id))
    # What was never asked for is not part of the answer at all.
    may_receive = getattr(found.capabilities, "transfers", None)
    return metadata_of(found, "seller_id"), "active" if may_receive == "active" else "pending"


async def onboarding_url(provider: Provider, account_id: str, return_url: str) -> str:
    """Where the seller goes on with the onboarding; good for some minutes."""
    link = await heard(
        provider.client.v1.account_links.create_async(
            {
                "account": account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": return_url,
            }
        )
    )
    return link.url


async def transfer_find(provider: Provider, payout: Payout) -> Transfer | None:
    """The transfer of a payout, if the provider has made it. The list is never behind."""
    page = await heard(provider.client.v1.transfers.list_async({"transfer_group": str(payout.id), "limit": LIST_PAGE}))
    ours = [found for found in page.data if metadata_of(found, "payout_id") == str(payout.id)]
    return transfer_of(ours[-1]) if ours else None


async def transfer_make(provider: Provider, payout: Payout) -> Transfer:
    """Send a payout's amount to the seller's account; the same transfer again while the provider remembers the key."""
    made = await heard(
        provider.client.v1.transfers.create_async(
            {
                "amount": payout.amount.amount,
                "currency": payout.amount.currency.lower(),
                "destination": payout.account_id,
                "transfer_group": str(payout.id),
                "metadata": {"payout_id": str(payout.id), "seller_id": str(payout.seller_id)},
            },
            key_of(str(payout.id), "", payout.keys_used),
        )
    )
    return transfer_of(made)


async def transfer_read(provider: Provider, transfer_id: str) -> Transfer:
    """A transfer as it is now, with all its reversals, oldest first. Raises ProviderRefuses when there is none."""
    found = await heard(provider.client.v1.transfers.retrieve_async(transfer_id))
    reversals: list[Reversal] = []
    cursor: dict[str, Any] = {}
    while found.amount_reversed > 0:
        query: Any = {"limit": LIST_PAGE} | cursor
        page = await heard(provider.client.v1.transfers.reversals.list_async(transfer_id, query))
        reversals += [Reversal(id=each.id, amount=Money(each.amount, each.currency.upper())) for each in page.data]
        if not page.has_more:
            break
        cursor = {"starting_after": page.data[-1].id}
    return transfer_of(found, tuple(reversed(reversals)))


def transfer_of(found: stripe.Transfer, reversals: tuple[Reversal, ...] = ()) -> Transfer:
    """The provider's object as far as we read it."""
    destination = found.destination
    return Transfer(
        id=found.id,
        payout_id=metadata_of(found, "payout_id"),
        account_id=destination if isinstance(destination, str) else destination.id if destination else "",
        amount=Money(found.amount, found.currency.upper()),
        reversals=reversals,
    )
