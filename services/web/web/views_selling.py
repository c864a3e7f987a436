"""What sellers' pages show, worked out from what the services answered. Pure functions, no I/O."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from fairseat_common.languages import mark, say, say_number
from web.dates import day_text
from web.locales import Locale
from web.models import Section, Show
from web.models_selling import BulkItem, Guidance, OwnListing, Place
from web.views import ListingState, listing_state

STANDS: dict[str, str] = {
    "on-sale": mark("On sale"),
    "promised": mark("Promised, without codes yet"),
    "sold": mark("Sold"),
    "withdrawn": mark("Withdrawn"),
}
"""Where a listing may stand, as the filter calls it."""
BULK: dict[str, str] = {
    "percent": mark("Price, by per cent"),
    "price": mark("Price, the same for all"),
    "split": mark("How they may be sold"),
    "notes": mark("Notes for buyers"),
    "withdraw": mark("Withdraw them"),
}
"""What can be done with several listings at once."""
OUTCOMES: dict[str, str] = {
    "changed": mark("Changed."),
    "unchanged": mark("It was like that already."),
    "withdrawn": mark("Withdrawn."),
}
PLACES: dict[str, str] = {
    "listed": mark("on sale already"),
    "listed-by-you": mark("on sale by you"),
    "yours": "yours",
    "taken": "taken",
}
DELIVERIES: dict[str, tuple[str, str]] = {
    "now": (mark("I have the tickets"), mark("Buyers get an entry code from us as soon as they have paid.")),
    "codes": (mark("I enter their codes now"), mark("They go to whoever buys the tickets, and to nobody else.")),
    "later": (
        mark("I will have them by a day"),
        mark("A promise: without the codes the listing is withdrawn when the day is over."),
    ),
}
SEATS_DRAWN_MAX = 2_000
"""Seats of a section that the page draws; whoever sells in a larger one types row and seats."""


class Spot(NamedTuple):
    """A seat of the chart: what the form calls it, its name, how it stands, and whether it is chosen."""

    value: str
    seat: str
    state: str
    chosen: bool

    @property
    def free(self) -> bool:
        """Whether the reader can list it."""
        return self.state in {"free", "yours"}


class Line(NamedTuple):
    """A row of the chart."""

    row: str
    spots: list[Spot]


def chart_lines(
    section: Section, places: Sequence[Place], row: str, seats: Collection[str], picks: Collection[str] = ()
) -> list[Line]:
    """The rows of a section with these seats of `row` chosen, or whatever was picked before, be it in several rows.

    None for a section that is too large to draw.
    """
    if sum(len(each.seats) for each in section.rows) > SEATS_DRAWN_MAX:
        return []
    states = {(place.row, place.seat): place.state for place in places}
    return [
        Line(
            each.name,
            [
                Spot(
                    f"{number}.{place}",
                    seat,
                    states.get((each.name, seat), "free"),
                    f"{number}.{place}" in picks if picks else each.name == row and seat in seats,
                )
                for place, seat in enumerate(each.seats)
            ],
        )
        for number, each in enumerate(section.rows)
    ]


def picked(section: Section | None, values: Sequence[str]) -> list[tuple[str, str]]:
    """Rows and seats of chosen spots, in the order of the chart; values that are no spot are left out."""
    found: list[tuple[str, str]] = []
    rows = section.rows if section else []
    for value in values:
        row, _, seat = value.partition(".")
        if row.isdecimal() and seat.isdecimal() and int(row) < len(rows) and int(seat) < len(rows[int(row)].seats):
            found.append((rows[int(row)].name, rows[int(row)].seats[int(seat)]))
    return found


def codes_read(text: str, count: int) -> list[str]:
    """Codes from what was typed, one on each line. Raises ValueError with a sentence for the person."""
    codes = [line.strip() for line in text.splitlines() if line.strip()]
    if len(codes) != count:
        raise ValueError(
            say(
                "Give one code for each seat: %(lines)s, not %(number)s.",
                lines=count_text(count, "line"),
                number=len(codes),
            )
        )
    for number, code in enumerate(codes, 1):
        if not (4 <= len(code) <= 100 and code.isascii() and code.isprintable()):
            raise ValueError(
                say("Line %(number)s is no code: it has 4 to 100 letters, digits and signs.", number=number)
            )
        if code in codes[: number - 1]:
            raise ValueError(say("Line %(number)s is there twice.", number=number))
    return codes


def count_text(count: int, noun: str) -> str:
    """`1 seat`, `2 seats`; also of lines and listings."""
    if noun == "listing":
        return say_number("%(number)s listing", "%(number)s listings", count)
    if noun == "line":
        return say_number("%(number)s line", "%(number)s lines", count)
    return say_number("%(number)s seat", "%(number)s seats", count)


def paid_from(show: Show, delay_s: int | None) -> datetime | None:
    """From when the money of a sale can be paid out; None while nobody knows when the show takes place."""
    if delay_s is None or show.status != "scheduled":
        return None
    return show.starts_at + timedelta(seconds=delay_s)


def own_state(listing: OwnListing, now: datetime) -> ListingState:
    """A listing's state as its seller should see it at a glance."""
    state = listing_state(listing)
    if listing.delivery != "promised" or listing.in_hand_on is None:
        return state
    if listing.status == "withdrawn" and listing.in_hand_on < now.astimezone(UTC).date():
        return ListingState("warn", say("Withdrawn: the promised codes did not come"), True)
    return state if state.over else ListingState("warn", say("On sale, promised"), False)


def owes_codes(listing: OwnListing) -> bool:
    """Whether a promise waits for its codes: somebody can buy, or has bought."""
    return listing.delivery == "promised" and bool(listing.seats)


def promise_left(day: date, now: datetime) -> str:
    """How long a promise still holds; days are counted in UTC, as they are when it ends."""
    days = (day - now.astimezone(UTC).date()).days
    if days < 0:
        return say("the day is over")
    if days == 0:
        return say("today is the last day")
    return say_number("until tomorrow", "%(number)s days left", days)


def utc_now() -> datetime:
    """The moment of a page."""
    return datetime.now(UTC)


CHANCES = (
    (75, mark("very likely")),
    (55, mark("likely")),
    (40, mark("as likely as not")),
    (20, mark("not likely")),
)
"""From which chance on, in per cent, a sale is called what."""


def chance_words(percent: int) -> str:
    """A chance as people say it."""
    for least, words in CHANCES:
        if percent >= least:
            return say(words)
    return say("hardly")


def basis_text(guidance: Guidance, section: str) -> str:
    """What the figures are of."""
    if not guidance.seats_sold and not guidance.seats_on_sale:
        return say("Nobody sells or has sold seats like those in %(section)s yet.", section=section)
    text = (
        mark("%(sold)s sold and %(on_sale)s on sale in %(section)s.")
        if guidance.same_section
        else mark("%(sold)s sold and %(on_sale)s on sale in %(section)s and sections that cost about as much.")
    )
    sold = count_text(guidance.seats_sold, "seat")
    return say(text, sold=sold, on_sale=guidance.seats_on_sale, section=section)


def last_day(show: Show) -> str:
    """The last day by which tickets can be promised, as a date field writes it."""
    return (show.starts_at.astimezone(UTC).date() - timedelta(days=1)).isoformat()


def told_text(results: Sequence[BulkItem]) -> str:
    """What became of several listings, counted."""
    counts = {name: sum(item.outcome == name for item in results) for name in (*OUTCOMES, "refused")}
    words = {
        "changed": mark("%(number)s changed"),
        "withdrawn": mark("%(number)s withdrawn"),
        "unchanged": mark("%(number)s like that already"),
        "refused": mark("%(number)s stayed as they were") if counts["refused"] > 1 else mark("1 stayed as it was"),
    }
    parts = [say(text, number=counts[name]) for name, text in words.items() if counts[name]]
    return ", ".join(parts) + "."


def result_text(item: BulkItem) -> str:
    """What became of one listing."""
    if item.problem is None:
        return say(OUTCOMES.get(item.outcome, ""))
    detail = item.problem.detail
    known = {
        "listing-held": say("Somebody is holding seats of it. Try again in a few minutes."),
        "version-stale": say("It has changed since you opened the page; here it is as it stands now."),
        "listing-withdrawn": say("It was withdrawn."),
        "show-over": say("The show is over."),
        "currency-mismatch": say("Its show has another currency."),
    }
    return known.get(item.problem.type, detail[:1].upper() + detail[1:] + ("" if detail.endswith(".") else "."))


def day(value: date, locale: Locale) -> str:
    """A day as its reader writes it."""
    return day_text(value, locale, short=True)
