"""What sellers read of the state of their sales and payouts. Pure functions, no I/O."""

from fairseat_common.languages import mark, say
from web.models_money import PayoutAccount, Sale

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


def waits_for(sale: Sale, account: PayoutAccount) -> str:
    """What a seller has to do before a released sale is paid out; empty where there is nothing to do."""
    if sale.status != "released" or account.waiting or account.status == "active":
        return ""
    return say("Set up payouts to get it.")
