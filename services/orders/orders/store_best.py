"""The SQL of what can be held now: listings that fit a wish, and their free seats."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from orders.domain_waiting import GROUP_MAX, FreeListing, FreeSeat, Wish

# Whether a listing `l` fits a wish `e`, but for the number of its free seats. Put into statements of constants only.
FITS = (
    "(e.user_id <> l.seller_id"
    " and (e.max_price is null or (e.currency = l.currency and e.max_price >= l.unit_price + l.unit_fee))"
    " and (cardinality(e.sections) = 0 or l.section = any(e.sections))"
    " and case l.split when 'pairs' then e.quantity % 2 = 0 when 'none' then e.quantity = l.seats_total else true end)"
)
# Whether whoever waits by entry `e` may hold more seats of the show.
MAY_HOLD = (
    "(select count(*) filter (where o.status = 'held') < e.holds_max"
    " and coalesce(sum(o.quantity - o.lines_refunded) filter (where o.status in ('held', 'confirmed')), 0)"
    " + e.quantity <= coalesce(e.tickets_max, 2147483647)"
    " from orders o where o.buyer_id = e.user_id and o.show_id = e.show_id)"
    " and not exists (select from banned_users b where b.user_id = e.user_id and b.banned)"
)
_LISTING = (
    "l.listing_id, l.show_id, l.seller_id, l.section, l.row, l.unit_price, l.unit_fee, l.unit_seller_fee, l.fee_rule,"
    ' l.currency, l.version, l."primary", l.resale_rule, case when l.opens_at > now() then l.opens_at end as opens_at'
)
# Whether the sale of a listing `l` has begun.
_OPEN = "coalesce(l.opens_at <= now(), true)"


async def on_sale(tx: Connection, show_id: UUID) -> bool | None:
    """Whether seats of a show can be held now; None for a show that is not known."""
    found = await tx.fetchval(
        "select status = 'scheduled' and starts_at > now() from shows where show_id = $1", show_id
    )
    assert found is None or isinstance(found, bool)
    return found


async def listings_fitting(tx: Connection, wish: Wish, rows_max: int) -> list[FreeListing]:
    """Listings of the show that have enough free seats for the wish, the cheapest first; nothing is locked.

    Those whose sale has not begun come last, with `opens_at`.
    """
    rows = await tx.fetch(
        f"select {_LISTING} from (select $1::uuid as user_id, $3::int as quantity, $4::bigint as max_price,"  # noqa: S608
        "  $5::text as currency, $6::text[] as sections) e join listings l"
        f" on l.show_id = $2 and l.status = 'active' and {FITS}"
        " where (select count(*) from (select from seats s where s.show_id = $2 and s.listing_id = l.listing_id"
        "  and s.order_id is null and s.current limit $3) f) >= $3"
        f" order by {_OPEN} desc, l.unit_price + l.unit_fee, l.listing_id limit $7",
        wish.user_id,
        wish.show_id,
        wish.quantity,
        wish.max_price.amount if wish.max_price else None,
        wish.max_price.currency if wish.max_price else None,
        list(wish.sections),
        rows_max,
    )
    return [_listing(row) for row in rows]


async def listings_wanted(
    tx: Connection, show_id: UUID, listing_ids: Sequence[UUID] | None, rows_max: int
) -> list[FreeListing]:
    """Those of the listings (None: of all of the show) that fit somebody who waits, in the order of their ids."""
    rows = await tx.fetch(
        f"select {_LISTING} from listings l cross join lateral (select count(*) as free from ("  # noqa: S608
        "  select from seats s where s.show_id = $1 and s.listing_id = l.listing_id and s.order_id is null"
        "  and s.current limit $3) s) f"
        f" where l.show_id = $1 and l.status = 'active' and {_OPEN} and ($2::uuid[] is null or l.listing_id = any($2))"
        " and exists (select from waiting_entries e where e.show_id = $1 and e.status = 'waiting'"
        f"  and e.quantity <= f.free and {FITS} and {MAY_HOLD})"
        " order by l.listing_id limit $4",
        show_id,
        None if listing_ids is None else list(listing_ids),
        GROUP_MAX,
        rows_max,
    )
    return [_listing(row) for row in rows]


async def seats_lock(
    tx: Connection, show_id: UUID, listing_ids: Sequence[UUID], waiting: bool
) -> dict[UUID, list[FreeSeat]]:
    """The free seats of listings, locked in the order in which holds lock them.

    With `waiting`, seats about which a hold is just being decided are waited for; else they are passed over, for
    callers that have locked other seats before.
    """
    rows = await tx.fetch(
        "select s.listing_id, s.position, s.seat from seats s"  # noqa: S608
        " where s.show_id = $1 and s.listing_id = any($2::uuid[]) and s.order_id is null and s.current"
        f" order by s.listing_id, s.position for update {'' if waiting else 'skip locked'}",
        show_id,
        list(listing_ids),
    )
    found: dict[UUID, list[FreeSeat]] = {}
    for row in rows:
        found.setdefault(row["listing_id"], []).append(FreeSeat(row["position"], row["seat"]))
    return found


def _listing(row: Record) -> FreeListing:
    currency = row["currency"]
    return FreeListing(
        listing_id=row["listing_id"],
        show_id=row["show_id"],
        seller_id=row["seller_id"],
        section=row["section"],
        row=row["row"],
        unit_price=Money(row["unit_price"], currency),
        unit_fee=Money(row["unit_fee"], currency),
        unit_seller_fee=Money(row["unit_seller_fee"], currency),
        fee_rule=row["fee_rule"],
        version=row["version"],
        primary=row["primary"],
        resale_rule=row["resale_rule"],
        opens_at=row["opens_at"],
    )
