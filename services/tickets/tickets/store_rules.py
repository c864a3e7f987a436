"""The SQL of the rules of resale, as catalog tells them, and of the first prices that caps count from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from fairseat_common.contracts import Money, ResaleRulesSet
from fairseat_common.database import Connection
from tickets.domain_rules import ResaleRules

_NONE = ResaleRules()


async def rules_apply(tx: Connection, event: ResaleRulesSet) -> None:
    """Keep a version of a show's rules; known before, it stays as it is."""
    await tx.execute(
        "insert into resale_rules (show_id, version, resale, transferable, cap_percent, cap_amount, cap_currency,"
        " buyer_fee_percent, seller_fee_percent, resale_until, by_venue)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " on conflict do nothing",
        event.show_id,
        event.version,
        event.resale,
        event.transferable,
        event.cap_percent,
        event.cap_amount.amount if event.cap_amount else None,
        event.cap_amount.currency if event.cap_amount else None,
        event.buyer_fee_percent,
        event.seller_fee_percent,
        event.resale_until,
        list(event.by_venue),
    )


async def rules_get(tx: Connection, show_id: UUID) -> ResaleRules:
    """The newest rules of a show that were heard of."""
    row = await tx.fetchrow(
        "select version, resale, transferable, cap_percent, cap_amount, cap_currency, buyer_fee_percent,"
        " seller_fee_percent, resale_until, by_venue from resale_rules where show_id = $1"
        " order by version desc limit 1",
        show_id,
    )
    if row is None:
        return _NONE
    values = dict(row)
    amount, currency = values.pop("cap_amount"), values.pop("cap_currency")
    values["by_venue"] = tuple(values["by_venue"])
    return ResaleRules(**values, cap_amount=None if amount is None else Money(amount, currency))


async def faces_on_sale(tx: Connection, listing_id: UUID) -> list[int | None]:
    """The first prices of the seats that a listing still sells."""
    rows = await tx.fetch(
        "select t.face from listing_seats s join tickets t on t.id = s.ticket_id"
        " where s.listing_id = $1 and s.state = 'free'",
        listing_id,
    )
    return [row["face"] for row in rows]


async def faces_held(
    tx: Connection, holder_id: UUID, show_id: UUID, section: str, row: str, seats: Sequence[str] | None
) -> list[int | None]:
    """The first prices of somebody's valid tickets for these seats, or for all of the row or standing section."""
    rows = await tx.fetch(
        "select face from tickets where show_id = $1 and section = $2 and row = $3 and holder_id = $4"
        " and status = 'valid' and ($5::text[] is null or seat = any($5))",
        show_id,
        section,
        row,
        holder_id,
        None if seats is None else list(seats),
    )
    return [found["face"] for found in rows]


async def house_price(tx: Connection, show_id: UUID, section: str) -> int | None:
    """The lowest price for which the organiser put seats of a section on sale, in minor units; None: none of it is."""
    found: int | None = await tx.fetchval(
        "select min(z.unit_price) from onsale_zones z where z.show_id = $1 and exists (select from listings l"
        ' where l.show_id = z.show_id and l.zone = z.name and l.section = $2 and l."primary")',
        show_id,
        section,
    )
    return found


async def listings_over_lease(tx: Connection, rows_max: int, lease: timedelta) -> list[UUID]:
    """Listings on sale although resale has ended by the rules they were made under; nobody else gets them meanwhile."""
    rows = await tx.fetch(
        "with due as (select l.id from resale_rules r join listings l on l.show_id = r.show_id"
        " and l.resale_rule = r.version where r.resale_until <= now() and l.status = 'active' and l.available > 0"
        " and l.lapse_leased_until <= clock_timestamp() limit $1 for update of l skip locked)"
        " update listings set lapse_leased_until = clock_timestamp() + $2"
        " where id in (select id from due) returning id",
        rows_max,
        lease,
    )
    return [row["id"] for row in rows]
