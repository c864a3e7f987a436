"""Paying sellers: payouts are made of what is owed, sent as one transfer each, and taken back when it is reversed.

A reconciler: it looks what is due, so it may be killed anywhere, run twice, and run in several processes.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from fairseat_common import outbox
from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Database
from fairseat_common.ids import new_id
from payments import (
    domain,
    domain_ledger,
    domain_payouts,
    store_accounts,
    store_bans,
    store_ledger,
    store_payouts,
    store_provider_payouts,
    store_switch,
)
from payments.actions import LEASE
from payments.actions_accounts import account_heard
from payments.domain_payouts import Payout, Transfer, TransferDisagrees
from payments.domain_refusals import ProviderBroke, ProviderRefuses, ProviderUnavailable
from payments.store_payouts import Owed
from payments.store_provider import Provider

log = structlog.get_logger(__name__)

MAKE_MAX = 50
SEND_MAX = 8


async def payouts_due(database: Database, provider: Provider) -> bool:
    """Make some payouts and send some; answers whether there may be more."""
    made = await payouts_make(database)
    return await payouts_send(database, provider) or made


# Making


async def payouts_make(database: Database) -> bool:
    """Make payouts of what is owed to some sellers; answers whether there may be more."""
    async with database.connection() as connection:
        candidates = await store_payouts.owed_lists(connection, MAKE_MAX)
    made = 0
    for owed in candidates:
        try:
            async with database.transaction() as tx:
                made += await payout_make(tx, owed) is not None
        except Exception as error:  # one seller whose payout breaks must not keep the others waiting
            log.error("payout.broke", seller_id=str(owed.seller_id), currency=owed.currency, exc_info=error)
    return made == MAKE_MAX


async def payout_make(tx: Connection, owed: Owed) -> UUID | None:
    """One payout of all that a seller is owed in a currency; None if there is nothing to pay, or somebody else pays it.

    The account's lock keeps others out, the unique index allows one payout that is due, and only open payables are
    taken: each of the three is enough.
    """
    account = await store_accounts.account_lock(tx, owed.seller_id)
    if account is None or account.status != "active" or account.account_id is None:
        return None
    if await store_bans.payouts_wait(tx, owed.seller_id):
        return None
    payables, amount = await store_payouts.payables_lock(tx, owed)
    payout_id = new_id()
    if amount <= 0 or not await store_payouts.payout_insert(tx, payout_id, owed, account.account_id, amount):
        return None
    taken = await store_payouts.payables_take(tx, payables, payout_id)
    assert taken == len(payables), f"payables of seller {owed.seller_id} were taken while they were locked"
    entry = domain_ledger.payout_made(payout_id, owed.seller_id, Money(amount, owed.currency))
    await store_ledger.entries_post(tx, [entry])
    return payout_id


# Sending


async def payouts_send(database: Database, provider: Provider) -> bool:
    """Send some payouts at once; answers whether there may be more."""
    async with database.connection() as connection:
        payouts = await store_payouts.payouts_lease(connection, SEND_MAX, LEASE)
    await asyncio.gather(*(_send(database, provider, payout) for payout in payouts))
    return len(payouts) == SEND_MAX


async def _send(database: Database, provider: Provider, payout: Payout) -> None:
    """Send a leased payout; what cannot be done now is due again after a pause."""
    try:
        # Looking comes first, also the first time: it costs little, and no lost answer can pay twice.
        transfer = await store_provider_payouts.transfer_find(provider, payout)
        if transfer is None:
            async with database.connection() as connection:
                # The provider may have been slow: nothing begins seconds after a stop, or a ban.
                if not await store_switch.payouts_open(connection):
                    raise ProviderUnavailable("payouts are stopped")
                if await store_bans.payouts_wait(connection, payout.seller_id):
                    raise ProviderUnavailable("the seller is banned")
            transfer = await store_provider_payouts.transfer_make(provider, payout)
        await payout_sent(database, payout.id, transfer)
        return
    except ProviderUnavailable as error:
        log.warning("payout.postponed", payout_id=str(payout.id), tries=payout.tries, error=repr(error))
        if isinstance(error, ProviderBroke):
            await _spend_key(database, payout)
    except ProviderRefuses as error:
        # Nothing was made. The no is stored under the key, and would be repeated when the account is fine again.
        log.error("payout.refused", payout_id=str(payout.id), tries=payout.tries, code=error.code)
        await _spend_key(database, payout)
        await _look_at_account(database, provider, payout.account_id)
    except TransferDisagrees as error:
        log.error("payout.disagrees", payout_id=str(payout.id), tries=payout.tries, error=error.said)
    except Exception as error:  # one payout that breaks must not keep the others waiting
        log.error("payout.broke", payout_id=str(payout.id), tries=payout.tries, exc_info=error)
    async with database.connection() as connection:
        pause = timedelta(seconds=domain.retry_in_s(payout.tries))
        await store_payouts.payout_postpone(connection, payout.id, pause)


async def _spend_key(database: Database, payout: Payout) -> None:
    async with database.connection() as connection:
        await store_payouts.payout_key_spend(connection, payout.id, payout.keys_used)


async def payout_sent(database: Database, payout_id: UUID, transfer: Transfer) -> None:
    """Note a payout's transfer and publish it; what was known changes nothing."""
    async with database.transaction() as tx:
        locked = await store_payouts.payout_lock(tx, payout_id)
        assert locked is not None, f"payout {payout_id} is never deleted"
        payout, now = locked
        sent, events = domain_payouts.send(payout, transfer, now)
        if not events:
            return
        await store_payouts.payout_update(tx, sent)
        await store_ledger.entries_post(tx, [domain_ledger.payout_sent(sent.id, sent.amount)])
        await outbox.append_many(tx, events)


async def _look_at_account(database: Database, provider: Provider, account_id: str) -> None:
    """The provider may not let the account be paid any more."""
    try:
        await account_heard(database, provider, account_id)
    except ProviderUnavailable as error:
        log.warning("account.waiting", account_id=account_id, error=repr(error))


# Coming back


async def transfer_heard(database: Database, provider: Provider, transfer_id: str) -> None:
    """Look whether (part of) a transfer came back. Transfers of others are left alone.

    Raises ProviderUnavailable without an answer.
    """
    try:
        transfer = await store_provider_payouts.transfer_read(provider, transfer_id)
        payout_id = UUID(transfer.payout_id or "")
    except (ProviderRefuses, ValueError):
        log.info("transfer.foreign", transfer_id=transfer_id)
        return
    await transfer_adopt(database, payout_id, transfer)


async def transfer_adopt(database: Database, payout_id: UUID, transfer: Transfer) -> None:
    """Take the provider's word for a transfer: that it was made, and each of its reversals once."""
    async with database.connection() as connection:
        known = await store_payouts.payout_find(connection, payout_id)
    if known is None or known.transfer_id not in (None, transfer.id):
        log.error("transfer.unknown", transfer_id=transfer.id, payout_id=str(payout_id))
        return
    await payout_sent(database, payout_id, transfer)
    async with database.transaction() as tx:
        locked = await store_payouts.payout_lock(tx, payout_id)
        assert locked is not None, f"payout {payout_id} is never deleted"
        payout, now = locked
        for reversal in transfer.reversals:
            entry = domain_ledger.payout_reversed(reversal.id, payout.seller_id, reversal.amount)
            if not await store_ledger.entries_post(tx, [entry]):
                continue
            payout, events = domain_payouts.reverse(payout, reversal, now)
            await store_payouts.payout_update(tx, payout)
            if domain_payouts.is_whole(payout, reversal):
                await store_payouts.payables_reopen(tx, payout.id)
            else:
                await store_payouts.payables_insert(tx, [domain_payouts.come_back(payout, reversal)])
            await outbox.append_many(tx, events)
