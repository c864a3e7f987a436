"""The SQL of copies: users, shows, what is listed, and what orders take of it. Newer versions win, in any order."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import (
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    ShowChanged,
    ShowPublished,
    UserChanged,
    UserRegistered,
    UserVerified,
)
from fairseat_common.database import Connection
from notifications.domain import Show


async def user_copy(tx: Connection, event: UserRegistered | UserVerified | UserChanged) -> None:
    """Keep what is new about a user."""
    await tx.execute(
        "insert into users (user_id, email, name, locale, timezone, version) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (user_id) do update set email = excluded.email, name = excluded.name,"
        " locale = excluded.locale, timezone = excluded.timezone, version = excluded.version"
        " where excluded.version > users.version",
        event.user_id,
        event.email,
        event.name,
        event.locale,
        event.timezone,
        event.version,
    )


async def user_address(connection: Connection, user_id: UUID) -> str | None:
    """A user's address in lower case, once it has been heard of."""
    found: str | None = await connection.fetchval("select lower(email) from users where user_id = $1", user_id)
    return found


async def show_before(tx: Connection, event: ShowPublished | ShowChanged) -> Show | None:
    """The show as it was known before the event, locked; None if it was not, or if the event is no news."""
    row = await tx.fetchrow(
        "select show_id, title, venue_name, city, timezone, starts_at, status from shows"
        " where show_id = $1 and version < $2 for update",
        event.show_id,
        event.version,
    )
    return None if row is None else Show(*row.values())


async def show_copy(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Keep what is new about a show."""
    await tx.execute(
        "insert into shows (show_id, title, venue_name, city, timezone, starts_at, status, version, currency)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " on conflict (show_id) do update set title = excluded.title, venue_name = excluded.venue_name,"
        " city = excluded.city, timezone = excluded.timezone, starts_at = excluded.starts_at,"
        " status = excluded.status, version = excluded.version, currency = excluded.currency"
        " where excluded.version > shows.version",
        event.show_id,
        event.title,
        event.venue_name,
        event.city,
        event.timezone,
        event.starts_at,
        event.status,
        event.version,
        event.currency,
    )


async def show_currency(connection: Connection, show_id: UUID) -> tuple[str | None, bool] | None:
    """A show's currency, if it is known, and whether the show is still to come; None for a show not heard of."""
    row = await connection.fetchrow(
        "select currency, starts_at > now() and status <> 'cancelled' as to_come from shows where show_id = $1", show_id
    )
    return None if row is None else (row["currency"], row["to_come"])


async def show_lock(tx: Connection, show_id: UUID) -> None:
    """Let nobody else compare listings and alerts of this show until the transaction ends.

    Two changes that only fit an alert together, such as a lower price and a seat that came back, would otherwise each
    miss the other.
    """
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"follow {show_id}")


async def listing_copy(tx: Connection, event: ListingPublished | ListingChanged | ListingWithdrawn) -> bool | None:
    """Keep what is new about a listing; True if it had not been heard of, None if there is nothing new."""
    first: bool | None = await tx.fetchval(
        "insert into listings (listing_id, show_id, seller_id, section, seat_row, places, amount, currency, split,"
        "  withdrawn, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " on conflict (listing_id) do update set places = excluded.places, amount = excluded.amount,"
        "  split = excluded.split, withdrawn = excluded.withdrawn, version = excluded.version"
        "  where excluded.version > listings.version"
        " returning xmax = 0",
        event.listing_id,
        event.show_id,
        event.seller_id,
        event.section,
        event.row,
        len(event.seats),
        event.unit_price.amount + event.unit_fee.amount,
        event.unit_price.currency,
        event.split,
        isinstance(event, ListingWithdrawn),
        event.version,
    )
    return first


async def claim_copy(tx: Connection, event: OrderHeld | OrderConfirmed | OrderCancelled) -> None:
    """Keep how many places an order takes, or that it takes none any more."""
    await tx.execute(
        "insert into claims (order_id, listing_id, places, live, version) values ($1, $2, $3, $4, $5)"
        " on conflict (order_id) do update set live = excluded.live, version = excluded.version"
        "  where excluded.version > claims.version",
        event.order_id,
        event.listing_id,
        event.quantity,
        not isinstance(event, OrderCancelled),
        event.version,
    )
