"""Shows as another system names them: what is sent to be imported, and what is answered. Pure.

Whoever sends a show again sends it under the same name: `source` and `external_id`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from catalog.domain import PERFORMERS_MAX, Category, Moment
from catalog.domain_venues import CAPACITY_MAX, CountryCode, CurrencyCode, Line
from fairseat_common.contracts import ShowStatus
from fairseat_common.contracts.refusals import Conflict, Refusal

RECORDS_MAX = 200

Outcome = Literal["created", "changed", "unchanged", "rejected"]
Source = Annotated[str, Meta(max_length=40, pattern=r"^[a-z0-9][a-z0-9._-]*$(?!\n)")]
ExternalId = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$(?!\n)")]
ZoneName = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$")]
LocalTime = Annotated[datetime, Meta(tz=False)]


class ImportRunning(Conflict):
    """Two imports at once would wait for each other's venues and performers, each in its own order."""

    slug = "import-running"
    title = "Another import is running"
    detail = "Imports go one after another. Wait a moment and send the same request again."


class VenueGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A venue as another system knows it; found by that system's id, or else by name, city and country."""

    external_id: ExternalId | None = None
    name: Line
    city: Line
    country: CountryCode
    timezone: ZoneName | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    capacity: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)] | None = None


class ShowGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A show as another system knows it.

    It starts at a moment (`starts_at`, with offset), or when clocks show `local_start` in `timezone`; without a time
    zone it is the venue's.
    """

    external_id: ExternalId
    title: Line
    category: Category
    performers: Annotated[tuple[Line, ...], Meta(max_length=PERFORMERS_MAX)] = ()
    starts_at: Moment | None = None
    local_start: LocalTime | None = None
    timezone: ZoneName | None = None
    status: ShowStatus = "scheduled"
    venue: VenueGiven
    currency: CurrencyCode | None = None


class ImportBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shows to take in. Each record is a ShowGiven, and is read on its own, so that a bad one stops no other."""

    source: Source
    records: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=RECORDS_MAX)]
    dry_run: bool = False


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with one field of a record; an empty field means the record as a whole."""

    field: str
    message: str


class Unreadable(msgspec.Struct, frozen=True):
    """Stands for a record that is no ShowGiven."""

    external_id: str | None
    errors: tuple[Wrong, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a record; `show_id` is null where there is no show, as after a rejection or in a dry run."""

    external_id: str | None
    outcome: Outcome
    show_id: UUID | None = None
    errors: tuple[Wrong, ...] = ()


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each record, in the order in which they were sent."""

    dry_run: bool
    results: list[Result]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of a show, brought into our own terms."""

    title: str
    category: Category
    performers: tuple[str, ...]
    starts_at: datetime
    status: ShowStatus


def digest_of(given: ShowGiven) -> bytes:
    """What tells two records apart."""
    return hashlib.sha256(msgspec.json.encode(given)).digest()


def rejected(external_id: str | None, refusal: Refusal) -> Result:
    """A record that was refused, with the reasons field by field where there are some."""
    fields = refusal.members.get("errors") or [{"field": "", "message": refusal.said}]
    errors = tuple(Wrong(error["field"], error["message"]) for error in fields)
    return Result(external_id=external_id, outcome="rejected", errors=errors)


def without_new_show(result: Result) -> Result:
    """The result of a rehearsal: what was created is gone again."""
    return msgspec.structs.replace(result, show_id=None) if result.outcome == "created" else result
