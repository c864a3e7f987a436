"""Pages about tickets and transfers: what they show, worked out from what the services answered. Pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from web.models import Show
from web.models_passes import GivenPlace, Happening, HeldTicket, Transfer
from web.views import place_text

SHEET_AHEAD = timedelta(hours=24)
SHEET_UNTIL = timedelta(hours=8)
"""When the tickets service hands out a day's codes: from so long before a show until so long after its beginning."""
SHOW_LENGTH = timedelta(hours=6)
GIVEN_MAX = 20
_ENDED: dict[str, tuple[str, str]] = {
    "transferred": ("Given away", "You gave this ticket to somebody else. Its codes are void."),
    "void": ("Void", "This ticket was sold, withdrawn or refunded. Its codes are void."),
    "used": ("Used", "Somebody has gone in with this ticket."),
}
_HAPPENED: dict[str, tuple[str, str, str]] = {
    # What happened, its words without a name, and with one.
    "brought": ("done", "Brought to Fairseat by its seller", ""),
    "listed": ("done", "Put on sale", ""),
    "bought": ("done", "Bought by you", ""),
    "sold": ("done", "Sold", ""),
    "offered": ("done", "Offered", "Offered: {}"),
    "received": ("done", "Given to you", "Given to you by {}"),
    "given": ("done", "Given away", "Given to {}"),
    "changed_hands": ("done", "Changed hands", ""),
    "cancelled": ("done", "The offer was taken back", ""),
    "declined": ("done", "The offer was declined", "Declined by {}"),
    "expired": ("done", "Nobody answered the offer in time", ""),
    "void": ("fail", "The offer ended with the ticket", ""),
    "printed": ("done", "Printed by you", ""),
    "refunded": ("fail", "Refunded", ""),
    "admitted": ("done", "Used at the door", ""),
}
_STATES: dict[str, tuple[str, str]] = {
    "offered": ("warn", "Waiting"),
    "accepted": ("good", "Accepted"),
    "cancelled": ("", "Taken back"),
    "declined": ("", "Declined"),
    "expired": ("", "Expired"),
    "void": ("bad", "Void"),
}


class Step(NamedTuple):
    """A line of a history: its state, its words, and when."""

    state: str
    text: str
    at: datetime
    link: str


class Binding(NamedTuple):
    """What a valid ticket is bound by, as a badge that leads to it."""

    label: str
    link: str


def ticket_place(ticket: HeldTicket | GivenPlace) -> str:
    """`Block 204, row 12, seat 5`."""
    return place_text(ticket.section, ticket.row, [ticket.seat])


def places_text(places: Sequence[GivenPlace]) -> list[str]:
    """The places of a transfer, seats of a row together: `Block 204, row 12, seats 5, 6`."""
    rows: dict[tuple[str, str | None], list[str]] = {}
    for place in places:
        rows.setdefault((place.section, place.row), []).append(place.seat)
    return [
        place_text(section, row, seats) if row or len(seats) == 1 else f"{section}, {len(seats)} places"
        for (section, row), seats in rows.items()
    ]


def tickets_text(count: int) -> str:
    """`1 ticket`, `2 tickets`."""
    return "1 ticket" if count == 1 else f"{count} tickets"


def ended_text(status: str) -> tuple[str, str]:
    """A badge and a sentence for a ticket that lets nobody in any more."""
    return _ENDED.get(status, (status.capitalize(), "This ticket is no longer valid."))


def binding(ticket: HeldTicket) -> Binding | None:
    """Why a ticket can neither be given away nor sold at the moment, if so."""
    if ticket.transfer_id:
        return Binding("Waiting to be accepted", f"/transfers/{ticket.transfer_id}")
    return Binding("On sale", f"/listings/{ticket.listing_id}/edit") if ticket.listing_id else None


def history(entries: Sequence[Happening]) -> list[Step]:
    """A ticket's history as steps, oldest first."""
    return [_step(entry) for entry in entries]


def _step(entry: Happening) -> Step:
    state, plain, named = _HAPPENED.get(entry.what, ("done", entry.what.replace("_", " ").capitalize(), ""))
    link = f"/transfers/{entry.transfer_id}" if entry.transfer_id else ""
    link = f"/orders/{entry.order_id}" if entry.order_id else link
    return Step(state, named.format(entry.partner) if named and entry.partner else plain, entry.at, link)


def over(show: Show, now: datetime) -> bool:
    """Whether tickets can no longer be given away or sold."""
    return show.status == "cancelled" or (show.status == "scheduled" and show.starts_at <= now)


def sheet_due(show: Show, now: datetime) -> bool:
    """Whether the day's codes can be had now, for use without a network."""
    coming = show.starts_at - SHEET_AHEAD <= now < show.starts_at + SHEET_UNTIL
    return show.status == "scheduled" and coming


def sheet_from(show: Show) -> datetime:
    """From when on they can be had."""
    return show.starts_at - SHEET_AHEAD


def transfer_state(transfer: Transfer) -> tuple[str, str]:
    """A badge: its colour and its word."""
    return _STATES.get(transfer.status, ("", transfer.status.capitalize()))


def sender(transfer: Transfer) -> str:
    """Whom the receiver reads about; a sender without a name is somebody."""
    return transfer.from_name or "Somebody"


def receiver(transfer: Transfer) -> str:
    """Whom the sender reads about: the name of who accepted, else the address that they wrote."""
    return transfer.to_name or transfer.to_email or "the receiver"
