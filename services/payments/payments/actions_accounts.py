"""Sellers' accounts at the provider: made once for each seller, onboarded there, and read back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from fairseat_common.database import Database
from payments import domain_payouts, store_accounts, store_provider_payouts
from payments.domain_payouts import SellerAccount
from payments.domain_refusals import ProviderBroke, ProviderRefuses, ProviderUnavailable
from payments.store_provider import Provider

log = structlog.get_logger(__name__)

LOOK_MAX = 8
LOOK_PAUSE_MAX = timedelta(seconds=55)
"""A lost webhook is made up for within a minute."""


async def onboard(
    database: Database, provider: Provider, seller_id: UUID, return_url: str, public_url: str
) -> tuple[SellerAccount, str]:
    """The seller's account, made if there is none yet, and where to go on with the onboarding.

    The row is committed before the provider is asked. Whoever finds a row without an account looks first whether the
    provider has made one. Raises Invalid for a return address that is not ours, ProviderUnavailable without an answer.
    """
    domain_payouts.check_return_url(return_url, public_url)
    async with database.transaction() as tx:
        started = await store_accounts.account_start(tx, seller_id)
        account = started or await store_accounts.account_of_seller(tx, seller_id)
    assert account is not None, f"seller {seller_id} has a row"
    if account.account_id is None:
        account = await _make(database, provider, account, is_new=started is not None)
    assert account.account_id is not None, f"seller {seller_id} has an account"
    return account, await store_provider_payouts.onboarding_url(provider, account.account_id, return_url)


async def _make(database: Database, provider: Provider, account: SellerAccount, *, is_new: bool) -> SellerAccount:
    found = None if is_new else await store_provider_payouts.account_find(provider, account)
    try:
        account_id = found or await store_provider_payouts.account_make(provider, account)
    except (ProviderBroke, ProviderRefuses):
        # The answer is stored under this key and would be repeated for ever; nothing was made.
        async with database.connection() as connection:
            await store_accounts.account_key_spend(connection, account.seller_id, account.keys_used)
        raise
    async with database.transaction() as tx:
        await store_accounts.account_link(tx, account.seller_id, account_id)
        linked = await store_accounts.account_of_seller(tx, account.seller_id)
    assert linked is not None, f"seller {account.seller_id} has a row"
    return linked


async def account_of(database: Database, provider: Provider, seller_id: UUID) -> SellerAccount | None:
    """A seller's account; a pending one is read back, so that whoever returns from the onboarding sees it done."""
    account = await _stored(database, seller_id)
    if account is None or account.account_id is None or account.status == "active":
        return account
    try:
        await account_heard(database, provider, account.account_id)
    except ProviderUnavailable:
        return account
    return await _stored(database, seller_id)


async def account_heard(database: Database, provider: Provider, account_id: str) -> None:
    """Look how an account stands. Accounts of others are left alone. Raises ProviderUnavailable without an answer."""
    try:
        seller, status = await store_provider_payouts.account_read(provider, account_id)
        seller_id = UUID(seller or "")
    except (ProviderRefuses, ValueError):
        log.info("account.foreign", account_id=account_id)
        return
    async with database.transaction() as tx:
        await store_accounts.account_judge(tx, seller_id, account_id, status)


async def accounts_look(database: Database, provider: Provider) -> bool:
    """Read some pending accounts back; answers whether there may be more."""
    async with database.connection() as connection:
        accounts = await store_accounts.accounts_lease(connection, LOOK_MAX, LOOK_PAUSE_MAX)
    for account in accounts:
        assert account.account_id is not None, f"seller {account.seller_id} has an account"
        try:
            await account_heard(database, provider, account.account_id)
        except ProviderUnavailable as error:
            log.warning("account.waiting", account_id=account.account_id, error=repr(error))
        except Exception as error:  # one account that breaks must not keep the others waiting
            log.error("account.broke", account_id=account.account_id, exc_info=error)
    return len(accounts) == LOOK_MAX


async def _stored(database: Database, seller_id: UUID) -> SellerAccount | None:
    async with database.connection() as connection:
        return await store_accounts.account_of_seller(connection, seller_id)
