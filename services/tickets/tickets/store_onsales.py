"""The SQL of on-sales: a whole house in a few statements, and how much of it is left."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from tickets.domain_listings import Listing
from tickets.domain_onsales import HouseRow, Zone
from tickets.domain_tickets import Ticket
from tickets.store_listings import COLUMNS, listing_of


async def house_lock(tx: Connection, show_id: UUID) -> None:
    """Put a show on sale as the only one until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"onsales/{show_id}")


async def chart_get(tx: Connection, venue_id: UUID) -> dict[str, list[HouseRow]]:
    """The rows of each section of a venue, both in the chart's order; a standing section is one row of its places."""
    rows = await tx.fetch(
        "select s.name as section, s.kind, s.capacity, r.name as row, r.position, r.seats from venue_sections s"
        " left join venue_rows r on r.venue_id = s.venue_id and r.section = s.name where s.venue_id = $1"
        " order by s.position, r.position",
        venue_id,
    )
    chart: dict[str, list[HouseRow]] = {}
    for row in rows:
        if row["kind"] == "standing":
            places = tuple(str(number) for number in range(1, row["capacity"] + 1))
            chart[row["section"]] = [HouseRow(row["section"], "", 0, places)]
        elif row["row"] is not None:
            line = HouseRow(row["section"], row["row"], row["position"], tuple(row["seats"]))
            chart.setdefault(row["section"], []).append(line)
    return chart


async def onsale_add(
    tx: Connection, show_id: UUID, organiser_id: UUID, opened_by: UUID, opens_at: datetime, zones: Sequence[Zone]
) -> None:
    """Write an on-sale with its zones."""
    await tx.execute(
        "insert into onsales (show_id, organiser_id, opened_by, opens_at) values ($1, $2, $3, $4)",
        show_id,
        organiser_id,
        opened_by,
        opens_at,
    )
    await tx.executemany(
        "insert into onsale_zones (show_id, position, name, unit_price, currency) values ($1, $2, $3, $4, $5)",
        [
            (show_id, position, zone.name, zone.unit_price.amount, zone.unit_price.currency)
            for position, zone in enumerate(zones)
        ],
    )


async def tickets_add(tx: Connection, show_id: UUID, holder_id: UUID, tickets: Sequence[Ticket]) -> bool:
    """Write the house's tickets; False if a place has somebody's ticket already, and the caller must not go on."""
    status = await tx.execute(
        "insert into tickets (id, show_id, section, row, seat, holder_id, serial, issued_at, house)"
        " select id, $1, section, row, seat, $2, serial, now(), true"
        " from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[])"
        " with ordinality as t (id, section, row, seat, serial, n) order by n on conflict do nothing",
        show_id,
        holder_id,
        [ticket.id for ticket in tickets],
        [ticket.section for ticket in tickets],
        [ticket.row for ticket in tickets],
        [ticket.seat for ticket in tickets],
        [ticket.serial for ticket in tickets],
    )
    return status == f"INSERT 0 {len(tickets)}"


async def seats_add(tx: Connection, listings: Sequence[Listing], ticket_ids: Sequence[UUID]) -> bool:
    """Put the seats of new listings on sale, with their tickets in the same order; False if one is on sale already."""
    rows = [
        (listing, position, seat)
        for listing in listings
        for position, seat in enumerate(listing.seats, 1)
    ]  # fmt: skip
    status = await tx.execute(
        "insert into listing_seats (listing_id, seat, position, show_id, section, row, ticket_id)"
        " select listing_id, seat, position, $1, section, row, ticket_id"
        " from unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::uuid[])"
        " with ordinality as t (listing_id, seat, position, section, row, ticket_id, n) order by n"
        " on conflict do nothing",
        listings[0].show_id,
        [listing.id for listing, _, _ in rows],
        [seat for _, _, seat in rows],
        [position for _, position, _ in rows],
        [listing.section for listing, _, _ in rows],
        [listing.row for listing, _, _ in rows],
        list(ticket_ids),
    )
    return status == f"INSERT 0 {len(rows)}"


async def places_taken(tx: Connection, show_id: UUID) -> set[tuple[str, str, str]]:
    """The places (section, row, seat) of a show that have a ticket, are on sale, or were refunded."""
    rows = await tx.fetch(
        "select section, row, seat from tickets where show_id = $1 and status in ('valid', 'used')"
        " union select section, row, seat from listing_seats where show_id = $1 and state in ('free', 'held')"
        " union select section, row, seat from refunded_seats where show_id = $1",
        show_id,
    )
    return {(row["section"], row["row"], row["seat"]) for row in rows}


async def opens_at(tx: Connection, show_id: UUID) -> datetime | None:
    """When the organiser's sale of a show opens; None without one."""
    found: datetime | None = await tx.fetchval("select opens_at from onsales where show_id = $1", show_id)
    return found


async def onsale_get(tx: Connection, show_id: UUID, *, lock: bool = False) -> Record | None:
    """An on-sale: organiser_id, opens_at, version, and the database's time as now."""
    return await tx.fetchrow(
        "select show_id, organiser_id, opens_at, version, now() as now from onsales where show_id = $1"
        f"{' for update' if lock else ''}",
        show_id,
    )


async def zones_get(tx: Connection, show_id: UUID) -> list[dict[str, Any]]:
    """The zones of an on-sale in their order, with what their listings have left.

    Each: name, unit_price and lowest (Money; lowest None where nothing is on sale), sections, seats, available, held,
    sold.
    """
    rows = await tx.fetch(
        "select z.name, z.unit_price, z.currency, l.* from onsale_zones z cross join lateral ("
        " select min(all_in) filter (where available > 0) as lowest,"
        " coalesce(sum(cardinality(seats)), 0)::int as seats,"
        " coalesce(sum(available), 0)::int as available, coalesce(sum(held), 0)::int as held,"
        " coalesce(sum(sold), 0)::int as sold, coalesce(array_agg(distinct section), '{}') as sections"
        ' from listings where show_id = z.show_id and zone = z.name and "primary") l'
        " where z.show_id = $1 order by z.position",
        show_id,
    )
    return [
        {
            "name": row["name"],
            "unit_price": Money(row["unit_price"], row["currency"]),
            "lowest": None if row["lowest"] is None else Money(row["lowest"], row["currency"]),
            "sections": tuple(row["sections"]),
            **{name: row[name] for name in ("seats", "available", "held", "sold")},
        }
        for row in rows
    ]


async def opening_set(tx: Connection, show_id: UUID, at: datetime, version: int) -> list[Listing]:
    """Let a sale open at another time; answers its listings as they are then, each at its next version."""
    await tx.execute("update onsales set opens_at = $2, version = $3 where show_id = $1", show_id, at, version)
    rows = await tx.fetch(
        "update listings set opens_at = $2, version = version + 1, changed_at = now()"
        f" where show_id = $1 and \"primary\" and status = 'active' returning {COLUMNS}",
        show_id,
        at,
    )
    return [listing_of(row) for row in rows]
