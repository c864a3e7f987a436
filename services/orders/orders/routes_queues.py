"""HTTP in: waiting rooms of on-sales. Who stands where is for each alone to see, what happens is for everybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from fairseat_common.database import wait_for
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from orders import actions_queues, domain_queues
from orders.domain_queues import (
    PER_MINUTE_MAX,
    WINDOW_S_DEFAULT,
    WINDOW_S_MAX,
    WINDOW_S_MIN,
    EntryState,
    Happening,
    Pace,
    Place,
    Room,
    RoomEvent,
    RoomState,
)


class NewQueue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a room works: let in so many a minute, each for so long. People can join from `doors_at` on, without it from
    half an hour before the sale; nobody is let in while it is `paused`."""

    per_minute: Annotated[int, msgspec.Meta(ge=1, le=PER_MINUTE_MAX)]
    window_seconds: Annotated[int, msgspec.Meta(ge=WINDOW_S_MIN, le=WINDOW_S_MAX)] = WINDOW_S_DEFAULT
    doors_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    paused: bool = False


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """The waiting room of a show, for everybody.

    `state`: none; before (the doors are closed); gathering (people join until `opens_at`); waiting (they are let in);
    open (nobody waits, who comes goes straight through); ended. `measured_per_minute` were let in during the last
    minute; `admitted` are in now. `commitment` is the SHA-256 of `seed`, which is told when the room opens; `drawn`
    numbers were put into an order by it. `now` is the time of whoever says so.
    """

    show_id: UUID
    state: RoomState
    now: datetime
    doors_at: datetime | None = None
    opens_at: datetime | None = None
    opened_at: datetime | None = None
    per_minute: int | None = None
    measured_per_minute: int = 0
    window_seconds: int | None = None
    paused: bool = False
    waiting: int = 0
    admitted: int = 0
    admitted_total: int = 0
    joined: int = 0
    drawn: int = 0
    commitment: str | None = None
    seed: str | None = None


class QueueEntryView(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a waiting room as its owner sees it.

    `number` is what the public log calls it. `ahead` and `position` (1: the next) are null before the opening, and once
    it waits no more; `wait_seconds` is how long it takes at the pace that is set, null while nobody is let in. From
    `admitted_at` to `admitted_until` its owner may hold seats.
    """

    show_id: UUID
    number: int
    state: EntryState
    position: int | None
    ahead: int | None
    wait_seconds: int | None
    joined_at: datetime
    admitted_at: datetime | None
    admitted_until: datetime | None
    now: datetime


class QueuePlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a waiting room in the list of one's own; the room itself says how many are ahead."""

    show_id: UUID
    number: int
    state: EntryState
    joined_at: datetime
    admitted_at: datetime | None
    admitted_until: datetime | None


class QueueEventView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a room's log, by the numbers that people got when they joined.

    made (with `commitment`), opened (`number` says how many were put into an order, by `seed`), changed, paused and
    resumed tell how many are let in a minute from then on.
    """

    at: datetime
    what: Happening
    number: int | None
    per_minute: int | None
    window_seconds: int | None
    commitment: str | None
    seed: str | None
    position: int


def view_of(show_id: UUID, room: Room | None, lately: int = 0) -> QueueView:
    """What everybody may know of a room."""
    if room is None:
        return QueueView(show_id=show_id, state=RoomState.NONE, now=datetime.now(UTC))
    told = room.opened_at is not None or room.ended_at is not None
    return QueueView(
        show_id=show_id,
        state=room.state,
        now=room.now,
        doors_at=room.doors_at,
        opens_at=room.opens_at,
        opened_at=room.opened_at,
        per_minute=room.pace.per_minute,
        measured_per_minute=lately,
        window_seconds=room.pace.window_s,
        paused=room.pace.paused,
        waiting=room.waiting,
        admitted=room.admitted,
        admitted_total=room.admitted_total,
        joined=room.last_number,
        drawn=room.drawn,
        commitment=room.commitment,
        seed=room.seed if told else None,
    )


def entry_view_of(place: Place, room: Room) -> QueueEntryView:
    """What somebody may know of their own place."""
    ahead = place.ahead
    return QueueEntryView(
        show_id=place.show_id,
        number=place.number,
        state=place.state,
        position=None if ahead is None else ahead + 1,
        ahead=ahead,
        wait_seconds=None if ahead is None else domain_queues.wait_s(room, ahead),
        joined_at=place.joined_at,
        admitted_at=place.admitted_at,
        admitted_until=place.admitted_until,
        now=room.now,
    )


def event_view_of(event: RoomEvent) -> QueueEventView:
    """A line of the log."""
    names = [name for name in RoomEvent.__struct_fields__ if name != "window_s"]
    return QueueEventView(window_seconds=event.window_s, **{name: getattr(event, name) for name in names})


@put("/api/queues/{show_id:uuid}")
async def queue_set(
    show_id: FromPath[UUID], data: JSONBody[NewQueue], user: CurrentUser, database: OwnDatabase
) -> QueueView:
    """Set the waiting room of a show before its sale opens, or change its pace. For its organiser's people."""

    async def known() -> bool | None:
        async with database.connection() as connection:
            return await actions_queues.is_settable(connection, user, show_id) or None

    # Show and opening time are other services' to say: they may have been set a moment ago.
    await wait_for(known)
    async with database.transaction() as tx:
        pace = Pace(data.per_minute, data.window_seconds, data.doors_at, data.paused)
        return view_of(show_id, await actions_queues.room_set(tx, user, show_id, pace))


@get("/api/queues/{show_id:uuid}")
async def queue_show(show_id: FromPath[UUID], database: OwnDatabase) -> QueueView:
    """Where the waiting room of a show stands: public. `none` for a show that has none."""
    async with database.connection() as connection:
        return view_of(show_id, *await actions_queues.room_of(connection, show_id))


@delete("/api/queues/{show_id:uuid}")
async def queue_end(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """End a waiting room for good: everybody may hold seats. Repeating it changes nothing."""
    async with database.transaction() as tx:
        await actions_queues.room_end(tx, user, show_id)


@get("/api/queues/{show_id:uuid}/log")
async def queue_log(
    show_id: FromPath[UUID],
    database: OwnDatabase,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[QueueEventView]:
    """What happened in a waiting room, from the beginning on: public, with numbers instead of people."""
    position = position_in(cursor, tuple[int])
    async with database.connection() as connection:
        events = await actions_queues.log_of(connection, show_id, position[0] if position else 0, limit + 1)
    return page_of([event_view_of(event) for event in events], limit, lambda event: [event.position])


@get("/api/queues")
async def entries_list(
    user: CurrentUser,
    database: OwnDatabase,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[QueuePlaceView]:
    """One's own places in waiting rooms, those of the shows announced last first."""
    before = position_in(cursor, tuple[UUID, int])
    async with database.connection() as connection:
        places = await actions_queues.places_of(connection, user.id, before, limit + 1)
    views = [
        QueuePlaceView(**{name: getattr(place, name) for name in QueuePlaceView.__struct_fields__}) for place in places
    ]
    return page_of(views, limit, lambda view: [view.show_id, view.number])


@post("/api/queues/{show_id:uuid}/entries")
async def entry_join(
    show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, queue_max: NamedDependency[int]
) -> Response[QueueEntryView]:
    """Join the waiting room of a show, once per account: repeating it answers the same place."""
    async with database.transaction() as tx:
        place, room = await actions_queues.join(tx, user.id, show_id, queue_max)
    headers = {"Location": f"/api/queues/{show_id}/entries/mine"}
    return Response(entry_view_of(place, room), status_code=201, headers=headers)


@get("/api/queues/{show_id:uuid}/entries/mine")
async def entry_mine(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> QueueEntryView:
    """One's newest place in a waiting room, and how long it may take."""
    async with database.connection() as connection:
        return entry_view_of(*await actions_queues.place_of(connection, user.id, show_id))


@delete("/api/queues/{show_id:uuid}/entries/mine")
async def entry_leave(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Leave a waiting room. Whoever joins again stands at its end. Repeating it changes nothing."""
    async with database.transaction() as tx:
        await actions_queues.leave(tx, user.id, show_id)


ROUTES: list[Any] = [
    queue_set,
    queue_show,
    queue_end,
    queue_log,
    entries_list,
    entry_join,
    entry_mine,
    entry_leave,
]
