"""What the tickets service answers about tickets in people's hands, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct, field

from web.models import Ticket


class HeldTicket(Ticket, frozen=True):
    """A ticket with what binds it: a listing that sells it, or a transfer that waits for an answer."""

    listing_id: str | None = None
    transfer_id: str | None = None
    printed_at: datetime | None = None
    original_code: str | None = None
    issued_at: datetime | None = None
    ended_at: datetime | None = None

    def __repr__(self) -> str:
        return f"HeldTicket({self.id})"


class Happening(Struct, frozen=True):
    """One line of a place's history; `partner` is the name of whom the reader dealt with."""

    at: datetime
    what: str
    partner: str = ""
    transfer_id: str | None = None
    order_id: str | None = None


class PrintedCode(Struct, frozen=True):
    """A code for paper. `repr` is silent about it, so that it cannot reach a log."""

    code: str

    def __repr__(self) -> str:
        return "PrintedCode(...)"


class GivenPlace(Struct, frozen=True):
    """One place of a transfer; `ticket_id` is the reader's own ticket for it, if there is one."""

    section: str
    seat: str
    row: str | None = ""
    ticket_id: str | None = None


class Transfer(Struct, frozen=True):
    """Tickets on their way from one person to another; `box` says which of the two the reader is."""

    id: str
    show_id: str
    box: str
    status: str
    expires_at: datetime
    created_at: datetime
    from_name: str = ""
    to_email: str | None = None
    to_name: str = ""
    message: str = ""
    ended_at: datetime | None = None
    tickets: list[GivenPlace] = field(default_factory=list)
