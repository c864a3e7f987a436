"""The SQL of venues, performers and shows. The only other SQL is in store_search.py and store_offers.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from catalog.domain import Show
from catalog.domain_search import Document, fold
from catalog.domain_venues import Chart, Venue, VenueFacts, VenueLine
from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from fairseat_common.ids import new_id

SHOW_COLUMNS = (
    "s.id, s.title, s.category, s.starts_at, s.status, s.currency, s.image_url, s.version, s.venue_id,"
    " s.organiser_id, s.moved_from, s.refund_until,"
    " v.name as venue_name, v.city, v.country, v.timezone, o.listings_count, o.lowest_amount,"
    " array(select p.name from show_performers sp join performers p on p.id = sp.performer_id"
    "  where sp.show_id = s.id order by sp.position) as performers"
)
SHOW_TABLES = "shows s join venues v on v.id = s.venue_id join show_offers o on o.show_id = s.id"


async def clock(tx: Connection) -> datetime:
    """The time by this database's clock, the same throughout a transaction."""
    now = await tx.fetchval("select now()")
    assert isinstance(now, datetime)
    return now


async def venue_add(tx: Connection, venue: Venue, organiser_id: UUID) -> bool:
    """Add a venue; False, and nothing written, where the city already has one of that name."""
    status = await tx.execute(
        "insert into venues (id, organiser_id, name, city, country, timezone, lat, lon, capacity, currency, chart,"
        " name_key, city_key, version)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12, $13, $14)"
        " on conflict (city_key, country, name_key) do nothing",
        venue.id,
        organiser_id,
        venue.name,
        venue.city,
        venue.country,
        venue.timezone,
        venue.lat,
        venue.lon,
        venue.capacity,
        venue.currency,
        msgspec.json.encode(venue.chart).decode(),
        fold(venue.name),
        fold(venue.city),
        venue.version,
    )
    return status.endswith(" 1")


async def venue_get(tx: Connection, venue_id: UUID) -> Venue | None:
    """A venue with its chart."""
    row = await tx.fetchrow(
        "select id, name, city, country, timezone, lat, lon, capacity, currency, chart::text as chart, version"
        " from venues where id = $1",
        venue_id,
    )
    if row is None:
        return None
    return Venue(**{**row, "chart": msgspec.json.decode(row["chart"], type=Chart)})


async def venue_facts(tx: Connection, venue_id: UUID) -> tuple[VenueFacts, datetime] | None:
    """A venue without its chart, and the time by this database's clock; nobody edits it until the transaction ends."""
    row = await tx.fetchrow(
        "select id, name, city, country, timezone, lat, lon, capacity, currency, version, now() as now"
        " from venues where id = $1 for key share",
        venue_id,
    )
    if row is None:
        return None
    facts = dict(row)
    now = facts.pop("now")
    return VenueFacts(**facts), now


async def venue_id_by_name(tx: Connection, venue: Venue) -> UUID | None:
    """The id of the venue that has this name in this city."""
    found: UUID | None = await tx.fetchval(
        "select id from venues where name_key = $1 and city_key = $2 and country = $3",
        fold(venue.name),
        fold(venue.city),
        venue.country,
    )
    return found


async def show_add(tx: Connection, show: Show, document: Document) -> None:
    """Add a show with its performers and the words it is found by."""
    await tx.execute(
        "with show as (insert into shows (id, venue_id, organiser_id, title, category, starts_at, local_date, status,"
        "  currency, image_url, document, version)"
        "  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::tsvector, $12) returning id)"
        " insert into show_offers (show_id) select id from show",
        show.id,
        show.venue.id,
        show.organiser_id,
        show.title,
        show.category,
        show.starts_at,
        show.local_date,
        show.status,
        show.currency,
        show.image_url,
        document.vector,
        show.version,
    )
    await names_add(tx, show.performers, document.vocabulary)
    await _performers_set(tx, show)


async def show_update(tx: Connection, show: Show, document: Document) -> None:
    """Write a show's next version."""
    await tx.execute(
        "update shows set title = $2, category = $3, starts_at = $4, local_date = $5, status = $6, image_url = $7,"
        " document = $8::text::tsvector, version = $9, moved_from = $10, refund_until = $11 where id = $1",
        show.id,
        show.title,
        show.category,
        show.starts_at,
        show.local_date,
        show.status,
        show.image_url,
        document.vector,
        show.version,
        show.moved_from,
        show.refund_until,
    )
    await tx.execute("delete from show_performers where show_id = $1", show.id)
    await names_add(tx, show.performers, document.vocabulary)
    await _performers_set(tx, show)


async def show_lock(tx: Connection, show_id: UUID) -> UUID | None:
    """Lock a show for an edit; answers its organiser."""
    found: UUID | None = await tx.fetchval("select organiser_id from shows where id = $1 for update", show_id)
    return found


async def show_get(tx: Connection, show_id: UUID) -> Show | None:
    """A show with what is on sale for it."""
    row = await tx.fetchrow(f"select {SHOW_COLUMNS} from {SHOW_TABLES} where s.id = $1", show_id)  # noqa: S608
    return None if row is None else show_of(row)


def show_of(row: Record) -> Show:
    """A show from SHOW_COLUMNS."""
    amount = row["lowest_amount"]
    return Show(
        id=row["id"],
        title=row["title"],
        category=row["category"],
        performers=tuple(row["performers"]),
        venue=VenueLine(
            id=row["venue_id"],
            name=row["venue_name"],
            city=row["city"],
            country=row["country"],
            timezone=row["timezone"],
        ),
        starts_at=row["starts_at"],
        status=row["status"],
        currency=row["currency"],
        image_url=row["image_url"],
        lowest_price=None if amount is None else Money(amount, row["currency"]),
        listings_count=row["listings_count"],
        organiser_id=row["organiser_id"],
        moved_from=row["moved_from"],
        refund_until=row["refund_until"],
        version=row["version"],
    )


async def names_add(tx: Connection, performers: Sequence[str], vocabulary: Sequence[str]) -> None:
    """Add performers and words that are not there yet."""
    # Each in alphabetical order, so that two organisers who add the same ones cannot block each other.
    new = sorted(performers)
    await tx.execute(
        "with words as (insert into search_words (word) select unnest($4::text[]) on conflict do nothing)"
        " insert into performers (id, name, name_key) select * from unnest($1::uuid[], $2::text[], $3::text[])"
        " on conflict (name) do nothing",
        [new_id() for _ in new],
        new,
        [fold(name) for name in new],
        list(vocabulary),
    )


async def _performers_set(tx: Connection, show: Show) -> None:
    await tx.execute(
        "insert into show_performers (show_id, position, performer_id)"
        " select $1, n.position - 1, p.id from unnest($2::text[]) with ordinality as n (name, position)"
        " join performers p on p.name = n.name",
        show.id,
        list(show.performers),
    )
