"""Pages about moved shows: what they show, worked out from what the services answered. Pure."""

from datetime import datetime

from fairseat_common.languages import gettext, mark
from web.models import Show
from web.models_choices import Choice

STATES: dict[str, str] = {
    "yours": mark("Yours"),
    "given": mark("Given away: it stays with whoever has it"),
    "selling": mark("On sale, and somebody is paying for it right now"),
    "sold": mark("Sold on: its new holder chooses"),
    "refunded": mark("Refunded"),
}
"""What each seat of an order is to its buyer."""


def state_text(state: str) -> str:
    """What a seat of the order is to its buyer, in the reader's language."""
    return gettext(STATES.get(state, state))


def all_yours(choice: Choice) -> bool:
    """Whether there is nothing to explain about single seats."""
    return all(seat.state == "yours" for seat in choice.seats)


def places(choice: Choice, state: str) -> list[str]:
    """The seats in a state."""
    return [seat.seat for seat in choice.seats if seat.state == state]


def moved(show: Show, now: datetime) -> bool:
    """Whether the show has moved, and whoever bought before may still choose the money."""
    return show.refund_until is not None and show.status != "cancelled" and now < show.refund_until
