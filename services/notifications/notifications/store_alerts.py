"""The SQL of alerts: comparing them with what is on sale, and making mails of what they came across."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from fairseat_common.ids import new_id
from notifications.domain_alerts import AlertView, NewAlert

# Whether an offer `o` is what an alert `a` waits for: nobody is alerted to seats of their own.
_FITS = (
    "o.amount <= a.max_amount and o.currency = a.currency and o.seller_id <> a.user_id"
    " and (a.section = '' or a.section = o.section)"
    " and case o.split when 'any' then a.quantity <= o.free"
    "  when 'pairs' then a.quantity <= o.free and a.quantity % 2 = 0 else a.quantity = o.free end"
)
_TO_COME = "s.starts_at > now() and s.status <> 'cancelled'"


async def owner_lock(tx: Connection, user_id: UUID) -> None:
    """Count and add for this account alone until the transaction ends, so that limits hold."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"follower {user_id}")


async def alerts_count(tx: Connection, user_id: UUID, but: NewAlert) -> int:
    """How many alerts of an account are for shows to come, without the one that wishes the same."""
    found = await tx.fetchval(
        "select count(*) from alerts a join shows s using (show_id)"
        f" where a.user_id = $1 and {_TO_COME}"
        " and not (a.show_id = $2 and a.section = $3 and a.quantity = $4)",
        user_id,
        but.show_id,
        but.section or "",
        but.quantity,
    )
    assert isinstance(found, int)
    return found


async def alert_set(tx: Connection, user_id: UUID, wish: NewAlert) -> UUID:
    """Wait for this from now on, with this price if the same was wished before. Answers the alert's id."""
    alert_id = await tx.fetchval(
        "insert into alerts (id, user_id, show_id, section, quantity, max_amount, currency)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (user_id, show_id, section, quantity) do update"
        "  set max_amount = excluded.max_amount, currency = excluded.currency"
        " returning id",
        new_id(),
        user_id,
        wish.show_id,
        wish.section or "",
        wish.quantity,
        wish.max_price.amount,
        wish.max_price.currency,
    )
    assert isinstance(alert_id, UUID)
    return alert_id


async def matches_see(tx: Connection, alert_id: UUID) -> None:
    """Note that what fits an alert right now is no news to its owner."""
    await tx.execute(
        "insert into alert_matches (alert_id, listing_id, amount, told)"
        " select a.id, o.listing_id, o.amount, true from alerts a join offers o using (show_id)"
        f" where a.id = $1 and {_FITS}"
        " on conflict do nothing",
        alert_id,
    )


async def matches_find(tx: Connection, listing_id: UUID) -> None:
    """Note every alert that a listing fits as it stands, unless it came across it at this price before."""
    await tx.execute(
        "insert into alert_matches (alert_id, listing_id, amount, told)"
        " select a.id, o.listing_id, o.amount, false from offers o join shows s using (show_id)"
        " join alerts a using (show_id)"
        f" where o.listing_id = $1 and {_TO_COME} and {_FITS} on conflict do nothing",
        listing_id,
    )


async def alerts_tell(connection: Connection, pause_s: float, offers_max: int, rows_max: int) -> int:
    """Make a mail for up to `rows_max` alerts of what they came across, and answer how many were looked at.

    An alert that had a mail less than `pause_s` seconds ago waits, and its next mail tells of everything since. What is
    no longer on sale by then is not told. One statement, so that no match is told twice or lost.
    """
    looked = await connection.fetchval(
        "with ready as (select a.* from alerts a where a.id in (select alert_id from alert_matches where not told)"
        "  and (a.mailed_at is null or a.mailed_at <= now() - make_interval(secs => $1))"
        "  order by a.id limit $3 for update skip locked),"
        " fresh as (update alert_matches m set told = true from ready where m.alert_id = ready.id and not m.told"
        "  returning m.alert_id, m.listing_id, m.amount),"
        " good as (select a.id, o.section, o.seat_row, o.free, o.amount,"
        "   row_number() over (partition by a.id order by o.amount, o.listing_id) as place"
        "  from fresh f join ready a on a.id = f.alert_id join shows s on s.show_id = a.show_id"
        f"  join offers o on o.listing_id = f.listing_id and o.amount = f.amount where {_TO_COME} and {_FITS}),"
        " told as (select id, count(*) as count, jsonb_agg(jsonb_build_object('section', section, 'row', seat_row,"
        "   'free', free, 'amount', amount) order by place) filter (where place <= $2) as offers"
        "  from good group by id),"
        " marked as (update alerts set mailed_at = now() from told where alerts.id = told.id),"
        " queued as (insert into mails (id, fact_id, kind, recipient_id, show_id, fact)"
        "  select uuidv7(), uuidv7(), 'alert', a.user_id, a.show_id, jsonb_build_object('quantity', a.quantity,"
        "   'section', a.section, 'max_amount', a.max_amount, 'currency', a.currency, 'count', t.count,"
        "   'offers', t.offers) from told t join ready a using (id))"
        " select count(*) from ready",
        pause_s,
        offers_max,
        rows_max,
    )
    assert isinstance(looked, int)
    return looked


async def alert_list(connection: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[AlertView]:
    """An account's alerts, newest first, after the alert `before`."""
    return await _views(
        connection,
        "a.user_id = $1 and ($2::uuid is null or a.id < $2) order by a.id desc limit $3",
        user_id,
        before,
        rows_max,
    )


async def show_alerts(connection: Connection, user_id: UUID, show_id: UUID) -> list[AlertView]:
    """An account's alerts for one show, newest first; there are never many."""
    return await _views(connection, "a.user_id = $1 and a.show_id = $2 order by a.id desc", user_id, show_id)


async def alert_view(connection: Connection, user_id: UUID, alert_id: UUID) -> AlertView | None:
    """One alert of an account; None if it has no such alert."""
    found = await _views(connection, "a.user_id = $1 and a.id = $2", user_id, alert_id)
    return found[0] if found else None


async def alert_remove(connection: Connection, user_id: UUID, alert_id: UUID) -> bool:
    """Wait for it no longer; False if the account has no such alert."""
    status = await connection.execute("delete from alerts where user_id = $1 and id = $2", user_id, alert_id)
    return status.endswith(" 1")


async def _views(connection: Connection, which: str, *values: object) -> list[AlertView]:
    rows = await connection.fetch(
        "select a.*, (select count(*) from offers o where o.show_id = a.show_id"
        f"   and {_FITS}) as fitting, s.show_id is not null and {_TO_COME} as to_come,"
        "  exists (select 1 from users u join muted m on m.address = lower(u.email) and m.topic = 'alerts'"
        "   where u.user_id = a.user_id) as muted"
        f" from alerts a left join shows s on s.show_id = a.show_id where {which}",
        *values,
    )
    return [_view(row) for row in rows]


def _view(row: Record) -> AlertView:
    return AlertView(
        id=row["id"],
        show_id=row["show_id"],
        max_price=Money(row["max_amount"], row["currency"]),
        quantity=row["quantity"],
        section=row["section"] or None,
        state="ended" if not row["to_come"] else "muted" if row["muted"] else "watching",
        fitting=row["fitting"] if row["to_come"] else 0,
        created_at=row["created_at"],
        mailed_at=row["mailed_at"],
    )
