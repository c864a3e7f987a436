"""HTTP in: the waiting list. A place in line is its owner's; the log of a line is everybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, wait_for
from fairseat_common.fields import MoneyInput, Name
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, create_once, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from orders import actions, actions_waiting
from orders.domain_waiting import GROUP_MAX, Entry, EntryStatus, Happening, LineEvent, Promise, Wish

SECTIONS_MAX = 20


class NewEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody waits for: so many seats together, for at most `max_price` each (all-in), in one of `sections`."""

    show_id: UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=GROUP_MAX)]
    max_price: MoneyInput | None = None
    sections: Annotated[list[Name], msgspec.Meta(max_length=SECTIONS_MAX)] = []


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """A place in line as its owner sees it.

    `number` stands in the public log. `position` (1: the next) and `ahead` are null unless the entry waits; `order_id`
    and `offered_until` are there when seats are held for it.
    """

    id: UUID
    show_id: UUID
    number: int
    quantity: int
    max_price: Money | None
    sections: tuple[str, ...]
    status: EntryStatus
    position: int | None
    ahead: int | None
    order_id: UUID | None
    offered_until: datetime | None
    created_at: datetime


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """How many groups wait for a show, how many people they are, and how long an offer is held."""

    show_id: UUID
    groups: int
    people: int
    hold_s: int


class LineEventView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a line's log, by the number that each entry got when it joined.

    With an offer, `passed_over` has the numbers of those before it (the first fifty of `passed_over_count`) whom the
    seats did not fit; they have kept their places.
    """

    at: datetime
    what: Happening
    number: int
    quantity: int
    passed_over: tuple[int, ...]
    passed_over_count: int
    position: int


def view_of(entry: Entry) -> EntryView:
    """The owner's view of an entry."""
    names = [name for name in EntryView.__struct_fields__ if name != "position"]
    position = None if entry.ahead is None else entry.ahead + 1
    return EntryView(position=position, **{name: getattr(entry, name) for name in names})


def event_view_of(event: LineEvent) -> LineEventView:
    """The public view of what happened."""
    return LineEventView(**{name: getattr(event, name) for name in LineEventView.__struct_fields__})


@post("/api/waiting")
async def entry_create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewEntry],
    user: CurrentUser,
    database: OwnDatabase,
    promise: NamedDependency[Promise],
) -> Response[EntryView]:
    """Join the line of a show. 409 `seats-available` (there is nothing to wait for), `already-waiting`, `show-over`."""
    wish = Wish(
        user_id=user.id,
        show_id=data.show_id,
        quantity=data.quantity,
        max_price=data.max_price.money("max_price") if data.max_price else None,
        sections=tuple(dict.fromkeys(data.sections)),
    )

    async def known() -> bool | None:
        async with database.connection() as connection:
            return await actions_waiting.is_known(connection, wish.show_id) or None

    async def join(tx: Connection) -> EntryView:
        return view_of(await actions_waiting.join(tx, wish, promise))

    await wait_for(known)
    return await create_once(request, database, user.id, join, lambda view: {"Location": f"/api/waiting/{view.id}"})


@get("/api/waiting")
async def entry_list(
    user: CurrentUser,
    database: OwnDatabase,
    show_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[EntryView]:
    """One's places in lines, newest first, of one show or of all; also those that have come to their end."""
    position = position_in(cursor, tuple[UUID])
    before = position[0] if position else None
    async with database.connection() as connection:
        entries = await actions_waiting.entries_of(connection, user.id, show_id, before, limit + 1)
    return page_of([view_of(entry) for entry in entries], limit, lambda entry: [entry.id])


@get("/api/waiting/log")
async def line_log(
    database: OwnDatabase,
    show_id: FromQuery[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[LineEventView]:
    """What happened in the line of a show, newest first: public, with numbers instead of people."""
    position = position_in(cursor, tuple[int])
    async with database.connection() as connection:
        events = await actions_waiting.log_of(connection, show_id, position[0] if position else None, limit + 1)
    return page_of([event_view_of(event) for event in events], limit, lambda event: [event.position])


@get("/api/waiting/line")
async def line_show(database: OwnDatabase, show_id: FromQuery[UUID], promise: NamedDependency[Promise]) -> LineView:
    """How long the line of a show is now: public."""
    async with database.connection() as connection:
        groups, people = await actions_waiting.line_of(connection, show_id)
    return LineView(show_id=show_id, groups=groups, people=people, hold_s=promise.hold_s)


@get("/api/waiting/{entry_id:uuid}")
async def entry_show(entry_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> EntryView:
    """One's place in line."""
    async with database.connection() as connection:
        return view_of(await actions_waiting.entry_of(connection, entry_id, user.id))


@delete("/api/waiting/{entry_id:uuid}")
async def entry_leave(entry_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Leave the line; seats that are offered go to the next. Repeating it changes nothing. 409 `order-confirmed`."""
    async with database.transaction() as tx:
        await actions.leave_line(tx, entry_id, user.id)


ROUTES: list[Any] = [entry_create, entry_list, line_log, line_show, entry_show, entry_leave]
