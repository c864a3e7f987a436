"""HTTP for both sides of an order: where its money is, and where it goes next."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from fairseat_common.contracts import Money
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from payments import actions_timeline
from payments.domain_timeline import Path, Role, StepName, StepState


class MoneyStep(msgspec.Struct, frozen=True):
    """One moment of the way: done `at`, now (since `at`), todo (`expected_at`, null while nobody knows) or failed.

    `note` says that the show was moved, postponed or cancelled, or why money goes back.
    """

    step: StepName
    state: StepState
    at: datetime | None
    expected_at: datetime | None
    note: str | None


class MoneyPath(msgspec.Struct, frozen=True):
    """Seats whose money goes the same way. `amount` is what the buyer paid for them, for a seller what they bring."""

    seats: list[str]
    amount: Money
    steps: list[MoneyStep]


class MoneyTimeline(msgspec.Struct, frozen=True):
    """The way of the money of an order, with the same steps for buyer and seller. Neither is told who the other is."""

    order_id: UUID
    show_id: UUID
    role: Role
    moved_from: datetime | None
    paths: list[MoneyPath]


def path_shown(path: Path, role: Role) -> MoneyPath:
    """A path as one of the two sees it."""
    amount = path.paid if role == "buyer" else path.net
    steps = [msgspec.convert(step, MoneyStep, from_attributes=True) for step in path.steps]
    return MoneyPath(list(path.seats), amount, steps)


@get("/api/payments/timeline/{order_id:uuid}")
async def timeline_show(
    order_id: FromPath[UUID],
    user: CurrentUser,
    database: OwnDatabase,
    payout_delay: NamedDependency[timedelta],
) -> MoneyTimeline:
    """Where the money of a confirmed order is, for whoever bought or sold it."""
    found = await actions_timeline.timeline_of(database, order_id, user.id, payout_delay)
    paths = [path_shown(path, found.role) for path in found.paths]
    return MoneyTimeline(found.order_id, found.show_id, found.role, found.moved_from, paths)


ROUTES = (timeline_show,)
