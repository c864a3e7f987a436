"""What people are told of tickets that are given to somebody else. Pure: a letter follows from the facts.

A receiver may have no account, and may not know the sender: the letter says little, and nothing that the sender wrote
but the name.
"""

from __future__ import annotations

from fairseat_common.contracts import (
    TicketsTransferred,
    TransferEnd,
    TransferEnded,
    TransferOffered,
    TransferredTicket,
)
from fairseat_common.languages import mark, say, say_number
from notifications.domain import (
    Kind,
    Letter,
    Person,
    Show,
    greeting_of,
    moment_text,
    one_line,
    seats_text,
    show_facts,
    subject_of,
)

NAME_LENGTH_MAX = 60
ENDS: dict[TransferEnd, str] = {
    "cancelled": mark("You took the tickets back from %(to)s. They stay with you, and their codes go on to work."),
    "declined": mark("%(to)s does not want the tickets. They stay with you, and their codes go on to work."),
    "expired": mark("%(to)s did not accept the tickets in time. They stay with you, and their codes go on to work."),
    "void": mark("The tickets that you offered to %(to)s are no longer valid, so they do not change hands."),
}
GONE: dict[TransferEnd, str] = {
    "cancelled": mark("%(name)s has taken back the tickets that were offered to you."),
    "void": mark("The tickets that %(name)s offered to you are no longer valid."),
}


def offered_letter(person: Person, show: Show, transfer: TransferOffered, sender: str, origin: str) -> Letter:
    """Tickets wait for whoever has this address."""
    name, tickets = _name(sender), _tickets(len(transfer.tickets))
    until = moment_text(transfer.expires_at, show.timezone)
    return _letter(
        "transfer-offered",
        person,
        show,
        transfer.tickets,
        (
            say("%(name)s wants to give you %(tickets)s for this show. You pay nothing.", name=name, tickets=tickets),
            say(
                "Accept by %(until)s. Until then %(name)s still has the tickets; "
                "your codes exist once you have accepted.",
                until=until,
                name=name,
            ),
            say("Sign in with this e-mail address to accept. If you have no account yet, sign up with it: it is free."),
            say("If you do not know %(name)s, you need not do anything.", name=name),
        ),
        (say("See what is offered"), f"{origin}/transfers/{transfer.transfer_id}"),
    )


def withdrawn_letter(person: Person, show: Show, transfer: TransferEnded, sender: str, origin: str) -> Letter:
    """What was offered cannot be accepted any more."""
    paragraphs = (say(GONE[transfer.outcome], name=_name(sender)), say("There is nothing that you must do."))
    tickets = transfer.tickets
    button = (say("See the show"), f"{origin}/shows/{show.id}")
    return _letter("transfer-withdrawn", person, show, tickets, paragraphs, button)


def received_letter(person: Person, show: Show, transfer: TicketsTransferred, sender: str, origin: str) -> Letter:
    """The tickets are the receiver's."""
    paragraphs = (
        say(
            "You have accepted %(tickets)s from %(name)s.", tickets=_tickets(len(transfer.tickets)), name=_name(sender)
        ),
        say(
            "Nobody else can use them any more. Open them on your phone at the door: the code is on the ticket's page."
        ),
    )
    button = (say("See your tickets"), f"{origin}/tickets")
    return _letter("transfer-received", person, show, transfer.tickets, paragraphs, button)


def accepted_letter(person: Person, show: Show, transfer: TicketsTransferred, receiver: str, origin: str) -> Letter:
    """The tickets are the sender's no longer."""
    name = _name(receiver) if receiver.strip() else one_line(transfer.to_email)
    paragraphs = (
        say_number(
            "%(name)s has accepted your ticket.",
            "%(name)s has accepted your tickets.",
            len(transfer.tickets),
            name=name,
        ),
        say("Your own codes are void now: do not use them at the door."),
    )
    button = (say("See your tickets"), f"{origin}/tickets")
    return _letter("transfer-accepted", person, show, transfer.tickets, paragraphs, button)


def ended_letter(person: Person, show: Show, transfer: TransferEnded, origin: str) -> Letter:
    """Nothing changes hands."""
    paragraphs = (say(ENDS[transfer.outcome], to=one_line(transfer.to_email)),)
    button = (say("See your tickets"), f"{origin}/tickets")
    return _letter("transfer-ended", person, show, transfer.tickets, paragraphs, button)


def _letter(
    kind: Kind,
    person: Person,
    show: Show,
    tickets: tuple[TransferredTicket, ...],
    paragraphs: tuple[str, ...],
    button: tuple[str, str],
) -> Letter:
    return Letter(
        subject=subject_of(kind, show),
        greeting=greeting_of(person),
        paragraphs=paragraphs,
        facts=(*show_facts(show), (say("Seats"), _seats(tickets))),
        amounts=(),
        button=button[0],
        link=button[1],
    )


def _seats(tickets: tuple[TransferredTicket, ...]) -> str:
    places = dict.fromkeys((ticket.section, ticket.row) for ticket in tickets)
    return "; ".join(
        seats_text(section, row, [t.seat for t in tickets if (t.section, t.row) == (section, row)])
        for section, row in places
    )


def _tickets(count: int) -> str:
    return say_number("a ticket", "%(number)s tickets", count)


def _name(name: str) -> str:
    return one_line(name, NAME_LENGTH_MAX) or say("Somebody")
