"""What an operator sees and does inside of each service: its audit log, its dead letters, its invariants.

The same routes for every service that owns data, under /operations/<service>.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common import audit
from fairseat_common.bus import Consumers, store
from fairseat_common.bus.replaying import replay
from fairseat_common.contracts.refusals import Forbidden
from fairseat_common.invariants import Invariant, Report, report
from fairseat_common.web.auth import SignedIn
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.pagination import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in

OPERATOR = "operator"
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]
Filter = Annotated[str | None, QueryParameter(max_length=200)]


class OperatorOnly(Forbidden):
    """Only who runs the marketplace may do this."""

    slug = "operator-only"
    title = "Only for operators"
    detail = "This needs an account with the role operator."


class DeadLetter(msgspec.Struct, frozen=True):
    """An event that a consumer could not digest; `payload` is the beginning of its JSON, 4,000 characters at most."""

    consumer: str
    event_id: UUID
    subject: str
    payload: str
    attempts: int
    error: str
    parked_at: datetime


class Replayed(msgspec.Struct, frozen=True):
    """What became of a replayed event: handled, or refused for good by the rules of the service."""

    outcome: str


def check_operator(user: SignedIn) -> None:
    """Raise OperatorOnly unless the user runs the marketplace."""
    if OPERATOR not in user.roles:
        raise OperatorOnly


def operations(
    service: str, consumers: Consumers | None, invariants: Sequence[Invariant]
) -> list[ControllerRouterHandler]:
    """The routes for one service."""
    base = f"/operations/{service}"

    @get(f"{base}/audit", operation_id=f"{service}-audit")
    async def audit_list(
        user: CurrentUser,
        database: OwnDatabase,
        actor_id: FromQuery[UUID | None] = None,
        subject: Filter = None,
        action: Filter = None,
        until: FromQuery[datetime | None] = None,
        cursor: FromQuery[str | None] = None,
        limit: Limit = LIMIT_DEFAULT,
    ) -> Page[audit.Deed]:
        """The audit log, newest first: of one actor, about one subject, of one action, or before a moment."""
        check_operator(user)
        position = position_in(cursor, tuple[int])
        before = position[0] if position else None
        wanted = audit.Wanted(actor_id=actor_id, subject=subject, action=action, until=until, before=before)
        async with database.connection() as connection:
            found = await audit.deeds(connection, wanted, limit + 1)
        return page_of(found, limit, lambda deed: [deed.position])

    @get(f"{base}/invariants", operation_id=f"{service}-invariants")
    async def invariant_list(user: CurrentUser, database: OwnDatabase) -> Report:
        """What must hold in this service's database at any moment, and whether it does at this one."""
        check_operator(user)
        return await report(database, service, invariants)

    return [audit_list, *_dead_letter_routes(service, consumers), invariant_list]


def _dead_letter_routes(service: str, consumers: Consumers | None) -> list[ControllerRouterHandler]:
    base = f"/operations/{service}"

    @get(f"{base}/dead-letters", operation_id=f"{service}-dead-letters")
    async def dead_letter_list(
        user: CurrentUser,
        database: OwnDatabase,
        cursor: FromQuery[str | None] = None,
        limit: Limit = LIMIT_DEFAULT,
    ) -> Page[DeadLetter]:
        """Events that consumers of this service could not digest, newest first."""
        check_operator(user)
        position = position_in(cursor, tuple[datetime, UUID])
        async with database.connection() as connection:
            rows = await store.dead_letters_page(connection, position, limit + 1)
        return page_of([DeadLetter(**dict(row)) for row in rows], limit, lambda each: [each.parked_at, each.event_id])

    @post(
        f"{base}/dead-letters/{{consumer:str}}/{{event_id:uuid}}/replay",
        status_code=200,
        operation_id=f"{service}-dead-letter-replay",
    )
    async def dead_letter_replay(
        consumer: FromPath[str], event_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase
    ) -> Replayed:
        """Give a parked event to its consumer again, now. 409 `replay-failed` with the error leaves it parked."""
        check_operator(user)
        known = consumers if consumers is not None else Consumers(service)
        return Replayed(await replay(database, known, consumer, event_id, user.id))

    return [dead_letter_list, dead_letter_replay]
