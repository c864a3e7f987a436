"""The SQL of favourite shows, and of the mails to those who saved them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from fairseat_common.database import Connection
from notifications.domain_alerts import ChangedFact, FavouriteView


async def favourites_count(tx: Connection, user_id: UUID, but: UUID) -> int:
    """How many shows an account has saved, without this one."""
    found = await tx.fetchval("select count(*) from favourites where user_id = $1 and show_id <> $2", user_id, but)
    assert isinstance(found, int)
    return found


async def favourite_add(tx: Connection, user_id: UUID, show_id: UUID) -> None:
    """Save a show; one that is saved stays where it is in the list."""
    await tx.execute(
        "insert into favourites (user_id, show_id) values ($1, $2) on conflict do nothing", user_id, show_id
    )


async def favourite_remove(connection: Connection, user_id: UUID, show_id: UUID) -> None:
    """Save a show no longer."""
    await connection.execute("delete from favourites where user_id = $1 and show_id = $2", user_id, show_id)


async def favourite_view(connection: Connection, user_id: UUID, show_id: UUID) -> FavouriteView | None:
    """A saved show; None if the account has not saved it."""
    row = await connection.fetchrow(
        "select show_id, created_at from favourites where user_id = $1 and show_id = $2", user_id, show_id
    )
    return None if row is None else FavouriteView(row["show_id"], row["created_at"])


async def favourite_list(
    connection: Connection, user_id: UUID, after: tuple[datetime, UUID] | None, rows_max: int
) -> list[FavouriteView]:
    """The shows that an account has saved, the latest first, after the position `after`."""
    since, show_id = after or (None, None)
    rows = await connection.fetch(
        "select show_id, created_at from favourites where user_id = $1"
        " and ($2::timestamptz is null or (created_at, show_id) < ($2, $3::uuid))"
        " order by created_at desc, show_id desc limit $4",
        user_id,
        since,
        show_id,
        rows_max,
    )
    return [FavouriteView(row["show_id"], row["created_at"]) for row in rows]


async def mails_of_first_listing(tx: Connection, listing_id: UUID, fact_id: UUID) -> None:
    """Queue a mail to everybody who saved the show of a listing, but its seller, if nothing else is on sale for it.

    `fact_id` names the show and the day: there is one such mail a day for each of them, by an id of its own.
    """
    await tx.execute(
        "insert into mails (id, fact_id, kind, recipient_id, show_id, fact)"
        " select uuidv7(), md5($2::uuid::text || f.user_id)::uuid, 'favourite-listed', f.user_id, o.show_id,"
        "  jsonb_build_object('currency', o.currency,"
        "  'offer', jsonb_build_object('section', o.section, 'row', o.seat_row, 'free', o.free, 'amount', o.amount))"
        " from offers o join favourites f using (show_id) join shows s using (show_id)"
        " where o.listing_id = $1 and f.user_id <> o.seller_id and s.starts_at > now() and s.status <> 'cancelled'"
        " and not exists (select 1 from offers x where x.show_id = o.show_id and x.listing_id <> o.listing_id)"
        " on conflict (fact_id, kind, recipient_id) do nothing",
        listing_id,
        fact_id,
    )


async def mails_of_change(tx: Connection, show_id: UUID, fact_id: UUID, fact: ChangedFact) -> None:
    """Queue a mail about a change of a show to everybody who saved it, each known by an id of its own."""
    await tx.execute(
        "insert into mails (id, fact_id, kind, recipient_id, show_id, fact)"
        " select uuidv7(), md5($2::uuid::text || user_id)::uuid, 'favourite-changed', user_id, show_id, $3::text::jsonb"
        " from favourites where show_id = $1"
        " on conflict (fact_id, kind, recipient_id) do nothing",
        show_id,
        fact_id,
        msgspec.json.encode(fact).decode(),
    )
