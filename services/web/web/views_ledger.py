"""What operators see of the ledger and of one order's money. Pure functions, no I/O."""

from fairseat_common.contracts import Money
from fairseat_common.languages import say
from web.models_money import OrderMoney
from web.views_ledger_names import ACCOUNTS, NAMES

STATES: dict[str, str] = {
    "captured": "good", "authorized": "warn", "challenged": "warn", "started": "warn", "failed": "", "voided": "",
    "stray": "bad", "refunded": "good", "due": "warn", "opened": "bad", "won": "good", "lost": "bad",
    "escrow": "warn", "released": "good", "charged_back": "bad", "sent": "good", "reversed": "bad",
    "confirmed": "good", "held": "warn",
}  # fmt: skip
"""The colour of a badge for each state of anything about money."""


def state_text(state: str) -> str:
    """A state, a reason or a cause in words; one that is not known, by its code."""
    return say(NAMES.get(state, state.replace("_", " ").capitalize()))


def seats_left(money: OrderMoney) -> list[str]:
    """The seats of an order that were bought and are not refunded, nor about to be."""
    gone = {seat for refund in money.refunds for seat in refund.seats}
    return [line.seat for line in money.lines if line.seat not in gone]


def refund_amount(money: OrderMoney, seats: list[str]) -> Money:
    """What the buyer paid for these seats: price and fee of each."""
    lines = [line for line in money.lines if line.seat in seats]
    return Money(sum(line.price.amount + line.buyer_fee.amount for line in lines), money.order.total.currency)


def account_text(account: str) -> str:
    """An account's name without the end of its long id: the whole of it stands beside as a link."""
    kind, _, about = account.partition(":")
    name = say(ACCOUNTS[kind]) if kind in ACCOUNTS else state_text(kind)
    return f"{name} {about[-8:]}" if about else name
