"""Pages about tickets and transfers: what they show, worked out from what the services answered. Pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from fairseat_common.languages import mark, say, say_number
from web.models import Show
from web.models_passes import GivenPlace, Happening, HeldTicket, Transfer
from web.views import place_text

SHEET_AHEAD = timedelta(hours=24)
SHEET_UNTIL = timedelta(hours=8)
"""When the tickets service hands out a day's codes: from so long before a show until so long after its beginning."""
SHOW_LENGTH = timedelta(hours=6)
GIVEN_MAX = 20
_ENDED: dict[str, tuple[str, str]] = {
    "transferred": (mark("Given away"), mark("You gave this ticket to somebody else. Its codes are void.")),
    "void": (mark("Void"), mark("This ticket was sold, withdrawn or refunded. Its codes are void.")),
    "used": (mark("Used"), mark("Somebody has gone in with this ticket.")),
}
_HAPPENED: dict[str, tuple[str, str, str]] = {
    # What happened, its words without a name, and with one.
    "brought": ("done", mark("Brought to Fairseat by its seller"), ""),
    "listed": ("done", mark("Put on sale"), ""),
    "bought": ("done", mark("Bought by you"), ""),
    "sold": ("done", mark("Sold"), ""),
    "offered": ("done", mark("Offered"), mark("Offered: %(name)s")),
    "received": ("done", mark("Given to you"), mark("Given to you by %(name)s")),
    "given": ("done", mark("Given away"), mark("Given to %(name)s")),
    "changed_hands": ("done", mark("Changed hands"), ""),
    "cancelled": ("done", mark("The offer was taken back"), ""),
    "declined": ("done", mark("The offer was declined"), mark("Declined by %(name)s")),
    "expired": ("done", mark("Nobody answered the offer in time"), ""),
    "void": ("fail", mark("The offer ended with the ticket"), ""),
    "printed": ("done", mark("Printed by you"), ""),
    "refunded": ("fail", mark("Refunded"), ""),
    "admitted": ("done", mark("Used at the door"), ""),
}
_STATES: dict[str, tuple[str, str]] = {
    "offered": ("warn", mark("Waiting")),
    "accepted": ("good", mark("Accepted")),
    "cancelled": ("", mark("Taken back")),
    "declined": ("", mark("Declined")),
    "expired": ("", mark("Expired")),
    "void": ("bad", mark("Void")),
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
        place_text(section, row, seats) if row or len(seats) == 1 else _places(section, len(seats))
        for (section, row), seats in rows.items()
    ]


def _places(section: str, count: int) -> str:
    return f"{section}, {say_number('%(number)s place', '%(number)s places', count)}"


def tickets_text(count: int) -> str:
    """`1 ticket`, `2 tickets`."""
    return say_number("%(number)s ticket", "%(number)s tickets", count)


def ended_text(status: str) -> tuple[str, str]:
    """A badge and a sentence for a ticket that lets nobody in any more."""
    label, text = _ENDED.get(status, (status.capitalize(), mark("This ticket is no longer valid.")))
    return say(label), say(text)


def binding(ticket: HeldTicket) -> Binding | None:
    """Why a ticket can neither be given away nor sold at the moment, if so."""
    if ticket.transfer_id:
        return Binding(say("Waiting to be accepted"), f"/transfers/{ticket.transfer_id}")
    return Binding(say("On sale"), f"/listings/{ticket.listing_id}/edit") if ticket.listing_id else None


def history(entries: Sequence[Happening]) -> list[Step]:
    """A ticket's history as steps, oldest first."""
    return [_step(entry) for entry in entries]


def _step(entry: Happening) -> Step:
    state, plain, named = _HAPPENED.get(entry.what, ("done", entry.what.replace("_", " ").capitalize(), ""))
    link = f"/transfers/{entry.transfer_id}" if entry.transfer_id else ""
    link = f"/orders/{entry.order_id}" if entry.order_id else link
    text = say(named, name=entry.partner) if named and entry.partner else say(plain)
    return Step(state, text, entry.at, link)


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
    colour, label = _STATES.get(transfer.status, ("", transfer.status.capitalize()))
    return colour, say(label)


def sender(transfer: Transfer) -> str:
    """Whom the receiver reads about; a sender without a name is somebody."""
    return transfer.from_name or say("Somebody")


def receiver(transfer: Transfer) -> str:
    """Whom the sender reads about: the name of who accepted, else the address that they wrote."""
    return transfer.to_name or transfer.to_email or say("the receiver")
