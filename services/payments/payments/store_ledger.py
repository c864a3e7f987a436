"""The SQL of the ledger: entries that are added and never changed, and the lines of sales."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from fairseat_common.ids import new_id
from payments.domain_ledger import Entry, SaleLine

# Charged, undisputed, and the show took place; one that was put off or called off never releases anything.
_RELEASABLE = (
    "from sale_lines s join shows h on h.show_id = s.show_id"
    " where s.status = 'escrow' and s.captured_at is not null and s.dispute_id is null"
    " and h.status = 'scheduled' and h.starts_at + $1 <= clock_timestamp()"
)


async def cause_known(tx: Connection, cause: str) -> bool:
    """Whether this fact has its entry already."""
    return bool(await tx.fetchval("select exists (select from ledger_entries where cause = $1)", cause))


async def entries_post(tx: Connection, entries: Sequence[Entry]) -> set[str]:
    """Add entries, each with all its lines; answers the causes that are new. A known cause changes nothing.

    In the order of their causes: two transactions with the same facts then wait for each other one way only.
    """
    given = {entry.cause: (new_id(), entry) for entry in sorted(entries, key=lambda entry: entry.cause)}
    rows = await tx.fetch(
        "insert into ledger_entries (id, cause) select * from unnest($1::uuid[], $2::text[])"
        " on conflict (cause) do nothing returning cause",
        [identity for identity, _ in given.values()],
        list(given),
    )
    added = {row["cause"] for row in rows}
    lines = [
        (identity, number, posting)
        for cause, (identity, entry) in given.items()
        if cause in added
        for number, posting in enumerate(entry.postings, start=1)
    ]
    await tx.execute(
        "insert into ledger_lines (entry_id, line, account, currency, amount, order_id)"
        " select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::bigint[], $6::uuid[])",
        [identity for identity, _, _ in lines],
        [number for _, number, _ in lines],
        [posting.account for *_, posting in lines],
        [posting.money.currency for *_, posting in lines],
        [posting.money.amount for *_, posting in lines],
        [posting.order_id for *_, posting in lines],
    )
    return added


async def sale_lines_insert(tx: Connection, lines: Sequence[SaleLine]) -> None:
    """The lines of a confirmed order; captured at once if the charge was heard of before the confirmation."""
    await tx.execute(
        "insert into sale_lines (order_id, line, seat, seller_id, show_id, price, buyer_fee, seller_fee, currency,"
        " tax_country, tax_rate, buyer_tax, seller_tax)"
        " select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::uuid[], $5::uuid[],"
        " $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::integer[], $12::bigint[],"
        " $13::bigint[])",
        [line.order_id for line in lines],
        [line.line for line in lines],
        [line.seat for line in lines],
        [line.seller_id for line in lines],
        [line.show_id for line in lines],
        [line.price for line in lines],
        [line.buyer_fee for line in lines],
        [line.seller_fee for line in lines],
        [line.currency for line in lines],
        [line.tax_country for line in lines],
        [line.tax_rate for line in lines],
        [line.buyer_tax for line in lines],
        [line.seller_tax for line in lines],
    )
    await tx.execute(
        "update sale_lines s set captured_at = e.occurred_at"
        " from attempts a join ledger_entries e on e.cause = 'payment-captured:' || a.id"
        " where s.order_id = $1 and a.order_id = $1 and a.status = 'captured'",
        lines[0].order_id,
    )


async def sale_lines_captured(tx: Connection, order_id: UUID) -> None:
    """Note that the buyer was charged for an order."""
    await tx.execute(
        "update sale_lines set captured_at = clock_timestamp() where order_id = $1 and captured_at is null",
        order_id,
    )


async def sale_lines_lock(tx: Connection, order_id: UUID) -> list[SaleLine]:
    """The lines of an order, which nobody else changes until the transaction ends."""
    rows = await tx.fetch("select * from sale_lines where order_id = $1 order by line for no key update", order_id)
    return [sale_line(row) for row in rows]


async def sale_lines_refund(tx: Connection, order_id: UUID, seats: Sequence[str], refund_id: UUID) -> None:
    """Take lines out of the sale: their money goes back to the buyer."""
    await tx.execute(
        "update sale_lines set status = 'refunded', refund_id = $3"
        " where order_id = $1 and seat = any($2) and status in ('escrow', 'released')",
        order_id,
        list(seats),
        refund_id,
    )


async def sale_lines_dispute(tx: Connection, order_id: UUID, dispute_id: UUID) -> None:
    """Hold what still stands until the dispute is decided."""
    await tx.execute(
        "update sale_lines set dispute_id = $2"
        " where order_id = $1 and status in ('escrow', 'released') and dispute_id is null",
        order_id,
        dispute_id,
    )


async def sale_lines_undispute(
    tx: Connection, order_id: UUID, dispute_id: UUID, charged_back: Sequence[int] = ()
) -> None:
    """End a dispute: these lines (by number) are charged back, the others go on."""
    await tx.execute(
        "update sale_lines set status = 'charged_back', dispute_id = $2"
        " where order_id = $1 and line = any($3::smallint[])",
        order_id,
        dispute_id,
        list(charged_back),
    )
    await tx.execute(
        "update sale_lines set dispute_id = null where order_id = $1 and dispute_id = $2 and status <> 'charged_back'",
        order_id,
        dispute_id,
    )


async def releasable_exist(tx: Connection, delay: timedelta) -> bool:
    """Whether any line may be released now."""
    return bool(await tx.fetchval(f"select exists (select {_RELEASABLE})", delay))


async def sale_lines_releasable(tx: Connection, delay: timedelta, rows_max: int) -> list[SaleLine]:
    """Some lines whose show took place long enough ago, locked; lines that somebody else works on are passed over."""
    rows = await tx.fetch(
        f"select s.* {_RELEASABLE} order by s.order_id, s.line limit $2 for no key update of s skip locked",
        delay,
        rows_max,
    )
    return [sale_line(row) for row in rows]


async def sale_lines_release(tx: Connection, lines: Sequence[SaleLine]) -> None:
    """Note that locked lines are the seller's now."""
    await tx.execute(
        "update sale_lines s set status = 'released', released_at = clock_timestamp()"
        " from unnest($1::uuid[], $2::smallint[]) as t (order_id, line)"
        " where s.order_id = t.order_id and s.line = t.line and s.status = 'escrow'",
        [line.order_id for line in lines],
        [line.line for line in lines],
    )


def sale_line(row: Record) -> SaleLine:
    """A line of a sale from its row."""
    names = ("order_id", "line", "seat", "seller_id", "show_id", "price", "buyer_fee", "seller_fee", "currency")
    more = ("status", "dispute_id", "sold_at", "captured_at", "released_at")
    tax = ("tax_country", "tax_rate", "buyer_tax", "seller_tax")
    return SaleLine(**{name: row[name] for name in (*names, *more, *tax)})


def money(row: Record, name: str = "amount") -> Money:
    """An amount and its currency from a row."""
    return Money(int(row[name]), row["currency"])
