"""The SQL of payouts: what sellers are owed, and the payouts that take it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from fairseat_common.ids import new_id
from payments.domain_payouts import Payable, Payout


class Owed(NamedTuple):
    """A seller and a currency in which a payout can be made."""

    seller_id: UUID
    currency: str


# A payable of a seat under dispute waits until the bank has decided.
_OPEN = (
    "p.payout_id is null and not exists (select from sale_lines s where s.order_id = p.order_id and s.line = p.line"
    " and s.dispute_id is not null and s.status in ('escrow', 'released'))"
)


async def payables_insert(tx: Connection, payables: Sequence[Payable]) -> None:
    """Note what sellers are owed, or owe; each cause once."""
    await tx.execute(
        "insert into payables (id, seller_id, currency, amount, kind, cause, order_id, line)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[],"
        " $7::uuid[], $8::smallint[])",
        [new_id() for _ in payables],
        [payable.seller_id for payable in payables],
        [payable.amount.currency for payable in payables],
        [payable.amount.amount for payable in payables],
        [payable.kind for payable in payables],
        [payable.cause for payable in payables],
        [payable.order_id for payable in payables],
        [payable.line for payable in payables],
    )


async def owed_lists(tx: Connection, rows_max: int) -> list[Owed]:
    """Sellers with an active account who are owed something in a currency, and have no payout on its way in it.

    Those who are banned wait.
    """
    rows = await tx.fetch(
        "select p.seller_id, p.currency from payables p join seller_accounts a on a.seller_id = p.seller_id"  # noqa: S608  # a constant
        f" where payouts_open() and a.status = 'active' and {_OPEN}"
        " and not payouts_wait(p.seller_id) and not exists (select from payouts o"
        " where o.seller_id = p.seller_id and o.currency = p.currency and o.status = 'due')"
        " group by p.seller_id, p.currency having sum(p.amount) > 0 order by min(p.created_at) limit $1",
        rows_max,
    )
    return [Owed(row["seller_id"], row["currency"]) for row in rows]


async def payables_lock(tx: Connection, owed: Owed) -> tuple[list[UUID], int]:
    """The open payables of a seller in a currency, and their sum; nobody else takes them until this ends."""
    rows = await tx.fetch(
        f"select p.id, p.amount from payables p where p.seller_id = $1 and p.currency = $2 and {_OPEN}"  # noqa: S608  # a constant
        " order by p.id for update of p",
        owed.seller_id,
        owed.currency,
    )
    return [row["id"] for row in rows], sum(row["amount"] for row in rows)


async def payout_insert(tx: Connection, payout_id: UUID, owed: Owed, account_id: str, amount: int) -> bool:
    """A payout that is due; False if one of this seller and currency still is."""
    status = await tx.execute(
        "insert into payouts (id, seller_id, account_id, amount, currency) values ($1, $2, $3, $4, $5)"
        " on conflict (seller_id, currency) where status = 'due' do nothing",
        payout_id,
        owed.seller_id,
        account_id,
        amount,
        owed.currency,
    )
    return bool(status == "INSERT 0 1")


async def payables_take(tx: Connection, payables: Sequence[UUID], payout_id: UUID) -> int:
    """Put open payables into a payout; answers how many were still open."""
    taken = await tx.fetch(
        "update payables set payout_id = $2 where id = any($1::uuid[]) and payout_id is null returning id, amount",
        list(payables),
        payout_id,
    )
    await tx.execute(
        "insert into payout_items (payout_id, payable_id, amount)"
        " select $1, id, amount from unnest($2::uuid[], $3::bigint[]) as t (id, amount)",
        payout_id,
        [row["id"] for row in taken],
        [row["amount"] for row in taken],
    )
    return len(taken)


async def payables_reopen(tx: Connection, payout_id: UUID) -> None:
    """Give a payout's payables back: the whole transfer was reversed."""
    await tx.execute("update payables set payout_id = null where payout_id = $1", payout_id)


async def payouts_lease(tx: Connection, rows_max: int, lease: timedelta) -> list[Payout]:
    """Payouts that have to be sent, none while payouts are stopped, nor of banned sellers.

    Nobody else gets them while the lease lasts.
    """
    rows = await tx.fetch(
        "with due as (select id from payouts where payouts_open() and status = 'due'"
        " and leased_until <= clock_timestamp() and not payouts_wait(seller_id)"
        " order by leased_until limit $1 for update skip locked)"
        " update payouts set tries = tries + 1, leased_until = clock_timestamp() + $2"
        " where id in (select id from due) returning *",
        rows_max,
        lease,
    )
    return [_payout(row) for row in rows]


async def payout_postpone(tx: Connection, payout_id: UUID, pause: timedelta) -> None:
    """Let go of a payout whose transfer could not be made; it is due again after a pause."""
    await tx.execute(
        "update payouts set leased_until = clock_timestamp() + $2 where id = $1 and status = 'due'", payout_id, pause
    )


async def payout_key_spend(tx: Connection, payout_id: UUID, keys_used: int) -> None:
    """Use the next idempotency key from now on: the provider has stored an error under this one."""
    await tx.execute(
        "update payouts set keys_used = keys_used + 1 where id = $1 and keys_used = $2 and status = 'due'",
        payout_id,
        keys_used,
    )


async def payout_lock(tx: Connection, payout_id: UUID) -> tuple[Payout, datetime] | None:
    """A payout, which nobody else changes until the transaction ends, and this database's time."""
    row = await tx.fetchrow(
        "select *, clock_timestamp() as now from payouts where id = $1 for no key update", payout_id
    )
    return (_payout(row), row["now"]) if row else None


async def payout_find(tx: Connection, payout_id: UUID) -> Payout | None:
    """A payout by its id."""
    row = await tx.fetchrow("select * from payouts where id = $1", payout_id)
    return _payout(row) if row else None


async def payout_update(tx: Connection, payout: Payout) -> None:
    """Write where a payout stands."""
    await tx.execute(
        "update payouts set status = $2, transfer_id = $3, reversed = $4, version = $5, sent_at = $6 where id = $1",
        payout.id,
        payout.status,
        payout.transfer_id,
        payout.reversed.amount,
        payout.version,
        payout.sent_at,
    )


async def payouts_of_seller(tx: Connection, seller_id: UUID, before: UUID | None, rows_max: int) -> list[Payout]:
    """A seller's payouts, newest first."""
    rows = await tx.fetch(
        "select * from payouts where seller_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3",
        seller_id,
        before,
        rows_max,
    )
    return [_payout(row) for row in rows]


async def payouts_of_order(tx: Connection, order_id: UUID) -> list[Payout]:
    """The payouts that took a payable of an order, newest first."""
    rows = await tx.fetch(
        "select * from payouts where id in (select i.payout_id from payout_items i"
        " join payables p on p.id = i.payable_id where p.order_id = $1) order by id desc",
        order_id,
    )
    return [_payout(row) for row in rows]


def _payout(row: Record) -> Payout:
    names = ("id", "seller_id", "account_id", "status", "transfer_id", "version", "keys_used", "tries")
    return Payout(
        amount=Money(row["amount"], row["currency"]),
        reversed=Money(row["reversed"], row["currency"]),
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        **{name: row[name] for name in names},
    )
