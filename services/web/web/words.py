"""Problems in words: what a person reads when a service says no. One sentence says what is, one what to do."""

from typing import NamedTuple

from fairseat_common.languages import mark, say
from web.services import ServiceProblem
from web.words_all import AREAS, gathered
from web.words_fields import field_text


class Words(NamedTuple):
    """A title and the way on."""

    title: str
    detail: str

    def said(self) -> "Words":
        """The same in the language that is being spoken."""
        return Words(say(self.title), say(self.detail))


CHECK_FORM = Words("Something in the form needs another look.", "See the messages beside the fields.")

_OWN: dict[str, Words] = {
    "seats-unavailable": Words(
        "Those seats have just gone.", "Somebody else was faster. The list below is up to date."
    ),
    "own-listing": Words(
        "This is your own listing.", "You cannot buy the seats that you sell. Withdraw them if you want to keep them."
    ),
    "split-not-allowed": Words(
        "The seller does not sell that number.", "Choose one of the quantities offered for this listing."
    ),
    "hold-limit": Words(
        "You are holding as many seats as you can.", "Pay for one of your orders or give it up, then try again."
    ),
    "order-confirmed": Words("This order is already confirmed.", "Your tickets are in My tickets."),
    "order-not-payable": Words("This order can no longer be paid.", "Its hold has ended. You have not been charged."),
    "card-declined": Words(
        "The card was declined.",
        "You have not been charged, and your seats are still held. Try again or use another card while the clock runs.",
    ),
    "price-changed": Words("The price has changed.", "The seller has changed it since you opened the page."),
    "quote-invalid": Words(
        "This price is no longer known to us.", "The page below is up to date: choose your seats again."
    ),
    "order-not-refundable": Words(
        "This order cannot be refunded.", "It was never confirmed, or those seats were refunded before."
    ),
    "refund-above-capture": Words("That is more than was charged.", "Only what was paid can be paid back."),
    "listing-held": Words(
        "Somebody is holding these seats right now.", "Try again in a few minutes: they will be sold or free by then."
    ),
    "version-stale": Words(
        "This listing has changed meanwhile.",
        "The values below are the current ones. Make your change again if you still want it.",
    ),
    "seat-already-listed": Words("One of these seats is already on sale.", "Check the section, row and seats."),
    "show-over": Words("This show is over.", "Tickets can no longer be sold for it."),
    "email-taken": Words("There is already an account with this address.", "Sign in instead."),
    "bad-credentials": Words("Address and password do not match.", "Check both and try again."),
    "listing-withdrawn": Words("The seller has withdrawn this listing.", "Choose another one below."),
    "show-cancelled": Words("This show was cancelled.", "Tickets can no longer be bought or sold for it."),
    "section-full": Words("There are not that many places left to list.", "Give a smaller number."),
    "currency-mismatch": Words("The price is in the wrong currency.", "Reload the page and try again."),
    "order-not-held": Words("This order is no longer held.", "You have not been charged."),
    "idempotency-key-in-use": Words("Your first click is still being worked on.", "Wait a moment."),
    "too-many-attempts": Words("Too many attempts.", "Wait a few minutes and try again."),
    "too-many-requests": Words("That was faster than we can follow.", "Nothing is lost. Wait a little, then go on."),
    "rate-limited": Words("That was a little too fast.", "Wait a moment and try again."),
    "idempotency-key-reused": Words("This form was sent before.", "Reload the page and try again."),
    "invalid": Words("Something in the form needs another look.", "See the messages beside the fields."),
    "not-found": Words("We cannot find that.", "It may have been withdrawn, or the link is incomplete."),
}

_WORDS = gathered([_OWN, *({slug: Words(*pair) for slug, pair in area.WORDS.items()} for area in AREAS)])


def problem_words(problem: ServiceProblem) -> Words:
    """Our words for a known problem, else the service's own."""
    known = _WORDS.get(problem.slug)
    if known:
        return known.said()
    return Words(problem.problem.title or say("That did not work."), problem.problem.detail)


def field_errors(problem: ServiceProblem, names: dict[str, str]) -> dict[str, str]:
    """Sentences by our form's field names; `names` maps a service's field to ours where they differ."""
    found: dict[str, str] = {}
    for error in problem.problem.errors:
        root = error.field.split(".")[0].split("[")[0]
        found.setdefault(names.get(root, root), field_text(error.message))
    return found


CANCELLED: dict[str, Words] = {
    "buyer": Words("You gave this order up.", "The seats are free again and you have not been charged."),
    "expired": Words(
        "The hold has ended.",
        "The time to pay ran out, so the seats are free again. You have not been charged.",
    ),
    "payment_failed": Words(
        "The payment did not go through.", "The seats are free again and you have not been charged."
    ),
    "show_cancelled": Words(
        "The show was cancelled.", "Your hold ended with it. You had not paid, so nothing was charged."
    ),
    "seats_unavailable": Words(
        "The seats could not be secured.",
        "The payment came when the hold had ended and the seats were gone. You have not been charged.",
    ),
}


RELEASED = mark(
    "Your payment came when the order could not take it any more. It was released: nothing was charged, and what your "
    "bank shows as reserved disappears by itself."
)
RETURNED = mark(
    "Your card was charged although the order could not take it any more. The whole amount goes back to your card "
    "automatically, usually within five days."
)


def cancelled_words(reason: str, *, released: bool = False, returned: bool = False) -> Words:
    """Why an order was cancelled and what that means for the buyer's money.

    `released`: a payment was under way and let go. `returned`: it had been charged and goes back.
    """
    words = CANCELLED.get(reason, Words("This order was cancelled.", "You have not been charged."))
    if returned:
        return Words(words.title, RETURNED).said()
    return Words(words.title, RELEASED).said() if released else words.said()


REFUNDED: dict[str, Words] = {
    "show_cancelled": Words(
        "The show was cancelled.", "Your tickets are void and your money comes back; you need not do anything."
    ),
    "gate": Words(
        "Your money comes back.", "A ticket did not work at the door. We are sorry; you do not pay for what you missed."
    ),
    "show_moved": Words(
        "The show has moved.", "A refund was chosen, so these tickets are void and the money comes back."
    ),
    "goodwill": Words("Your money comes back.", "We have decided to refund you. The refunded tickets are void."),
}


def refund_words(reason: str) -> Words:
    """Why money goes back to a buyer."""
    return REFUNDED.get(reason, Words("Your money comes back.", "The refunded tickets are void.")).said()
