"""The SQL of promises and of original codes. A code is bound, never part of a statement, and in no error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from fairseat_common.database import Connection
from tickets.domain_listings import Listing


async def codes_release(tx: Connection, show_id: UUID, codes: Sequence[str]) -> None:
    """Let go of codes whose places nobody has a ticket for any more: their seller has withdrawn them."""
    await tx.execute(
        "delete from original_codes o where o.show_id = $1 and o.code = any($2::text[]) and not exists ("
        " select from tickets t where t.show_id = o.show_id and t.section = o.section and t.row = o.row"
        " and t.seat = o.seat and t.status in ('valid', 'used'))",
        show_id,
        list(codes),
    )


async def codes_clear(tx: Connection, listing: Listing) -> None:
    """Make room for other codes where nobody relies on those that are there: seats that are free, and brought in."""
    await tx.execute(
        "delete from original_codes o using listing_seats s join tickets t on t.id = s.ticket_id"
        " where s.listing_id = $1 and s.state = 'free' and t.order_id is null"
        " and o.show_id = s.show_id and o.section = s.section and o.row = s.row and o.seat = s.seat",
        listing.id,
    )


async def codes_add(tx: Connection, listing: Listing, codes: Mapping[str, str]) -> None:
    """Register codes by seat, as far as neither the place nor the code is taken.

    In the order of the codes, so that two sellers of the same codes wait for each other in one direction only. Without
    an error for those that are taken: the database would write the code into its log.
    """
    await tx.execute(
        "insert into original_codes (show_id, section, row, seat, code, listing_id)"
        " select $1, $2, $3, seat, code, $4 from unnest($5::text[], $6::text[]) as t (seat, code) order by code"
        " on conflict do nothing",
        listing.show_id,
        listing.section,
        listing.row,
        listing.id,
        list(codes),
        list(codes.values()),
    )


async def codes_of(tx: Connection, listing: Listing) -> dict[str, str]:
    """The codes of a listing's places by seat, whoever brought them."""
    rows = await tx.fetch(
        "select seat, code from original_codes where show_id = $1 and section = $2 and row = $3"
        " and seat = any($4::text[])",
        listing.show_id,
        listing.section,
        listing.row,
        list(listing.seats),
    )
    return {row["seat"]: row["code"] for row in rows}


async def code_at(tx: Connection, show_id: UUID, section: str, row: str, seat: str) -> str | None:
    """The original code of a place, for whoever holds its ticket; None where nobody has registered one."""
    code: str | None = await tx.fetchval(
        "select code from original_codes where show_id = $1 and section = $2 and row = $3 and seat = $4",
        show_id,
        section,
        row,
        seat,
    )
    return code


async def listing_coded(tx: Connection, listing_id: UUID) -> None:
    """Note that a listing's codes are there."""
    await tx.execute("update listings set coded_at = now() where id = $1 and coded_at is null", listing_id)


async def promises_lease(tx: Connection, rows_max: int, lease: timedelta) -> list[UUID]:
    """Listings whose promise has passed without codes; nobody else gets them while the lease lasts."""
    rows = await tx.fetch(
        "with due as (select id from listings where in_hand_on < (now() at time zone 'UTC')::date"
        " and coded_at is null and status = 'active' and lapse_leased_until <= clock_timestamp()"
        " order by in_hand_on limit $1 for update skip locked)"
        " update listings set lapse_leased_until = clock_timestamp() + $2"
        " where id in (select id from due) returning id",
        rows_max,
        lease,
    )
    return [row["id"] for row in rows]
