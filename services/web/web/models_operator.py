"""What the services answer to operators, as far as the pages need it."""

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from fairseat_common.contracts import Money


class Switch(Struct, frozen=True):
    """Where a switch stands; `changed_by` is an operator's id."""

    open: bool
    reason: str = ""
    changed_by: str | None = None
    changed_at: datetime | None = None
    version: int = 0


class Violation(Struct, frozen=True):
    """Something that breaks a rule."""

    reference: str
    detail: str


class Invariant(Struct, frozen=True):
    """A rule of a service; `holds` is null where it could not be checked in time."""

    name: str
    says: str
    holds: bool | None = None
    violations: list[Violation] = field(default_factory=list)


class Report(Struct, frozen=True):
    """The rules of one service, at one moment."""

    service: str
    checked_at: datetime
    invariants: list[Invariant] = field(default_factory=list)


class Ban(Struct, frozen=True):
    """A ban; in force until it is lifted."""

    reason: str
    banned_by: str
    banned_at: datetime
    lifted_at: datetime | None = None


class Account(Struct, frozen=True):
    """Somebody's account; `ban` is the one in force."""

    id: str
    email: str
    name: str
    roles: list[str]
    created_at: datetime
    verified: bool = False
    ban: Ban | None = None


class AccountDetail(Account, frozen=True, kw_only=True):
    """One account with its history."""

    sessions: int = 0
    bans: list[Ban] = field(default_factory=list)
    failures_subject: str = ""


class OrderLine(Struct, frozen=True):
    """An order among others."""

    id: str
    status: str
    buyer_id: str
    seller_id: str
    listing_id: str
    show_id: str
    show_title: str
    section: str
    row: str
    seats: list[str]
    total: Money
    created_at: datetime


class ListingLine(Struct, frozen=True):
    """A listing among others."""

    id: str
    show_id: str
    seller_id: str
    section: str
    row: str
    seats: list[str]
    available: int
    held: int
    sold: int
    unit_price: Money
    status: str
    created_at: datetime


class DeadLetter(Struct, frozen=True):
    """An event that a consumer could not digest; `payload` is the beginning of it."""

    consumer: str
    event_id: str
    subject: str
    payload: str
    attempts: int
    error: str
    parked_at: datetime


class Deed(Struct, frozen=True):
    """A line of an audit log."""

    id: str
    action: str
    happened_at: datetime
    actor_id: str | None = None
    subject: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    address: str = ""
