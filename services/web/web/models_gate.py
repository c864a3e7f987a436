"""What the services answer about doors and claims, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money


class ScannedPlace(Struct, frozen=True):
    """The place of a ticket that was held up at a door."""

    id: str
    section: str
    row: str
    seat: str


class Scan(Struct, frozen=True):
    """What became of a code at a door; `used_at` and `used_gate` tell of the admission before it."""

    scan_id: str
    show_id: str
    gate: str
    result: str
    why: str
    let_in: bool
    offline: bool
    scanned_at: datetime
    ticket: ScannedPlace | None = None
    used_at: datetime | None = None
    used_gate: str | None = None


class GateCount(Struct, frozen=True):
    """What one gate has seen."""

    gate: str
    admitted: int
    refused: int
    wrong: int


class Gate(Struct, frozen=True):
    """The doors of a show."""

    show_id: str
    starts_at: datetime
    opens_at: datetime | None
    admitted: int
    expected: int
    now: datetime
    gates: list[GateCount] = field(default_factory=list)
    wrong: list[Scan] = field(default_factory=list)


class GateShow(Struct, frozen=True):
    """A show whose doors the reader looks after."""

    show_id: str
    starts_at: datetime
    status: str
    admitted: int
    expected: int


class Claim(Struct, frozen=True):
    """A claim of the guarantee, as the reader's side of it may see it."""

    id: str
    side: str
    show_id: str
    ticket_id: str
    order_id: str
    section: str
    row: str
    seat: str
    reason: str
    status: str
    opened_at: datetime
    note: str = ""
    verdict: str = ""
    outcome: str | None = None
    penalty: Money | None = None
    replacement_ticket_id: str | None = None
    decided_at: datetime | None = None
