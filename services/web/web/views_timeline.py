"""The way of an order's money in words, the same for buyer and seller. Pure functions, no I/O."""

from fairseat_common.languages import mark, say
from web.models_timeline import MoneyPath, MoneyStep
from web.views import place_text

TITLES: dict[str, str] = {
    "paid": mark("Paid by the buyer"),
    "escrow": mark("Held in escrow"),
    "show": mark("The show takes place"),
    "released": mark("Released to the seller"),
    "paid_out": mark("Paid out to the seller"),
    "refunded": mark("Refunded to the buyer"),
    "disputed": mark("Disputed"),
    "charged_back": mark("Taken back by the buyer’s bank"),
}
SPECIAL: dict[tuple[str, str], str] = {
    ("show", "done"): mark("The show took place"),
    ("show", "failed"): mark("The show was cancelled"),
    ("refunded", "now"): mark("On its way back to the buyer"),
}
"""Steps that are called otherwise in one of their states."""
SPOKEN: dict[str, str] = {
    "done": mark("Done:"),
    "now": mark("Now:"),
    "todo": mark("To come:"),
    "failed": mark("Ended here:"),
}
"""What screen readers say of the mark beside a step."""
CLASSES: dict[str, str] = {"done": "done", "now": "now", "todo": "todo", "failed": "fail"}
HINTS: dict[str, str] = {
    "paid_out": mark("With the seller’s next payout."),
    "refunded": mark("It has left escrow, and reaches the card within days."),
    "disputed": mark("The buyer’s bank has asked for the money back. It stays where it is until that is decided."),
}
"""What is said of a step while it is the present one."""
NOTES: dict[str, str] = {
    "moved": mark("The show was moved: the money waits until the new date."),
    "postponed": mark("The show has no new date yet: the money waits until it has taken place."),
}
"""What became of a show that is still to come."""
REASONS: dict[str, str] = {
    "gate": mark("A ticket failed at the door."),
    "goodwill": mark("Fairseat decided to refund it."),
    "show_moved": mark("The show was moved, and the buyer chose a refund."),
}
"""Why money went back, in words for both sides; a cancelled show is a step of its own."""


def title(step: MoneyStep) -> str:
    """What a step is called."""
    return say(SPECIAL.get((step.step, step.state)) or TITLES.get(step.step, step.step))


def spoken(step: MoneyStep) -> str:
    """How a step stands, for those who do not see its mark."""
    return say(SPOKEN.get(step.state, ""))


def hint(step: MoneyStep) -> str:
    """What there is to know about a step beside its time."""
    if step.step == "show":
        return say(NOTES[step.note]) if step.note in NOTES and step.state != "done" else ""
    if step.step == "escrow" and step.at is None:
        return say("The card is being charged.")
    if step.step == "refunded" and step.state == "done":
        return say(REASONS[step.note]) if step.note in REASONS else ""
    return say(HINTS[step.step]) if step.state == "now" and step.step in HINTS else ""


def seats(path: MoneyPath, section: str, row: str) -> str:
    """The seats that go this way, as people name them."""
    return place_text(section, row, path.seats)
