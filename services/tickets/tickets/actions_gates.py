"""What staff can read about the doors of their shows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fairseat_common.contracts.refusals import Forbidden, NotFound
from fairseat_common.database import Connection
from fairseat_common.web import Page, SignedIn, cursor_of, page_of
from tickets import actions_teams, store_gates, store_scans
from tickets.domain_codes import CodeKeys
from tickets.domain_gate_lists import (
    GATES_MAX,
    LIST_MAX,
    WRONG_MAX,
    GateList,
    GateShow,
    GateView,
    list_document,
    list_signed,
)
from tickets.domain_gates import Door
from tickets.domain_scans import scan_view


async def gates_of_show(tx: Connection, user: SignedIn, show_id: UUID) -> GateView:
    """Who is in and who may still come, gate by gate. Raises NotFound, DutyMissing."""
    door = await _door(tx, user, show_id)
    counts = await store_gates.counts(tx, show_id)
    return GateView(
        show_id=show_id,
        starts_at=door.starts_at,
        opens_at=door.opens_at,
        admitted=counts.admitted,
        expected=counts.expected,
        gates=await store_gates.gates(tx, show_id, GATES_MAX),
        wrong=[scan_view(told) for told in await store_scans.scans_wrong(tx, show_id, WRONG_MAX)],
        now=door.now,
    )


async def shows_of_staff(
    tx: Connection, user: SignedIn, after: tuple[datetime, UUID] | None, limit: int
) -> Page[GateShow]:
    """A page of the shows whose doors somebody looks after, the next first."""
    found = await store_gates.shows_of_staff(
        tx, user.id, "operator" in user.roles, "organiser" in user.roles, after, limit + 1
    )
    return page_of(found, limit, lambda show: (show.starts_at, show.show_id))


async def gate_list(
    tx: Connection, user: SignedIn, show_id: UUID, keys: CodeKeys, after: tuple[int, UUID] | None
) -> GateList:
    """A signed page of the show's list, for a device that will have no network. Raises NotFound, DutyMissing."""
    door = await _door(tx, user, show_id)
    page, last = after or (0, None)
    found = await store_gates.entrants(tx, show_id, last, LIST_MAX + 1)
    document = list_document(door, keys, found[:LIST_MAX], page)
    more = len(found) > LIST_MAX
    return list_signed(keys, document, cursor_of((page + 1, found[LIST_MAX - 1].id)) if more else None)


async def is_staff(tx: Connection, user: SignedIn, show_id: UUID) -> bool:
    """Whether somebody may scan at a show."""
    try:
        await actions_teams.duty_check(tx, user, show_id, "scan")
    except Forbidden:
        return False
    return True


async def _door(tx: Connection, user: SignedIn, show_id: UUID) -> Door:
    await actions_teams.duty_check(tx, user, show_id, "scan")
    door = await store_scans.door_get(tx, show_id)
    if door is None:
        raise NotFound
    return door
