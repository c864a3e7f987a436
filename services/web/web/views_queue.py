"""Pages about waiting rooms: what they show, worked out from what orders answered. Pure."""

from datetime import datetime, timedelta
from typing import Any

from fairseat_common.languages import mark, say, say_number
from web.models_queue import Queue, QueueEntry, QueueEvent

PER_MINUTE_MAX, PER_MINUTE_DEFAULT = 6_000, 60
MINUTES_MAX, MINUTES_DEFAULT = 120, 10
DOORS_MAX, DOORS_DEFAULT = 10_080, 30
NEAR_S = 120
LOOKS_PER_SECOND = 500
"""A processor's work for web, and another one's for orders (docs/sizing.md)."""
POLL_MAX_MS = 60_000
GOLDEN = 0.618_033_988_749
"""Multiples of it lie evenly spread between the whole numbers, however many there are."""
PACED = ("made", "opened", "changed", "resumed")


def stage_of(queue: Queue, entry: QueueEntry | None) -> str:
    """Which page the reader sees: one word that changes when another is due."""
    if queue.state in ("none", "ended"):
        return queue.state
    if entry is not None and entry.state in ("waiting", "admitted"):
        return entry.state if queue.opened_at or entry.state == "admitted" else "drawn-later"
    return "closed" if queue.state == "before" else "over" if entry and entry.state == "over" else "join"


def followed(queue: Queue, entry: QueueEntry | None) -> str:
    """What an open page asks for from time to time: as long as it is the same, only figures have changed."""
    return f"{stage_of(queue, entry)}-{entry.number if entry else 0}"


def ahead_text(ahead: int) -> str:
    """How many are before the reader, as a sentence."""
    if ahead == 0:
        return say("Nobody is ahead of you: you are next.")
    return say_number("%(number)s person is ahead of you.", "%(number)s people are ahead of you.", ahead)


def wait_text(seconds: int | None) -> str:
    """How long it takes at the present pace."""
    if seconds is None:
        return say("Nobody is let in at this moment. Your place is kept.")
    if seconds < 60:
        return say("Less than a minute at this pace.")
    minutes = round(seconds / 60)
    if minutes < 120:
        return say_number("About %(number)s minute at this pace.", "About %(number)s minutes at this pace.", minutes)
    return say_number("About %(number)s hour at this pace.", "About %(number)s hours at this pace.", minutes // 60)


def pace_text(queue: Queue) -> str:
    """How fast people are let in: what is set, and what was measured."""
    if queue.paused:
        return say("The organiser has paused the room.")
    set_text = say_number("%(number)s person a minute", "%(number)s people a minute", queue.per_minute or 0)
    if not queue.opened_at:
        return set_text
    return say("%(pace)s; %(number)s in the last minute", pace=set_text, number=queue.measured_per_minute)


def waiting_text(queue: Queue) -> str:
    """How many are in the room."""
    if queue.waiting == 0:
        return say("Nobody is waiting.")
    return say_number("%(number)s person is waiting.", "%(number)s people are waiting.", queue.waiting)


def window_text(queue: Queue) -> str:
    """How long whoever is let in has time."""
    seconds = queue.window_seconds or 0
    if seconds < 60 or seconds % 60:
        return say_number("%(number)s second", "%(number)s seconds", seconds)
    return say_number("%(number)s minute", "%(number)s minutes", seconds // 60)


def grouped(number: int) -> str:
    """A number with thin spaces between thousands, so that long ones can be read."""
    return f"{number:,}".replace(",", "\u202f")


def poll_ms(queue: Queue, entry: QueueEntry | None) -> int:
    """How often an open page asks: the nearer its reader is to being let in, the more often.

    All that are as near ask LOOKS_PER_SECOND times together, however many they are. Before the opening everybody is as
    near as everybody else; nobody asks much later than at the opening, each at a moment of their own.
    """
    if not queue.opened_at and queue.opens_at:
        return _poll_before_ms(max(0.0, (queue.opens_at - queue.now).total_seconds()), queue.waiting, entry)
    seconds = entry.wait_seconds if entry is not None else None
    if seconds is None or seconds >= NEAR_S:
        return max(2_000 if seconds is None else 5_000 if seconds < 900 else 15_000, _share_ms(queue.waiting))
    return max(2_000, _share_ms(min(queue.waiting, (queue.per_minute or 0) * NEAR_S // 60)))


def _poll_before_ms(seconds: float, waiting: int, entry: QueueEntry | None) -> int:
    usual = 2_000 if seconds < NEAR_S else 5_000 if seconds < 900 else 15_000
    every = max(usual, _share_ms(waiting))
    if seconds * 1_000 >= every:
        return every
    # The last look before the opening: the next one is after it, when one's place is known.
    number = entry.number if entry is not None else 0
    return max(usual, int(seconds * 1_000 + every * (number * GOLDEN % 1)))


def _share_ms(looking: int) -> int:
    """How often each of so many may look."""
    return min(POLL_MAX_MS, 1_000 * looking // LOOKS_PER_SECOND)


def refresh_s(queue: Queue, entry: QueueEntry | None) -> int:
    """The same for pages without scripts, which load as a whole."""
    return max(5, 2 * poll_ms(queue, entry) // 1_000)


def recipe(queue: Queue) -> str:
    """How anybody with a command line works the order out: the numbers, the first to be let in first."""
    seed, drawn = queue.seed or "SECRET", queue.drawn if queue.opened_at else "COUNT"
    return (
        f"for n in $(seq 1 {drawn}); do\n"
        f'  echo "$(printf \'%s\' "{seed}:{drawn}:$n" | sha256sum | cut -c1-64) $n"\n'
        "done | sort | cut -d' ' -f2"
    )


def seconds_left(entry: QueueEntry) -> int:
    """How much of the reader's time is left."""
    return max(0, int((entry.admitted_until - entry.now).total_seconds())) if entry.admitted_until else 0


def progress_of(queue: Queue, entry: QueueEntry) -> int:
    """How far the line before the reader has come, in per cent of it."""
    before = queue.admitted_total + (entry.ahead or 0) + 1
    return 100 * queue.admitted_total // before


_HAPPENED = {
    "made": mark("The room was made"),
    "joined": mark("joined"),
    "opened": mark("The room opened"),
    "admitted": mark("was let in"),
    "over": mark("had had its time"),
    "left": mark("left"),
    "changed": mark("The pace was changed"),
    "paused": mark("The room was paused"),
    "resumed": mark("The room went on"),
    "ended": mark("The room ended: nobody has to wait any more"),
}


def happened_text(event: QueueEvent) -> str:
    """What the log says, with the pace where it is another from then on."""
    text = say(_HAPPENED.get(event.what, event.what))
    if event.what in PACED and event.per_minute is not None:
        pace = say_number("%(number)s person a minute", "%(number)s people a minute", event.per_minute)
        return say("%(what)s: %(pace)s.", what=text, pace=pace)
    return text


def is_about_somebody(event: QueueEvent) -> bool:
    """Whether the number of a line is somebody's."""
    return event.number is not None and event.what != "opened"


def room_fields(queue: Queue) -> dict[str, str]:
    """The organiser's form as it opens."""
    doors = DOORS_DEFAULT
    if queue.doors_at and queue.opens_at:
        doors = max(0, int((queue.opens_at - queue.doors_at).total_seconds() // 60))
    return {
        "per_minute": str(queue.per_minute or PER_MINUTE_DEFAULT),
        "window": str(max(1, (queue.window_seconds or 60 * MINUTES_DEFAULT) // 60)),
        "doors": str(doors),
        "paused": "1" if queue.paused else "",
    }


def room_body(fields: dict[str, str], opens_at: datetime | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What orders is told, and messages by field."""
    errors: dict[str, str] = {}
    per_minute = _number(fields, "per_minute", 1, PER_MINUTE_MAX, errors)
    window = _number(fields, "window", 1, MINUTES_MAX, errors)
    doors = _number(fields, "doors", 0, DOORS_MAX, errors)
    body: dict[str, Any] = {
        "per_minute": per_minute,
        "window_seconds": 60 * window,
        "paused": fields.get("paused") == "1",
    }
    if opens_at is not None and doors != DOORS_DEFAULT:
        body["doors_at"] = (opens_at - timedelta(minutes=doors)).isoformat()
    return body, errors


def _number(fields: dict[str, str], name: str, least: int, most: int, errors: dict[str, str]) -> int:
    text = fields.get(name, "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 6 and least <= int(text) <= most:
        return int(text)
    errors[name] = say("Give a whole number from %(least)s to %(most)s.", least=least, most=most)
    return least
