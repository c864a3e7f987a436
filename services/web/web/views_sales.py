"""Where a seller's money is, step by step. Pure functions, no I/O."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from web.models_money import PayoutAccount, Sale

UNTIL = "until "
"""Stands before the day until which money is held."""
BADGES: dict[str, tuple[str, str]] = {
    "held": ("warn", "In escrow"),
    "released": ("good", "To be paid out"),
    "paid": ("good", "Paid out"),
    "refunded": ("", "Refunded"),
    "disputed": ("bad", "Disputed"),
}
PAYOUTS: dict[str, tuple[str, str]] = {
    "due": ("warn", "Being sent"),
    "sent": ("good", "Sent"),
    "reversed": ("bad", "Came back"),
}
RECEIVED: dict[str, str] = {
    "paid": "you received",
    "refunded": "went back with the refund",
    "disputed": "waits for the decision",
}
"""What is said of the net amount; of any other state, that one receives it."""


class Step(NamedTuple):
    """One step of the way of the money: done, now, todo or fail; what it is called, and since or until when."""

    state: str
    title: str
    at: datetime | None = None
    hint: str = ""


def timeline(sale: Sale, account: PayoutAccount) -> list[Step]:
    """Paid by the buyer, in escrow until the show, released, paid out, as far as it has come; or where it ended."""
    sold = Step("done", "Paid by the buyer", sale.sold_at)
    return [sold, *_AFTER.get(sale.status, _held)(sale, account)]


def _held(sale: Sale, _account: PayoutAccount) -> list[Step]:
    hint = "" if sale.held_until else "The show has no new date yet."
    return [
        Step("now", "Held in escrow", sale.held_until, hint),
        Step("todo", "Released to you"),
        Step("todo", "Paid out"),
    ]


def _released(sale: Sale, account: PayoutAccount) -> list[Step]:
    way = "With your next payout." if account.status == "active" else "Set up payouts to get it."
    return [*_through(sale), Step("now", "Paid out", None, way)]


def _paid(sale: Sale, _account: PayoutAccount) -> list[Step]:
    return [*_through(sale), Step("done", "Paid out", sale.paid_at, sale.transfer_id or "")]


def _refunded(_sale: Sale, _account: PayoutAccount) -> list[Step]:
    return [Step("fail", "Refunded to the buyer", None, "Nothing of this sale is paid out.")]


def _disputed(_sale: Sale, _account: PayoutAccount) -> list[Step]:
    hint = "The buyer's bank has asked for the money back. It stays where it is until that is decided."
    return [Step("fail", "Disputed", None, hint)]


def _through(sale: Sale) -> list[Step]:
    return [Step("done", "Held in escrow", sale.held_until), Step("done", "Released to you", sale.released_at)]


_AFTER: dict[str, Callable[[Sale, PayoutAccount], list[Step]]] = {
    "held": _held,
    "released": _released,
    "paid": _paid,
    "refunded": _refunded,
    "disputed": _disputed,
}
