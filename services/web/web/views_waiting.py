"""Pages about the waiting list: what they show, worked out from what the services answered. Pure."""

from typing import NamedTuple

from fairseat_common.languages import language, mark, say, say_number
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


_ORDINALS = {"de": (".", "."), "fr": ("er", "e"), "es": (".º", ".º")}
"""What follows the first number, and any other; English has more forms."""


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`; in German `1.`, in French `1er`, in Spanish `1.º`."""
    ends = _ORDINALS.get(language())
    if ends:
        return f"{number}{ends[number > 1]}"
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def group_text(quantity: int) -> str:
    """What a group of this size waits for."""
    return say("1 seat") if quantity == 1 else say("%(number)s seats together", number=quantity)


def ahead_text(ahead: int) -> str:
    """How many are before the reader, as a sentence."""
    if ahead == 0:
        return say("Nobody is ahead of you: the next seats that fit are yours.")
    return say_number("One group is ahead of you.", "%(number)s groups are ahead of you.", ahead)


def line_text(groups: int, people: int) -> str:
    """How long the line is."""
    if groups == 0:
        return say("Nobody is waiting yet: you would be the first.")
    if groups == people:
        return say_number("One person is waiting.", "%(number)s people are waiting.", people)
    return say_number(
        "%(number)s group is waiting, %(people)s people in all.",
        "%(number)s groups are waiting, %(people)s people in all.",
        groups,
        people=people,
    )


def minutes_text(seconds: int) -> str:
    """How long an offer is held: whole hours, whole minutes, or seconds."""
    if seconds >= 3600 and seconds % 3600 == 0:
        return say_number("one hour", "%(number)s hours", seconds // 3600)
    if seconds >= 60 and seconds % 60 == 0:
        return say_number("one minute", "%(number)s minutes", seconds // 60)
    return say_number("%(number)s second", "%(number)s seconds", seconds)


_ENDED = {
    "lapsed": (
        mark("Your offer has passed."),
        mark("The seats went to the next in line. You can join again, at its end."),
    ),
    "left": (mark("You have left the list."), mark("You can join again, at its end.")),
    "ended": (mark("The waiting is over."), mark("The show has begun or does not take place.")),
    "bought": (mark("You got seats from the list."), mark("They are in My tickets. You can wait for more.")),
}


def ended_words(status: str) -> tuple[str, str] | None:
    """What became of the reader's last place in a line; None while it lasts."""
    words = _ENDED.get(status)
    return (say(words[0]), say(words[1])) if words else None


_BADGES = {
    "waiting": ("", mark("Waiting")),
    "offered": ("warn", mark("Seats held for you")),
    "bought": ("good", mark("Bought")),
    "lapsed": ("", mark("Offer passed")),
    "left": ("", mark("Left")),
    "ended": ("", mark("Over")),
}


def badge(status: str) -> tuple[str, str]:
    """Colour and label of a state."""
    colour, label = _BADGES.get(status, ("", status.capitalize()))
    return colour, say(label)


_HAPPENED = {
    "joined": mark("joined"),
    "offered": mark("was offered seats"),
    "bought": mark("bought them"),
    "lapsed": mark("let the offer pass"),
    "left": mark("left"),
    "ended": mark("stopped waiting: the show is over"),
}


def happened_text(event: LineEvent) -> str:
    """What the log says of an entry."""
    return say(_HAPPENED.get(event.what, event.what))


def passed_text(event: LineEvent) -> str:
    """Who was passed over by an offer; nothing when nobody was."""
    if not event.passed_over_count:
        return ""
    more = event.passed_over_count - len(event.passed_over)
    names = ", ".join(str(number) for number in event.passed_over)
    if more > 0:
        return say(
            "The seats did not fit %(names)s and %(number)s more, who kept their places.", names=names, number=more
        )
    return say("The seats did not fit %(names)s, who kept their places.", names=names)
