"""Waiting rooms: setting one, joining it, and letting people in at the pace that was set.

A room's row is its lock. Whoever lets people in holds it, looks at how far the pace has been used, and writes down how
far it is used then: however many processes do this, together they are no faster.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from uuid import UUID

import asyncpg

from fairseat_common.audit import audit
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts import TeamChanged
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from fairseat_common.web import SignedIn
from orders import domain_queues, store_best, store_queue_entries, store_queues, store_waiting
from orders.domain import ShowOver
from orders.domain_queues import (
    JOINS_MAX,
    DoorsClosed,
    EntryState,
    Happening,
    JoinLimit,
    Pace,
    Place,
    QueueFirst,
    QueueFull,
    QueueOver,
    Room,
    RoomEvent,
    RoomState,
    SaleIsOpen,
)

ADMIT_MAX = 500
"""Let in by one transaction."""
AWAY_LOOK = timedelta(seconds=2)
"""While nothing is sold nobody is let in: their time would run for nothing."""
STANDING = (EntryState.WAITING, EntryState.ADMITTED)
NO_ROOM = "This show has no waiting room."


async def team_heard(tx: Connection, event: TeamChanged) -> None:
    """An organiser's team is another."""
    await store_queues.team_apply(tx, event)


async def check_manages(tx: Connection, user: SignedIn, show_id: UUID) -> None:
    """Raise DutyMissing unless somebody manages the show; NotFound for a show not heard of."""
    standing = await store_queues.standing_of(tx, show_id, user.id)
    if standing is None:
        raise NotFound("There is no such show.")
    domain_queues.check_manages(user.id, user.roles, *standing)


async def is_settable(tx: Connection, user: SignedIn, show_id: UUID) -> bool:
    """Whether there is a room to change, or can be one, as far as has been heard; DutyMissing for who may not."""
    if await store_best.on_sale(tx, show_id) is None:
        return False
    await check_manages(tx, user, show_id)
    if await store_queues.sale_ahead(tx, show_id) is not None:
        return True
    return await store_queues.room_read(tx, show_id) is not None


async def room_set(tx: Connection, user: SignedIn, show_id: UUID, pace: Pace) -> Room:
    """Make the room of a show, or change its pace; where it is so already, nothing happens.

    Raises AccountBanned, NotFound, DutyMissing, ShowOver, SaleIsOpen, QueueOver, Invalid.
    """
    await check_not_banned(tx, user.id)
    await check_manages(tx, user, show_id)
    room = await store_queues.room_lock(tx, show_id)
    if room is None:
        return await _room_make(tx, user, show_id, pace)
    if room.ended_at is not None:
        raise QueueOver
    pace = domain_queues.repaced_for(room, pace)
    if room.pace != pace:
        await store_queues.room_pace(tx, show_id, pace, domain_queues.repaced(room, pace))
        what: Happening = "changed" if pace.paused == room.pace.paused else "paused" if pace.paused else "resumed"
        await store_queues.log_add(tx, show_id, what, pace=pace)
        await audit(tx, user.id, f"queue-{what}", str(show_id), per_minute=pace.per_minute, window_s=pace.window_s)
    return await _room(tx, show_id)


async def _room_make(tx: Connection, user: SignedIn, show_id: UUID, pace: Pace) -> Room:
    if not await store_best.on_sale(tx, show_id):
        raise ShowOver
    opens_at = await store_queues.sale_ahead(tx, show_id)
    if opens_at is None:
        raise SaleIsOpen
    pace = domain_queues.paced_for(pace, opens_at)
    seed = secrets.token_hex(32)
    commitment = domain_queues.commitment_of(seed)
    if await store_queues.room_add(tx, show_id, pace, seed, commitment):
        await store_queues.log_add(tx, show_id, "made", pace=pace, commitment=commitment)
        await audit(tx, user.id, "queue-made", str(show_id), per_minute=pace.per_minute, window_s=pace.window_s)
    return await _room(tx, show_id)


async def room_end(tx: Connection, user: SignedIn, show_id: UUID) -> None:
    """Let everybody hold seats without waiting, for good; may be repeated. Raises NotFound, DutyMissing."""
    await check_manages(tx, user, show_id)
    room = await store_queues.room_lock(tx, show_id)
    if room is None:
        raise NotFound(NO_ROOM)
    if room.ended_at is None:
        await _end(tx, room)
        await audit(tx, user.id, "queue-ended", str(show_id))


async def _end(tx: Connection, room: Room) -> None:
    await store_queues.room_end(tx, room.show_id)
    await store_queues.log_add(tx, room.show_id, "ended", seed=room.seed)
    await _calm(tx, room)


async def _calm(tx: Connection, room: Room) -> None:
    """Nobody waits in the room any more: who waits for seats to come back is looked at."""
    await store_waiting.line_look_by(tx, room.show_id, room.now)


async def _room(tx: Connection, show_id: UUID) -> Room:
    room = await store_queues.room_read(tx, show_id)
    assert room is not None, "it has just been written"
    return room


async def room_of(tx: Connection, show_id: UUID) -> tuple[Room | None, int]:
    """A show's room, if it has one, and how many were let in during the last minute; NotFound for no show."""
    room = await store_queues.room_read(tx, show_id)
    if room is None:
        if await store_best.on_sale(tx, show_id) is None:
            raise NotFound("There is no such show.")
        return None, 0
    return room, await store_queues.admitted_lately(tx, show_id) if room.opened_at else 0


async def log_of(tx: Connection, show_id: UUID, after: int, limit: int) -> list[RoomEvent]:
    """What happened in a room, in order."""
    return await store_queues.log_page(tx, show_id, after, limit)


async def join(tx: Connection, user_id: UUID, show_id: UUID, waiting_max: int) -> tuple[Place, Room]:
    """Stand in line, or find one's place in it; where nobody waits, straight through.

    Raises AccountBanned, NotFound, QueueOver, ShowOver, DoorsClosed, JoinLimit, QueueFull.
    """
    await check_not_banned(tx, user_id)
    room = await store_queues.room_lock(tx, show_id)
    if room is None:
        raise NotFound(NO_ROOM)
    if room.ended_at is not None:
        raise QueueOver
    place = await store_queue_entries.place_newest(tx, show_id, user_id)
    if place is None or place.state not in STANDING:
        await _check_join(tx, room, user_id, waiting_max)
        await store_queue_entries.entry_add(tx, show_id, user_id)
        if room.opened_at is not None and room.waiting == 0:
            await _admit(tx, await _room(tx, show_id))
    return await place_of(tx, user_id, show_id)


async def _check_join(tx: Connection, room: Room, user_id: UUID, waiting_max: int) -> None:
    if room.over:
        raise ShowOver
    if room.state is RoomState.BEFORE:
        raise DoorsClosed(doors_at=room.doors_at)
    if await store_queue_entries.joins_count(tx, room.show_id, user_id) >= JOINS_MAX:
        raise JoinLimit
    if room.waiting >= waiting_max:
        raise QueueFull(retry_after_s=60)
    # Whoever's own time is over must be noted before they can stand in line again.
    while await store_queue_entries.entries_over(tx, room.show_id) >= store_queue_entries.OVER_MAX:
        pass


async def place_of(tx: Connection, user_id: UUID, show_id: UUID) -> tuple[Place, Room]:
    """Somebody's newest place in a room; raises NotFound without."""
    place = await store_queue_entries.place_newest(tx, show_id, user_id)
    room = await store_queues.room_read(tx, show_id)
    if place is None or room is None:
        raise NotFound("You have not joined the waiting room of this show.")
    return place, room


async def places_of(tx: Connection, user_id: UUID, before: tuple[UUID, int] | None, limit: int) -> list[Place]:
    """Somebody's places in all rooms, the newest shows' first."""
    return await store_queue_entries.places_page(tx, user_id, before, limit)


async def leave(tx: Connection, user_id: UUID, show_id: UUID) -> None:
    """Give one's place up, or what is left of one's time; nothing happens to who has neither."""
    if await store_queues.room_lock(tx, show_id) is None:
        raise NotFound(NO_ROOM)
    place = await store_queue_entries.place_newest(tx, show_id, user_id)
    if place is not None and place.state in STANDING:
        await store_queue_entries.entry_leave(tx, place)
        await store_queues.log_add(tx, show_id, "left", place.number)


async def check_calm(tx: Connection, user_id: UUID, show_id: UUID) -> None:
    """Raise QueueFirst for whoever wants to wait for seats, while others wait to be let in to choose theirs."""
    if await store_queues.room_busy(tx, show_id):
        place = await store_queue_entries.place_newest(tx, show_id, user_id)
        if place is None or place.state is not EntryState.ADMITTED:
            raise QueueFirst


async def turn(database: Database) -> bool:
    """Do what is due in one room; True if there was one."""
    try:
        async with database.transaction() as tx:
            show_id = await store_queues.room_due(tx)
            room = await store_queues.room_lock(tx, show_id) if show_id else None
            if room is None:
                return False
            await room_turn(tx, room)
    except asyncpg.LockNotAvailableError:
        # Another process is at it, and has a long line to draw.
        return False
    return True


async def room_turn(tx: Connection, room: Room) -> None:
    """Open a locked room, end the time of those whose window has closed, and let the next in."""
    if room.ended_at is not None:
        return
    if room.over:
        await _end(tx, room)
        return
    if room.opened_at is None and room.is_due:
        line = await asyncio.to_thread(domain_queues.drawn, room.seed, room.last_number)
        await store_queue_entries.places_draw(tx, room.show_id, line)
        await store_queue_entries.room_open(tx, room)
        await store_queues.log_add(tx, room.show_id, "opened", room.last_number, pace=room.pace, seed=room.seed)
        room = await _room(tx, room.show_id)
    await store_queue_entries.entries_over(tx, room.show_id)
    await _admit(tx, room)


async def _admit(tx: Connection, room: Room) -> None:
    """Let in as many as the pace allows, and say when to look again."""
    count = min(domain_queues.due(room), room.waiting, ADMIT_MAX)
    if count:
        admitted, head = await store_queue_entries.entries_admit(tx, room, count)
        paced_to = domain_queues.paced(room, admitted)
        await store_queue_entries.room_admitted(tx, room.show_id, admitted, head, paced_to)
        room = await _room(tx, room.show_id)
        if not room.waiting:
            await _calm(tx, room)
    next_at = None
    if room.waiting and room.paced_to is not None and not room.pace.paused:
        next_at = room.paced_to + room.pace.interval if room.on_sale else room.now + AWAY_LOOK
    await store_queues.room_look(tx, room.show_id, next_at)


async def forget(database: Database, keep_days: int) -> bool:
    """Forget who stood in line, some time after a show; True while there may be more."""
    async with database.transaction() as tx:
        return await store_queue_entries.room_forget(tx, keep_days)
