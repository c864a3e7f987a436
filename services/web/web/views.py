"""What pages show, worked out from what the services answered. Pure functions, no I/O."""

import re
from typing import NamedTuple

from fairseat_common.contracts import Money
from fairseat_common.languages import mark, say, say_number
from web.models import Listing, Performer, Show

CATEGORIES: dict[str, str] = {
    "concert": mark("Concerts"),
    "festival": mark("Festivals"),
    "theatre": mark("Theatre"),
    "comedy": mark("Comedy"),
    "sport": mark("Sport"),
    "family": mark("Family"),
    "classical": mark("Classical"),
}
SPLITS: dict[str, tuple[str, str]] = {
    "any": (mark("Any number"), mark("Buyers may take as many as they like.")),
    "pairs": (mark("Only pairs"), mark("Seats are sold two by two, so nobody is left with a single.")),
    "none": (mark("All together"), mark("One buyer takes all seats.")),
}
QUANTITY_MAX = 20
SEATS_MAX = 50
_ART_VARIANTS = 4
_TICKET_ORDER = {"valid": 0, "used": 1, "transferred": 2, "void": 3}


def art(show: Show) -> tuple[str, str, bool]:
    """File, colour variant and mirroring of a show's picture: one for all dates of a run."""
    category = show.category if show.category in CATEGORIES else "concert"
    number = sum(ord(char) * (place + 1) for place, char in enumerate(show.title))
    return f"art/{category}.svg", f"v{number % _ART_VARIANTS}", number % 3 == 0


def first_of_runs(shows: list[Show], count: int) -> list[Show]:
    """The next date of each run at one venue, so that a long run does not fill the page."""
    firsts: dict[tuple[str, str], Show] = {}
    for show in shows:
        firsts.setdefault((show.title, show.venue.id), show)
    return list(firsts.values())[:count]


def category_name(category: str) -> str:
    """The category in the reader's words."""
    return say(CATEGORIES.get(category, category.capitalize()))


def performer_names(show: Show) -> list[str]:
    """Names of those on stage, without the one that the title already says."""
    names = [item.name if isinstance(item, Performer) else item for item in show.performers]
    return [name for name in names if name.casefold() != show.title.casefold()]


def place_text(section: str, row: str | None, seats: list[str] | None = None) -> str:
    """`Block 204, row 12, seats 5, 6`; standing places have no row and no seat that matters."""
    parts = [section]
    if row:
        parts.append(say("row %(row)s", row=row))
        if seats:
            parts.append(say_number("seat %(seats)s", "seats %(seats)s", len(seats), seats=", ".join(seats)))
    return ", ".join(parts)


def quantities(available: int, split: str) -> list[int]:
    """How many seats a buyer may take under the seller's split rule, smallest first."""
    if available <= 0:
        return []
    if split == "none":
        return [available]
    step = 2 if split == "pairs" else 1
    return list(range(step, min(available, QUANTITY_MAX) + 1, step))


def preferred_quantity(choices: list[int], wished: int | None) -> int:
    """The choice that is preselected: what the reader asked for, else two seats, else what there is."""
    if wished in choices:
        return wished or choices[0]
    return 2 if 2 in choices else choices[0]


def times(amount: Money, count: int) -> Money:
    """What several seats cost."""
    return Money(amount.amount * count, amount.currency)


def left_text(listing: Listing) -> str:
    """The true number of seats that can be held now."""
    if listing.available <= 0:
        return say("None left")
    if listing.row:
        return say_number("%(number)s seat left", "%(number)s seats left", listing.available)
    return say_number("%(number)s place left", "%(number)s places left", listing.available)


def split_text(listing: Listing) -> str:
    """The split rule as a buyer should hear it; nothing when there is nothing to choose."""
    if listing.split == "none" and listing.available > 1:
        return say("Sold together, all %(number)s", number=listing.available)
    if listing.split == "pairs":
        return say("Sold in pairs")
    return ""


class Tally(NamedTuple):
    """Where the seats of a listing stand; the three add up to `total`."""

    total: int
    sold: int
    held: int
    available: int


def tally(listing: Listing) -> Tally:
    """Counts for the seller's page."""
    total = listing.sold + listing.held + listing.available
    return Tally(total, listing.sold, listing.held, listing.available)


def seat_states(listing: Listing) -> list[tuple[str, str]]:
    """Each seat of a listing with free, held or sold."""
    sold, held = set(listing.sold_seats), set(listing.held_seats)
    return [(seat, "sold" if seat in sold else "held" if seat in held else "free") for seat in listing.seats]


def seats_read(text: str) -> list[str]:
    """Seat names from what a person typed: `12, 13` or `12-15`, in order and without repeats.

    Raises ValueError with a sentence for the person.
    """
    seats: list[str] = []
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        seats.extend(_seat_range(part) if part else [])
        if len(seats) > SEATS_MAX:
            raise ValueError(say("List at most %(number)s seats at once.", number=SEATS_MAX))
    if not seats:
        raise ValueError(say("Name the seats, for example 12, 13 or 12-15."))
    if len(set(seats)) != len(seats):
        raise ValueError(say("A seat is named twice."))
    return seats


def _seat_range(part: str) -> list[str]:
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", part)
    if not found:
        return [part]
    first, last = int(found[1]), int(found[2])
    if last < first or last - first >= SEATS_MAX:
        raise ValueError(say("%(part)s is no range of seats.", part=part))
    return [str(number) for number in range(first, last + 1)]


class ListingState(NamedTuple):
    """A listing's state as a badge: its colour, its words, and whether nothing can happen any more."""

    kind: str
    label: str
    over: bool


def listing_state(listing: Listing) -> ListingState:
    """What the seller should know at a glance."""
    counts = tally(listing)
    if listing.status == "withdrawn":
        return ListingState("", say("Withdrawn"), True)
    if counts.total and counts.sold == counts.total:
        return ListingState("good", say("Sold"), True)
    if listing.status in {"active", "published", "open", "live"}:
        return ListingState("good", say("On sale"), False)
    return ListingState("", listing.status.replace("_", " ").capitalize(), True)
