"""The SQL of what keeps an account from being erased. Newer versions win, in any order."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fairseat_common.contracts import OrderConfirmed, OrderRefunded, ShowChanged, ShowPublished, TicketsTransferred
from fairseat_common.database import Connection

# A show that has not been heard of is taken for one to come.
_UNDER_WAY = "(s.id is null or s.status = 'postponed' or s.starts_at > now() - $2::interval)"


async def show_apply(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Keep when a show takes place, and who puts it on."""
    await tx.execute(
        "insert into shows (id, organiser_id, starts_at, status, version) values ($1, $2, $3, $4, $5)"
        " on conflict (id) do update set organiser_id = excluded.organiser_id, starts_at = excluded.starts_at,"
        " status = excluded.status, version = excluded.version where shows.version < excluded.version",
        event.show_id,
        event.organiser_id,
        event.starts_at,
        event.status,
        event.version,
    )


async def order_apply(tx: Connection, event: OrderConfirmed | OrderRefunded, live: bool) -> None:
    """Keep that an order ties its buyer and its seller to a show, or does so no longer."""
    await tx.executemany(
        "insert into ties (subject_id, user_id, show_id, live, version) values ($1, $2, $3, $4, $5)"
        " on conflict (user_id, subject_id) do update set live = excluded.live, version = excluded.version"
        " where ties.version < excluded.version",
        [
            (event.order_id, user_id, event.show_id, live, event.version)
            for user_id in (event.buyer_id, event.seller_id)
        ],
    )


async def transfer_apply(tx: Connection, event: TicketsTransferred) -> None:
    """Keep that tickets were given to somebody."""
    await tx.execute(
        "insert into ties (subject_id, user_id, show_id, live, version) values ($1, $2, $3, true, $4)"
        " on conflict (user_id, subject_id) do nothing",
        event.transfer_id,
        event.to_id,
        event.show_id,
        event.version,
    )


async def ties_of(tx: Connection, user_id: UUID, after: timedelta) -> tuple[int, int]:
    """How many orders and gifts tie an account to shows that are to come or ended less than `after` ago, and how many
    such shows it puts on itself.
    """
    row = await tx.fetchrow(
        "select (select count(*) from ties t left join shows s on s.id = t.show_id"  # noqa: S608 - own words only
        f" where t.user_id = $1 and t.live and {_UNDER_WAY}) as orders,"
        " (select count(*) from shows s where s.organiser_id = $1 and s.status <> 'cancelled'"
        f" and {_UNDER_WAY}) as shows",
        user_id,
        after,
    )
    assert row is not None, "an aggregate has a row"
    return row["orders"], row["shows"]
