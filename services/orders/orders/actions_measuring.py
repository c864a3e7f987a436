"""What is to be seen of trade: holds asked for and made, how they ended, and how many seats were sold."""

from __future__ import annotations

from typing import get_args

from fairseat_common.contracts import OrderCancelled, OrderConfirmed, OrderHeld, OrderRefunded
from fairseat_common.contracts.orders import CancelReason
from fairseat_common.contracts.refusals import Refusal
from fairseat_common.database import Database
from fairseat_common.outbox import Telling
from fairseat_common.telemetry import Metrics
from orders import store_measuring
from orders.actions_hold import HoldPump, Outcome, Repeated, Unknown
from orders.domain import SeatsUnavailable

SERVICE = "orders"
OUTCOMES = ("held", "lost", "refused", "repeated", "unknown")
STATES = ("made", "sold", *get_args(CancelReason))
KINDS = ("primary", "resale")


class Seen:
    """The metrics of holds and sales."""

    def __init__(self, metrics: Metrics, telling: Telling) -> None:
        self._asked = metrics.counter(
            "hold_requests",
            "Requests for seats by what became of them: held, lost (others were faster), refused, repeated, unknown.",
            "outcome",
        )
        self._holds = metrics.counter(
            "holds",
            "Holds by what became of them: made, sold, and ended by expired, buyer, payment_failed, show_cancelled.",
            "state",
        )
        self._sold = metrics.counter("sold_seats", "Seats that were sold, by kind: primary, resale.", "kind")
        self._refunded = metrics.counter("refunded_seats", "Seats whose price went back to their buyer.")
        self._open = metrics.gauge("holds_open", "Orders whose seats are held right now.")
        self._overdue_s = metrics.gauge("holds_overdue_seconds", "How long past its deadline the oldest hold is.")
        metrics.begin_at_zero(self._asked, *OUTCOMES)
        metrics.begin_at_zero(self._holds, *STATES)
        metrics.begin_at_zero(self._sold, *KINDS)
        self._refunded.labels(SERVICE)
        telling.on(OrderHeld, lambda _event: self._hold("made"))
        telling.on(OrderConfirmed, self._confirmed)
        telling.on(OrderCancelled, lambda event: self._hold(event.reason))
        telling.on(OrderRefunded, lambda event: self._refunded.labels(SERVICE).inc(len(event.refund_seats)))

    def _hold(self, state: str) -> None:
        self._holds.labels(SERVICE, state).inc()

    def _confirmed(self, event: OrderConfirmed) -> None:
        self._hold("sold")
        self._sold.labels(SERVICE, "primary" if event.primary else "resale").inc(event.quantity)

    def asked(self, outcome: Outcome) -> None:
        """Count what became of a request for seats."""
        self._asked.labels(SERVICE, _name_of(outcome)).inc()

    def pump(self, pump: HoldPump, metrics: Metrics) -> None:
        """Show how many requests wait for the statement that decides them."""
        pump.decided = self.asked
        metrics.watched("hold_queue", "Requests for seats that wait for their statement.", lambda: pump.waiting)

    async def read(self, database: Database) -> None:
        """Set the gauges from the database, both by the index of what is held."""
        async with database.connection() as connection:
            held, overdue_s = await store_measuring.holds_open(connection)
        self._open.labels(SERVICE).set(held)
        self._overdue_s.labels(SERVICE).set(overdue_s)


def _name_of(outcome: Outcome) -> str:
    match outcome:
        case Repeated():
            return "repeated"
        case Unknown():
            return "unknown"
        case SeatsUnavailable():
            return "lost"
        case Refusal():
            return "refused"
        case _:
            return "held"
