"""The SQL that operators and sellers read money with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from payments.domain_ledger import Posting
from payments.domain_reports import (
    AttemptShown,
    Balance,
    Break,
    DisputeShown,
    LedgerEntry,
    RefundShown,
    Sale,
    SellerTotals,
    SoldSeat,
)


async def balances_page(
    tx: Connection, prefix: str | None, currency: str | None, after: tuple[str, str] | None, rows_max: int
) -> list[Balance]:
    """Accounts whose name begins with `prefix`, by name and currency: running total beside the sum of the lines.

    One statement, so both are of the same moment.
    """
    rows = await tx.fetch(
        "select account, currency, coalesce(b.balance, 0) as running, coalesce(t.total, 0) as total"
        " from ledger_balances b full join (select account, currency, sum(amount)::bigint as total from ledger_lines"
        " where ($1::text is null or starts_with(account, $1)) and ($2::text is null or currency = $2)"
        " group by account, currency) t using (account, currency)"
        " where ($1::text is null or starts_with(account, $1)) and ($2::text is null or currency = $2)"
        " and ($3::text is null or (account, currency) > ($3, $4::text)) order by account, currency limit $5",
        prefix,
        currency,
        after[0] if after else None,
        after[1] if after else None,
        rows_max,
    )
    return [Balance(**dict(row)) for row in rows]


async def entries_page(
    tx: Connection, account: str | None, order_id: UUID | None, before: UUID | None, rows_max: int
) -> list[LedgerEntry]:
    """Entries with all their lines, newest first; of one account or about one order only."""
    rows = await tx.fetch(
        "select e.id, e.cause, e.occurred_at from ledger_entries e"
        " where ($1::text is null or exists (select from ledger_lines l where l.entry_id = e.id and l.account = $1))"
        " and ($2::uuid is null or e.id in (select l.entry_id from ledger_lines l where l.order_id = $2))"
        " and ($3::uuid is null or e.id < $3) order by e.id desc limit $4",
        account,
        order_id,
        before,
        rows_max,
    )
    lines = await _lines_of(tx, [row["id"] for row in rows])
    return [
        LedgerEntry(id=row["id"], cause=row["cause"], occurred_at=row["occurred_at"], postings=tuple(lines[row["id"]]))
        for row in rows
    ]


async def _lines_of(tx: Connection, entries: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    rows = await tx.fetch(
        "select entry_id, account, currency, amount, order_id from ledger_lines"
        " where entry_id = any($1::uuid[]) order by entry_id, line",
        list(entries),
    )
    found: dict[UUID, list[Posting]] = defaultdict(list)
    for row in rows:
        posting = Posting(row["account"], Money(row["amount"], row["currency"]), row["order_id"])
        found[row["entry_id"]].append(posting)
    return found


async def breaks_page(tx: Connection, open_only: bool, before: UUID | None, rows_max: int) -> list[Break]:
    """What reconciliation could not explain, newest first."""
    rows = await tx.fetch(
        "select id, kind, reference, detail, found_at, resolved_at from breaks"
        " where (resolved_at is null or not $1) and ($2::uuid is null or id < $2) order by id desc limit $3",
        open_only,
        before,
        rows_max,
    )
    return [Break(**dict(row)) for row in rows]


async def sales_page(tx: Connection, seller_id: UUID, before: UUID | None, rows_max: int) -> list[Sale]:
    """A seller's confirmed orders, newest first."""
    rows = await tx.fetch(
        "select distinct order_id from sale_lines where seller_id = $1 and ($2::uuid is null or order_id < $2)"
        " order by order_id desc limit $3",
        seller_id,
        before,
        rows_max,
    )
    return await _sales(tx, [row["order_id"] for row in rows])


async def seller_totals(tx: Connection, seller_id: UUID) -> list[SellerTotals]:
    """All of a seller's sales added up, by currency."""
    rows = await tx.fetch(
        "select currency, count(*) as seats,"
        " coalesce(sum(net) filter (where at = 'escrow'), 0)::bigint as escrow,"
        " coalesce(sum(net) filter (where at = 'payable'), 0)::bigint as payable,"
        " coalesce(sum(net) filter (where at = 'paid'), 0)::bigint as paid,"
        " coalesce(sum(net) filter (where at = 'disputed'), 0)::bigint as disputed"
        " from (select s.currency, s.price - s.seller_fee as net, case when s.dispute_id is not null then 'disputed'"
        " when s.status = 'escrow' then 'escrow' when p.status = 'sent' then 'paid' else 'payable' end as at"
        " from sale_lines s left join payables a on a.order_id = s.order_id and a.line = s.line and a.kind = 'sale'"
        " left join payouts p on p.id = a.payout_id"
        " where s.seller_id = $1 and s.status in ('escrow', 'released')) as seats group by currency order by currency",
        seller_id,
    )
    return [SellerTotals(**dict(row)) for row in rows]


async def sale_of(tx: Connection, order_id: UUID) -> Sale | None:
    """The sale of an order; None if it was never confirmed."""
    found = await _sales(tx, [order_id])
    return found[0] if found else None


async def buyer_of(tx: Connection, order_id: UUID) -> UUID | None:
    """Who bought an order; None if it is not known."""
    found = await tx.fetchval("select buyer_id from orders where id = $1", order_id)
    assert found is None or isinstance(found, UUID)
    return found


async def attempts_of_order(tx: Connection, order_id: UUID) -> list[AttemptShown]:
    """An order's attempts, oldest first."""
    rows = await tx.fetch(
        "select id, status, amount, currency, created_at, intent_id as provider_id, reason"
        " from attempts where order_id = $1 order by id",
        order_id,
    )
    return [AttemptShown(**_with_money(row)) for row in rows]


async def refunds_of_order(tx: Connection, order_id: UUID) -> list[RefundShown]:
    """An order's refunds, oldest first."""
    rows = await tx.fetch(
        "select id, amount, currency, reason, status, seats, provider_id, settled_by, created_at"
        " from refunds where order_id = $1 order by created_at, id",
        order_id,
    )
    return [RefundShown(**_with_money(row) | {"seats": tuple(row["seats"])}) for row in rows]


async def disputes_of_order(tx: Connection, order_id: UUID) -> list[DisputeShown]:
    """An order's disputes, oldest first."""
    rows = await tx.fetch(
        "select id, amount, currency, stage, provider_id, opened_at from disputes"
        " where order_id = $1 order by opened_at",
        order_id,
    )
    return [DisputeShown(**_with_money(row)) for row in rows]


def _with_money(row: Record) -> dict[str, Any]:
    """The fields of a row, its amount as money."""
    fields = dict(row)
    return fields | {"amount": Money(fields["amount"], fields.pop("currency"))}


async def _sales(tx: Connection, orders: Sequence[UUID]) -> list[Sale]:
    rows = await tx.fetch(
        "select s.*, s.dispute_id is not null and s.status in ('escrow', 'released') as disputed,"
        " o.section, o.row, h.starts_at, h.status as show_status, h.moved_from,"
        " coalesce(h.status = 'scheduled' and h.starts_at <= clock_timestamp(), false) as begun,"
        " p.id as payout_id, p.status as payout_status, p.transfer_id, p.sent_at as paid_at,"
        " t.created_at as authorized_at, r.reason as refund_reason, r.created_at as refund_at,"
        " r.settled_at as refund_settled_at, d.opened_at as dispute_opened_at, d.closed_at as dispute_closed_at"
        " from sale_lines s join orders o on o.id = s.order_id left join shows h on h.show_id = s.show_id"
        " left join payables a on a.order_id = s.order_id and a.line = s.line and a.kind = 'sale'"
        " left join payouts p on p.id = a.payout_id"
        " left join attempts t on t.order_id = s.order_id and t.status in ('authorized', 'captured')"
        " left join refunds r on r.id = s.refund_id left join disputes d on d.id = s.dispute_id"
        " where s.order_id = any($1::uuid[]) order by s.order_id desc, s.line",
        list(orders),
    )
    seats: dict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        seats[row["order_id"]].append(row)
    return [_sale(found) for found in seats.values()]


def _sale(rows: Sequence[Record]) -> Sale:
    names = ("order_id", "seller_id", "show_id", "currency", "section", "row")
    show = ("starts_at", "show_status", "begun", "moved_from")
    return Sale(seats=tuple(_seat(row) for row in rows), **{name: rows[0][name] for name in (*names, *show)})


def _seat(row: Record) -> SoldSeat:
    return SoldSeat(**{name: row[name] for name in SoldSeat.__dataclass_fields__})
