"""The rules of shows. Pure: time and ids come in as arguments, events go out as return values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from catalog.domain_moves import with_choice
from catalog.domain_venues import CurrencyCode, Line, VenueFacts, VenueLine, currency_errors, line_of, repeated
from fairseat_common.contracts import Money, ShowChanged, ShowPublished, ShowStatus
from fairseat_common.contracts.refusals import Conflict, FieldError, Forbidden, Invalid, VersionStale

Category = Literal["concert", "festival", "theatre", "comedy", "classical", "family", "sport", "other"]
PERFORMERS_MAX = 30
REASON_MAX = 500
SHOW_AHEAD_MAX = timedelta(days=3 * 365)
CANCELLABLE_AFTER_START = timedelta(hours=24)
"""A show that breaks off can still be cancelled; then it took place."""

ImagePath = Annotated[str, Meta(max_length=200, pattern=r"^/static/(?!.*\.\.)[A-Za-z0-9/_.-]+$(?!\n)")]
Moment = Annotated[datetime, Meta(tz=True)]


class ShowNotYours(Forbidden):
    """The show belongs to another organiser."""

    slug = "show-not-yours"
    title = "This show belongs to another organiser"
    detail = "Only the organiser who announced a show, members of the team who manage, and operators may change it."


class ShowIsCancelled(Conflict):
    """A cancellation is final: money has begun to flow back."""

    slug = "show-cancelled"
    title = "This show is cancelled"
    detail = "A cancelled show cannot be changed. Announce a new one instead."


class ShowIsOver(Conflict):
    """What has begun cannot be changed any more."""

    slug = "show-over"
    title = "This show has begun"
    detail = "After its start a show can only be cancelled, within 24 hours."


class ShowDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A show that an organiser announces; without a currency it is the venue's.

    `organiser_id` is for members of a team who manage: the organiser whose show it is.
    """

    title: Line
    category: Category
    venue_id: UUID
    starts_at: Moment
    performers: Annotated[tuple[Line, ...], Meta(max_length=PERFORMERS_MAX)] = ()
    currency: CurrencyCode | None = None
    image_url: ImagePath | None = None
    organiser_id: UUID | None = None


class ShowChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an organiser changes; what is left out stays.

    Whoever has a ticket of a show that is postponed or given another start may choose a refund until `refund_until`:
    14 days from now unless told, never after the new start. `reason` is what an operator who cancels somebody's show
    tells its organiser.
    """

    title: Line | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    performers: Annotated[tuple[Line, ...], Meta(max_length=PERFORMERS_MAX)] | UnsetType = UNSET
    starts_at: Moment | UnsetType = UNSET
    status: ShowStatus | UnsetType = UNSET
    refund_until: Moment | UnsetType = UNSET
    image_url: ImagePath | UnsetType | None = UNSET
    reason: Annotated[str, Meta(max_length=REASON_MAX, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")] = ""


class Show(msgspec.Struct, frozen=True, kw_only=True):
    """A show as everybody sees it.

    `lowest_price` is the cheapest seat on sale, all fees included, and `listings_count` the number of listings
    that still have a seat; both follow the listings within moments. A show that was postponed or rescheduled says
    with `moved_from` for when its tickets were bought, and with `refund_until` how long their holders may choose.
    """

    id: UUID
    title: str
    category: Category
    performers: tuple[str, ...]
    venue: VenueLine
    starts_at: datetime
    status: ShowStatus
    currency: str
    image_url: str | None
    lowest_price: Money | None = None
    listings_count: int = 0
    organiser_id: UUID
    moved_from: datetime | None = None
    refund_until: datetime | None = None
    version: int

    @property
    def local_date(self) -> date:
        """The day on the calendar of its venue."""
        return self.starts_at.astimezone(ZoneInfo(self.venue.timezone)).date()


class Performer(msgspec.Struct, frozen=True):
    """Somebody who plays."""

    id: UUID
    name: str


def show_new(
    draft: ShowDraft, venue: VenueFacts, show_id: UUID, organiser_id: UUID, now: datetime
) -> tuple[Show, ShowPublished]:
    """A show from what an organiser entered; raises Invalid with every field that is wrong."""
    currency = draft.currency or venue.currency
    errors = _start_errors(draft.starts_at, now) + currency_errors(currency)
    title = line_of("title", draft.title, errors)
    performers = _performers(draft.performers, errors)
    if errors:
        raise Invalid(None, *errors)
    show = Show(
        id=show_id,
        title=title,
        category=draft.category,
        performers=performers,
        venue=VenueLine(id=venue.id, name=venue.name, city=venue.city, country=venue.country, timezone=venue.timezone),
        starts_at=draft.starts_at.astimezone(UTC),
        status="scheduled",
        currency=currency,
        image_url=draft.image_url,
        organiser_id=organiser_id,
        version=1,
    )
    return show, ShowPublished(**_facts(show, now))


def show_edited(show: Show, changes: ShowChanges, expected: int, now: datetime) -> tuple[Show, ShowChanged | None]:
    """The show after an organiser's edit, and the event that tells of it; no event where nothing changes.

    Raises VersionStale, ShowIsCancelled, ShowIsOver, Invalid.
    """
    if show.version != expected:
        raise VersionStale(current_version=show.version)
    wanted = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    wanted.pop("reason")
    _edit_check(show, wanted, now)
    wanted_until = wanted.pop("refund_until", UNSET)
    errors: list[FieldError] = []
    if "title" in wanted:
        wanted["title"] = line_of("title", wanted["title"], errors)
    if "performers" in wanted:
        wanted["performers"] = _performers(wanted["performers"], errors)
    if "starts_at" in wanted:
        errors += _start_errors(wanted["starts_at"], now)
        if wanted.get("status") == "postponed":
            errors.append(FieldError("status", "is postponed while there is no new date; leave one of the two out"))
        # A postponed show that is given a date takes place again.
        wanted.setdefault("status", "scheduled")
    elif wanted.get("status") == "scheduled" and show.starts_at <= now:
        errors.append(FieldError("starts_at", "is needed: the old date is over"))
    if errors:
        raise Invalid(None, *errors)
    if "starts_at" in wanted:
        wanted["starts_at"] = wanted["starts_at"].astimezone(UTC)
    edited = with_choice(show, msgspec.structs.replace(show, **wanted), wanted_until, now)
    if edited == show:
        return show, None
    edited = msgspec.structs.replace(edited, version=show.version + 1)
    return edited, ShowChanged(**_facts(edited, now))


def cancelled_by_operator(event: ShowChanged, reason: str) -> ShowChanged:
    """The event with what the show's organiser is told; nothing where the show was not cancelled."""
    return msgspec.structs.replace(event, operator_reason=reason) if event.status == "cancelled" else event


def show_told_again(show: Show, now: datetime) -> tuple[Show, ShowChanged]:
    """The show's next version and its event, for when something that it repeats has changed, as its venue's name."""
    told = msgspec.structs.replace(show, version=show.version + 1)
    return told, ShowChanged(**_facts(told, now))


def _edit_check(show: Show, wanted: dict[str, Any], now: datetime) -> None:
    only_cancels = wanted == {"status": "cancelled"}
    if show.status == "cancelled" and not only_cancels:
        raise ShowIsCancelled
    begun = show.status == "scheduled" and now >= show.starts_at
    if begun and not (only_cancels and now < show.starts_at + CANCELLABLE_AFTER_START):
        raise ShowIsOver


def _facts(show: Show, now: datetime) -> dict[str, Any]:
    return {
        "show_id": show.id,
        "title": show.title,
        "category": show.category,
        "performers": show.performers,
        "venue_id": show.venue.id,
        "venue_name": show.venue.name,
        "city": show.venue.city,
        "country": show.venue.country,
        "timezone": show.venue.timezone,
        "starts_at": show.starts_at,
        "status": show.status,
        "currency": show.currency,
        "image_url": show.image_url,
        "organiser_id": show.organiser_id,
        "moved_from": show.moved_from,
        "refund_until": show.refund_until,
        "version": show.version,
        "occurred_at": now,
    }


def _start_errors(starts_at: datetime, now: datetime) -> list[FieldError]:
    if starts_at <= now:
        return [FieldError("starts_at", "must be in the future")]
    if starts_at > now + SHOW_AHEAD_MAX:
        return [FieldError("starts_at", "must be within three years")]
    return []


def _performers(names: tuple[str, ...], errors: list[FieldError]) -> tuple[str, ...]:
    kept = tuple(line_of(f"performers[{index}]", name, errors) for index, name in enumerate(names))
    if twice := repeated(kept):
        errors.append(FieldError("performers", f"{twice} is there twice"))
    return kept
