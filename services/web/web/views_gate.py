"""Pages about the doors: what they show, worked out from what the services answered. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

from fairseat_common.languages import gettext, mark, say
from web import dates
from web.locales import Locale
from web.models_gate import Claim, GateShow, Scan
from web.views import place_text

SOON = timedelta(hours=18)
"""How long before its show a door is for today."""

VERDICTS: dict[str, tuple[str, str]] = {
    "admitted": (mark("Let in"), ""),
    "already-used": (mark("Already used"), mark("Somebody was let in with this ticket before.")),
    "resold": (mark("Sold on"), mark("This ticket was sold. Only its buyer’s new code is good.")),
    "given": (mark("Given away"), mark("This ticket was given to somebody else. Only their new code is good.")),
    "refunded": (mark("Refunded"), mark("The money for this ticket went back, so it lets nobody in.")),
    "withdrawn": (mark("Taken back"), mark("Its seller took this ticket back. It was never sold.")),
    "show-cancelled": (mark("Show cancelled"), mark("The show is off. Everybody gets the money back.")),
    "void": (mark("Void"), mark("This ticket lets nobody in any more.")),
    "wrong-show": (mark("Another show"), mark("This ticket is for another show. Look at its date and title.")),
    "forged": (mark("No Fairseat code"), mark("It was not made by Fairseat, or it was misread. Scan it once more.")),
    "code-stale": (mark("Old code"), mark("Ask to see the ticket itself: its code is new every 30 seconds.")),
    "not-yet": (mark("Too early"), mark("Tickets are let in from 6 hours before the show.")),
    "unproven": (mark("Never sold"), mark("A seller brought this ticket in, and nobody has bought it.")),
    "on-sale": (mark("Being sold"), mark("A buyer is paying for this seat, or it is on sale. Scan again in a minute.")),
    "not-listed": (
        mark("Not on this device’s list"),
        mark("It may be newer than the list. Scan again with a network."),
    ),
}
"""What staff read in large letters, and what to do, for each result; for a void ticket by what became of it."""

AGAIN = (mark("Not scanned"), mark("No network, and no list of this show on this device. Try again with a network."))
SIGNED_OUT = (mark("You are signed out"), mark("Sign in again. What this device has noted is kept."))

REASONS: dict[str, tuple[str, str]] = {
    "seat-taken": (mark("The seat is taken"), mark("Somebody else sits there with a ticket of their own.")),
    "code-dead": (mark("The venue refused it"), mark("The venue’s own check does not take the original ticket.")),
    "refused": (mark("Refused at the door"), mark("The ticket is good, and was turned away all the same.")),
    "sold-twice": (mark("The seller went in"), mark("Whoever sold the seat was in before the sale went through.")),
}
"""What went wrong, by its code."""
CLAIMABLE = ("seat-taken", "code-dead", "refused")

OUTCOMES: dict[str, tuple[str, str, str]] = {
    "refund": ("good", mark("Money back"), mark("The whole price goes back to the card that paid, with our fee.")),
    "replacement": ("good", mark("Another seat"), mark("Another place at the same show is on its holder’s account.")),
    "rejected": ("bad", mark("Turned down"), mark("The guarantee does not cover this.")),
}
OPEN = ("warn", mark("Being looked at"), mark("A person looks at what happened at the door, and decides."))


class Verdict(NamedTuple):
    """What a door shows of one scan: `kind` is good or bad."""

    kind: str
    title: str
    text: str
    place: str
    ticket_id: str


def verdict(scan: Scan, timezone: str, locale: Locale) -> Verdict:
    """What staff read of a scan."""
    title, text = VERDICTS[scan.why or scan.result] if (scan.why or scan.result) in VERDICTS else VERDICTS["void"]
    said = gettext(text) if text else ""
    if scan.result == "already-used" and scan.used_at and scan.used_gate:
        clock = dates.clock_text(dates.at_venue(scan.used_at, timezone), locale)
        said = say("Let in at %(time)s, %(gate)s.", time=clock, gate=scan.used_gate)
    place = place_text(scan.ticket.section, scan.ticket.row, [scan.ticket.seat]) if scan.ticket else ""
    kind = "good" if scan.result == "admitted" else "bad"
    return Verdict(kind, gettext(title), said, place, scan.ticket.id if scan.ticket else "")


def offline_texts() -> dict[str, list[str]]:
    """Titles and texts by result, for a device that has to decide by itself, in the reader's language."""
    known = {**VERDICTS, "again": AGAIN, "signed-out": SIGNED_OUT}
    return {name: [gettext(title), gettext(text) if text else ""] for name, (title, text) in known.items()}


def wrong_text(scan: Scan, timezone: str, locale: Locale) -> str:
    """What went wrong where somebody was let in who had no right to it."""
    clock = dates.clock_text(dates.at_venue(scan.scanned_at, timezone), locale)
    if scan.result == "already-used" and scan.used_gate and scan.used_at:
        first = dates.clock_text(dates.at_venue(scan.used_at, timezone), locale)
        return say(
            "Two people came in with it: at %(first)s, %(gate)s, and at %(time)s, %(other)s.",
            first=first, gate=scan.used_gate, time=clock, other=scan.gate,
        )  # fmt: skip
    title = VERDICTS.get(scan.why or scan.result, VERDICTS["void"])[0]
    return say("Let in at %(time)s, %(gate)s: %(why)s.", time=clock, gate=scan.gate, why=gettext(title))


def reason_name(claim: Claim) -> str:
    """What went wrong, in the reader's language."""
    return gettext(REASONS[claim.reason][0]) if claim.reason in REASONS else claim.reason


def reason_text(claim: Claim) -> str:
    """What went wrong, as a sentence."""
    return gettext(REASONS[claim.reason][1]) if claim.reason in REASONS else ""


def outcome(claim: Claim) -> tuple[str, str, str]:
    """How a claim stands: the kind of its badge, its name and what it means."""
    kind, name, text = OUTCOMES.get(claim.outcome or "", OPEN)
    return kind, gettext(name), gettext(text)


def claim_place(claim: Claim) -> str:
    """Where the ticket's holder was to sit."""
    return place_text(claim.section, claim.row, [claim.seat])


def by_day(doors: list[GateShow], now: datetime) -> tuple[list[GateShow], list[GateShow]]:
    """Doors that open soon or are open, and those of later days."""
    today = [door for door in doors if is_today(door.starts_at, now)]
    return today, [door for door in doors if door not in today]


def is_today(starts_at: datetime, now: datetime) -> bool:
    """Whether a show's doors open soon, are open, or have just closed."""
    return starts_at - SOON < now
