"""The SQL of the waiting list: the gate of a show, its line, the entries, and the log.

Locks are taken in one order, so that nobody waits in a circle: an order, the gate, the line, seats, new orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from orders.domain_waiting import Entry, EntryStatus, Happening, LineEvent, Promise, Wish

GATE = 3
"""The first half of the keys of the gates' advisory locks."""
PASSED_OVER_MAX = 50
_ENTRY = (
    "e.id, e.user_id, e.show_id, e.number, e.quantity, e.max_price, e.currency, e.sections, e.status, e.order_id,"
    " e.created_at,"
    " (select o.expires_at from orders o where o.id = e.order_id and e.status = 'offered') as offered_until,"
    " case when e.status = 'waiting' then (select count(*) from waiting_entries b"
    "  where b.show_id = e.show_id and b.status = 'waiting' and b.number < e.number) end as ahead"
)


async def gate_enter(tx: Connection, show_id: UUID) -> None:
    """Until the transaction ends nobody joins the line of the show: who frees seats sees everybody who waits."""
    await tx.execute("select pg_advisory_xact_lock_shared($1, hashtext($2))", GATE, str(show_id))


async def gate_close(tx: Connection, show_id: UUID) -> None:
    """Until the transaction ends nobody frees seats of the show: who joins sees every seat that is free."""
    await tx.execute("select pg_advisory_xact_lock($1, hashtext($2))", GATE, str(show_id))


async def line_lock(tx: Connection, show_id: UUID) -> bool:
    """Lock the line of a show; False if nobody waits there, and nothing is locked then."""
    found = await tx.fetchval(
        "select true from waiting_lines where show_id = $1 and look_at is not null for update", show_id
    )
    return found is not None


async def line_due(tx: Connection) -> UUID | None:
    """The show whose line has been due for a look the longest."""
    show_id = await tx.fetchval("select show_id from waiting_lines where look_at <= now() order by look_at limit 1")
    assert show_id is None or isinstance(show_id, UUID)
    return show_id


async def line_look(tx: Connection, show_id: UUID, in_s: float) -> None:
    """Look at a line again in so many seconds, or when a sale opens before; never, when nobody waits there."""
    await tx.execute(
        "update waiting_lines set look_at = case when exists (select from waiting_entries e"
        " where e.show_id = $1 and e.status = 'waiting') then least(now() + make_interval(secs => $2),"
        " (select min(opens_at) from listings l where l.show_id = $1 and l.opens_at > now())) end where show_id = $1",
        show_id,
        in_s,
    )


async def line_look_by(tx: Connection, show_id: UUID, at: datetime) -> None:
    """Look at a line at some moment at the latest; nothing happens where nobody waits."""
    await tx.execute(
        "update waiting_lines set look_at = least(look_at, $2) where show_id = $1 and look_at is not null", show_id, at
    )


async def lines_waiting(tx: Connection, rows_max: int) -> list[UUID]:
    """Shows that somebody waits for, in the order of their ids."""
    rows = await tx.fetch(
        "select show_id from waiting_lines where look_at is not null order by show_id limit $1", rows_max
    )
    return [row["show_id"] for row in rows]


async def lines_look(tx: Connection) -> None:
    """Have every line looked at soon."""
    await tx.execute("update waiting_lines set look_at = now() where look_at is not null")


async def line_length(tx: Connection, show_id: UUID) -> tuple[int, int]:
    """How many entries wait for a show, and for how many seats together."""
    row = await tx.fetchrow(
        "select count(*) as entries, coalesce(sum(quantity), 0) as seats from waiting_entries"
        " where show_id = $1 and status = 'waiting'",
        show_id,
    )
    assert row is not None
    return row["entries"], int(row["seats"])


async def entry_add(tx: Connection, entry_id: UUID, wish: Wish, promise: Promise, look_in_s: float) -> None:
    """Put somebody at the end of the line."""
    number = await tx.fetchval(
        "insert into waiting_lines as l (show_id, last_number, look_at)"
        " values ($1, 1, now() + make_interval(secs => $2))"
        " on conflict (show_id) do update set last_number = l.last_number + 1,"
        " look_at = coalesce(l.look_at, excluded.look_at) returning last_number",
        wish.show_id,
        look_in_s,
    )
    await tx.execute(
        "insert into waiting_entries (id, user_id, show_id, number, quantity, max_price, currency, sections, hold_s,"
        " holds_max, tickets_max) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        entry_id,
        wish.user_id,
        wish.show_id,
        number,
        wish.quantity,
        wish.max_price.amount if wish.max_price else None,
        wish.max_price.currency if wish.max_price else None,
        list(wish.sections),
        promise.hold_s,
        promise.holds_max,
        promise.tickets_max,
    )
    await log_add(tx, [entry_id], "joined")


async def entry_read(tx: Connection, entry_id: UUID) -> Entry | None:
    """An entry as it stands."""
    row = await tx.fetchrow(f"select {_ENTRY} from waiting_entries e where e.id = $1", entry_id)  # noqa: S608
    return _entry(row) if row else None


async def entry_standing(tx: Connection, user_id: UUID, show_id: UUID) -> UUID | None:
    """The entry with which a person waits for a show, or is offered seats of it."""
    entry_id = await tx.fetchval(
        "select id from waiting_entries where user_id = $1 and show_id = $2 and status in ('waiting', 'offered')",
        user_id,
        show_id,
    )
    assert entry_id is None or isinstance(entry_id, UUID)
    return entry_id


async def entries_standing(tx: Connection, user_id: UUID) -> int:
    """In how many lines a person stands."""
    count = await tx.fetchval(
        "select count(*) from waiting_entries where user_id = $1 and status in ('waiting', 'offered')", user_id
    )
    assert isinstance(count, int)
    return count


async def entries_page(
    tx: Connection, user_id: UUID, show_id: UUID | None, before: UUID | None, limit: int
) -> list[Entry]:
    """A person's entries, newest first."""
    rows = await tx.fetch(
        f"select {_ENTRY} from waiting_entries e where e.user_id = $1 and ($2::uuid is null or e.show_id = $2)"  # noqa: S608
        " and ($3::uuid is null or e.id < $3) order by e.id desc limit $4",
        user_id,
        show_id,
        before,
        limit,
    )
    return [_entry(row) for row in rows]


async def entry_end(tx: Connection, entry_id: UUID, was: Sequence[EntryStatus], status: EntryStatus) -> bool:
    """Bring one entry from a state to another; False if it was in none of these states."""
    done = await tx.execute(
        "update waiting_entries set status = $3 where id = $1 and status = any($2::text[])",
        entry_id,
        [state.value for state in was],
        status.value,
    )
    return done == "UPDATE 1"


async def entries_end(tx: Connection, show_id: UUID) -> list[UUID]:
    """End the waiting for a show; answers whose."""
    rows = await tx.fetch(
        "update waiting_entries set status = 'ended' where show_id = $1 and status = 'waiting' returning id", show_id
    )
    return [row["id"] for row in rows]


async def log_add(tx: Connection, entry_ids: Sequence[UUID], what: Happening) -> None:
    """Note in the public log what has happened to entries, after it has; with an offer who was passed over by it."""
    await tx.execute(
        "insert into waiting_log (show_id, what, number, quantity, passed_over, passed_over_count)"
        " select e.show_id, $2, e.number, e.quantity, coalesce(p.numbers[:$3], '{}'), p.count from waiting_entries e"
        " cross join lateral (select array_agg(b.number order by b.number) as numbers, count(*)::int as count"
        "  from waiting_entries b where $2 = 'offered' and b.show_id = e.show_id and b.status = 'waiting'"
        "  and b.number < e.number) p"
        " where e.id = any($1::uuid[]) order by e.number",
        list(entry_ids),
        what,
        PASSED_OVER_MAX,
    )


async def log_page(tx: Connection, show_id: UUID, before: int | None, limit: int) -> list[LineEvent]:
    """What happened in a line, newest first."""
    rows = await tx.fetch(
        "select at, what, number, quantity, passed_over, passed_over_count, position from waiting_log"
        " where show_id = $1 and ($2::bigint is null or position < $2) order by position desc limit $3",
        show_id,
        before,
        limit,
    )
    return [LineEvent(**{**row, "passed_over": tuple(row["passed_over"])}) for row in rows]


def _entry(row: Record) -> Entry:
    limit = None if row["max_price"] is None else Money(row["max_price"], row["currency"])
    return Entry(
        id=row["id"],
        user_id=row["user_id"],
        show_id=row["show_id"],
        number=row["number"],
        quantity=row["quantity"],
        max_price=limit,
        sections=tuple(row["sections"]),
        status=EntryStatus(row["status"]),
        order_id=row["order_id"],
        created_at=row["created_at"],
        offered_until=row["offered_until"],
        ahead=row["ahead"],
    )
