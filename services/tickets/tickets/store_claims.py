"""The SQL of claims, and of what decides them."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from tickets.domain_claims import Claim
from tickets.domain_faults import Link
from tickets.domain_gates import Result
from tickets.domain_tickets import Ticket

_COLUMNS = ", ".join(Claim.__struct_fields__)
CHAIN_MAX = 100
OF_SHOW = "show_id = $1 and cause_id is null"
BOXES = {
    "mine": "(buyer_id = $1 or holder_id = $1)",
    "sold": "seller_id = $1 and outcome is distinct from 'rejected'",
    "open": "$1::uuid is null and outcome is null",
    "all": "$1::uuid is null",
}
"""Whose claims a page is of."""


class Spare(NamedTuple):
    """An unsold place that could stand in for another: where it is on sale, and by which ticket of its seller's."""

    listing_id: UUID
    ticket_id: UUID
    section: str
    row: str
    seat: str


async def claim_add(tx: Connection, claim: Claim) -> bool:
    """Write a claim; False if its line has one that was not rejected."""
    values = [getattr(claim, name) for name in Claim.__struct_fields__]
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    answer = await tx.execute(f"insert into claims ({_COLUMNS}) values ({places}) on conflict do nothing", *values)
    return answer.endswith(" 1")


async def claim_decide(tx: Connection, claim: Claim) -> bool:
    """Write a decision; False if there was one before."""
    answer = await tx.execute(
        "update claims set outcome = $2, penalty_amount = $3, replacement_ticket_id = $4, decided_by = $5,"
        " decided_at = now(), verdict = $6, version = 2 where id = $1 and outcome is null",
        claim.id,
        claim.outcome,
        claim.penalty_amount,
        claim.replacement_ticket_id,
        claim.decided_by,
        claim.verdict,
    )
    return answer.endswith(" 1")


async def claim_get(tx: Connection, claim_id: UUID) -> Claim | None:
    """A claim as it is."""
    row = await tx.fetchrow(f"select {_COLUMNS} from claims where id = $1", claim_id)
    return None if row is None else _claim(row)


async def claim_of_line(tx: Connection, order_id: UUID, seat: str) -> UUID | None:
    """The claim of a line that was not rejected."""
    found: UUID | None = await tx.fetchval(
        "select id from claims where order_id = $1 and seat = $2 and outcome is distinct from 'rejected'",
        order_id,
        seat,
    )
    return found


async def claims_page(tx: Connection, where: str, value: UUID | None, before: UUID | None, limit: int) -> list[Claim]:
    """Claims, newest first; `where` is OF_SHOW or one of BOXES."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from claims where {where} and ($2::uuid is null or id < $2) order by id desc limit $3",
        value,
        before,
        limit,
    )
    return [_claim(row) for row in rows]


async def scans_of(tx: Connection, ticket_id: UUID) -> list[Result]:
    """What became of a ticket at the door each time, the latest of very many."""
    rows = await tx.fetch(
        "select result from scans where ticket_id = $1 order by scanned_at desc limit $2", ticket_id, CHAIN_MAX
    )
    return [row["result"] for row in rows]


async def chain_get(tx: Connection, ticket_id: UUID) -> list[Link]:
    """A ticket and those that its place had before, the oldest first, each with the sale that made it."""
    rows = await tx.fetch(
        "with recursive chain as (select t.*, 1 as step from tickets t where id = $1"
        " union all select t.*, c.step + 1 from chain c join tickets t on t.replaced_by = c.id where c.step < $2)"
        " select c.id as ticket_id, c.holder_id, c.status, c.order_id, o.buyer_id, l.seller_id,"
        " coalesce(p.unit_price, l.unit_price) as price, l.currency,"
        " exists (select from scans s where s.ticket_id = c.id and s.let_in) as let_in,"
        " exists (select from refunded_seats r where r.order_id = c.order_id and r.seat = c.seat) as refunded"
        " from chain c left join orders o on o.id = c.order_id left join listings l on l.id = o.listing_id"
        " left join sold_prices p on p.order_id = c.order_id order by c.step desc",
        ticket_id,
        CHAIN_MAX,
    )
    return [_link(row) for row in rows]


async def spare_find(tx: Connection, seller_id: UUID, ticket: Ticket, price: int) -> Spare | None:
    """An unsold place that a seller has brought in, as good as that of a ticket which cost `price`.

    In no row further back in the same section, or no cheaper; the nearest first.
    """
    row = await tx.fetchrow(
        "select l.id as listing_id, s.ticket_id, s.section, s.row, s.seat from listing_seats s"
        " join listings l on l.id = s.listing_id join tickets t on t.id = s.ticket_id"
        " where l.show_id = $1 and l.seller_id = $2 and l.status = 'active' and s.state = 'free'"
        " and t.order_id is null and t.status = 'valid' and ((s.section = $3 and l.row_position <= coalesce("
        " (select r.position from venue_rows r join shows h on h.venue_id = r.venue_id"
        " where h.id = $1 and r.section = $3 and r.name = $4), 0)) or l.unit_price >= $5)"
        " order by s.section = $3 desc, s.row = $4 desc, l.row_position desc, s.seat limit 1",
        ticket.show_id,
        seller_id,
        ticket.section,
        ticket.row,
        price,
    )
    return None if row is None else Spare(**dict(row))


async def replacements_at(tx: Connection, ticket_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these tickets were given for others that had failed."""
    rows = await tx.fetch(
        "select replacement_ticket_id as id from claims where replacement_ticket_id = any($1::uuid[])",
        list(ticket_ids),
    )
    return {row["id"] for row in rows}


def _claim(row: Record) -> Claim:
    return Claim(**dict(row))


def _link(row: Record) -> Link:
    values = dict(row)
    price, currency = values.pop("price"), values.pop("currency")
    return Link(**values, unit_price=None if price is None else Money(price, currency))
