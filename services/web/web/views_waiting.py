"""Pages about the waiting list: what they show, worked out from what the services answered. Pure."""

from typing import NamedTuple

from web.models_waiting import Entry, LineEvent

GROUP_MAX = 8
SECTIONS_MAX = 20
DRAWN_MAX = 6
"""How many of those ahead are drawn; more are told as a number."""


class Drawn(NamedTuple):
    """A line as a row of seats: how many ahead are left out, and how many are drawn."""

    left_out: int
    ahead: int


def drawn(entry: Entry) -> Drawn:
    """The line before somebody."""
    ahead = entry.ahead or 0
    return Drawn(max(0, ahead - DRAWN_MAX), min(ahead, DRAWN_MAX))


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def group_text(quantity: int) -> str:
    """What a group of this size waits for."""
    return "1 seat" if quantity == 1 else f"{quantity} seats together"


def ahead_text(ahead: int) -> str:
    """How many are before the reader, as a sentence."""
    if ahead == 0:
        return "Nobody is ahead of you: the next seats that fit are yours."
    return "One group is ahead of you." if ahead == 1 else f"{ahead} groups are ahead of you."


def line_text(groups: int, people: int) -> str:
    """How long the line is."""
    if groups == 0:
        return "Nobody is waiting yet: you would be the first."
    if groups == people:
        return "One person is waiting." if groups == 1 else f"{people} people are waiting."
    return f"{groups} {'group is' if groups == 1 else 'groups are'} waiting, {people} people in all."


def minutes_text(seconds: int) -> str:
    """How long an offer is held: whole hours, whole minutes, or seconds."""
    for size, noun in ((3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"one {noun}" if count == 1 else f"{count} {noun}s"
    return f"{seconds} seconds"


_ENDED = {
    "lapsed": ("Your offer has passed.", "The seats went to the next in line. You can join again, at its end."),
    "left": ("You have left the list.", "You can join again, at its end."),
    "ended": ("The waiting is over.", "The show has begun or does not take place."),
    "bought": ("You got seats from the list.", "They are in My tickets. You can wait for more."),
}


def ended_words(status: str) -> tuple[str, str] | None:
    """What became of the reader's last place in a line; None while it lasts."""
    return _ENDED.get(status)


_BADGES = {
    "waiting": ("", "Waiting"),
    "offered": ("warn", "Seats held for you"),
    "bought": ("good", "Bought"),
    "lapsed": ("", "Offer passed"),
    "left": ("", "Left"),
    "ended": ("", "Over"),
}


def badge(status: str) -> tuple[str, str]:
    """Colour and label of a state."""
    return _BADGES.get(status, ("", status.capitalize()))


_HAPPENED = {
    "joined": "joined",
    "offered": "was offered seats",
    "bought": "bought them",
    "lapsed": "let the offer pass",
    "left": "left",
    "ended": "stopped waiting: the show is over",
}


def happened_text(event: LineEvent) -> str:
    """What the log says of an entry."""
    return _HAPPENED.get(event.what, event.what)


def passed_text(event: LineEvent) -> str:
    """Who was passed over by an offer; nothing when nobody was."""
    if not event.passed_over_count:
        return ""
    more = event.passed_over_count - len(event.passed_over)
    names = ", ".join(str(number) for number in event.passed_over)
    return f"The seats did not fit {names}{f' and {more} more' if more > 0 else ''}, who kept their places."
