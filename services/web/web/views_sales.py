"""Where a seller's money is, step by step. Pure functions, no I/O."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from fairseat_common.languages import mark, say
from web.models_money import PayoutAccount, Sale

"""Stands before the day until which money is held."""
BADGES: dict[str, tuple[str, str]] = {
    "held": ("warn", mark("In escrow")),
    "released": ("good", mark("To be paid out")),
    "paid": ("good", mark("Paid out")),
    "refunded": ("", mark("Refunded")),
    "disputed": ("bad", mark("Disputed")),
}
PAYOUTS: dict[str, tuple[str, str]] = {
    "due": ("warn", mark("Being sent")),
    "sent": ("good", mark("Sent")),
    "reversed": ("bad", mark("Came back")),
}
RECEIVED: dict[str, str] = {
    "paid": mark("you received"),
    "refunded": mark("went back with the refund"),
    "disputed": mark("waits for the decision"),
}
RECEIVE = mark("you receive")
"""What is said of the net amount, by the state of the sale; and of any other state."""


class Step(NamedTuple):
    """One step of the way of the money: done, now, todo or fail; what it is called, and since or until when."""

    state: str
    title: str
    at: datetime | None = None
    hint: str = ""
    until: bool = False
    """Whether `at` is when the step ends."""


def timeline(sale: Sale, account: PayoutAccount) -> list[Step]:
    """Paid by the buyer, in escrow until the show, released, paid out, as far as it has come; or where it ended."""
    sold = Step("done", say("Paid by the buyer"), sale.sold_at)
    return [sold, *_AFTER.get(sale.status, _held)(sale, account)]


def _held(sale: Sale, _account: PayoutAccount) -> list[Step]:
    hint = "" if sale.held_until else say("The show has no new date yet.")
    return [
        Step("now", say("Held in escrow"), sale.held_until, hint, until=True),
        Step("todo", say("Released to you")),
        Step("todo", say("Paid out")),
    ]


def _released(sale: Sale, account: PayoutAccount) -> list[Step]:
    way = say("With your next payout.") if account.status == "active" else say("Set up payouts to get it.")
    return [*_through(sale), Step("now", say("Paid out"), None, way)]


def _paid(sale: Sale, _account: PayoutAccount) -> list[Step]:
    return [*_through(sale), Step("done", say("Paid out"), sale.paid_at, sale.transfer_id or "")]


def _refunded(_sale: Sale, _account: PayoutAccount) -> list[Step]:
    return [Step("fail", say("Refunded to the buyer"), None, say("Nothing of this sale is paid out."))]


def _disputed(_sale: Sale, _account: PayoutAccount) -> list[Step]:
    hint = say("The buyer's bank has asked for the money back. It stays where it is until that is decided.")
    return [Step("fail", say("Disputed"), None, hint)]


def _through(sale: Sale) -> list[Step]:
    return [
        Step("done", say("Held in escrow"), sale.held_until, until=True),
        Step("done", say("Released to you"), sale.released_at),
    ]


_AFTER: dict[str, Callable[[Sale, PayoutAccount], list[Step]]] = {
    "held": _held,
    "released": _released,
    "paid": _paid,
    "refunded": _refunded,
    "disputed": _disputed,
}
