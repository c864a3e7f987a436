"""The rules of shows that move: until when whoever has a ticket may choose to have the money back. Pure.

Whoever bought for one day is not made to come on another. A postponed or rescheduled show carries the start that its
tickets were bought for (`moved_from`) and the end of the choice (`refund_until`). A promise made to holders stands: no
later edit shortens it, except that no choice outlives the start of the show.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from fairseat_common.contracts.refusals import FieldError, Invalid

if TYPE_CHECKING:
    from catalog.domain import Show

REFUND_DEFAULT = timedelta(days=14)
REFUND_MIN = timedelta(hours=24)
REFUND_MAX = timedelta(days=365)
"""For a postponed show, which has no new start to end the choice."""


def with_choice(before: Show, after: Show, wanted_until: datetime | UnsetType, now: datetime) -> Show:
    """The edited show with `moved_from` and `refund_until`; raises Invalid where `wanted_until` makes no sense."""
    if after.status == "cancelled":
        if wanted_until is not UNSET:
            raise _invalid("is for shows that move; all of a cancelled show is refunded")
        return msgspec.structs.replace(after, moved_from=None, refund_until=None)
    if before.status == "postponed" and after.status == "scheduled" and after.starts_at == before.moved_from:
        # It takes place when its tickets say, so there is nothing to choose.
        return msgspec.structs.replace(after, moved_from=None, refund_until=None)
    postponed = after.status == "postponed" and before.status != "postponed"
    moves = postponed or after.starts_at != before.starts_at
    if not moves and wanted_until is UNSET:
        return after
    if not moves and before.refund_until is None:
        raise _invalid("is for shows that move, and this one has its first date")
    until = _until(before, after, wanted_until, now)
    bought_for = _bought_for(before, after, now) if moves else before.moved_from
    return msgspec.structs.replace(after, moved_from=bought_for, refund_until=until.astimezone(UTC))


def _until(before: Show, after: Show, wanted: datetime | UnsetType, now: datetime) -> datetime:
    """The end of the choice: as wanted, within its limits; or the usual time, and never before an earlier promise."""
    promised = before.refund_until or now
    latest = now + REFUND_MAX if after.status == "postponed" else after.starts_at
    if wanted is UNSET:
        return min(max(now + REFUND_DEFAULT, promised), latest)
    if wanted > latest:
        raise _invalid("must not be after the new start, nor more than a year ahead")
    if wanted < max(now + REFUND_MIN, promised) and wanted != before.refund_until:
        raise _invalid("must leave 24 hours to choose, and not be before what holders were told")
    return wanted


def _bought_for(before: Show, after: Show, now: datetime) -> datetime:
    """While the choice of an earlier move goes on, its holders have tickets for the day before that."""
    first = before.moved_from
    choosing = before.status == "postponed" or (before.refund_until is not None and before.refund_until > now)
    return first if first is not None and choosing and first != after.starts_at else before.starts_at


def _invalid(message: str) -> Invalid:
    return Invalid(None, FieldError("refund_until", message))
