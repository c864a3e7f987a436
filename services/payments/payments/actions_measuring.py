"""What is to be seen of money: what moved, where it is, what waits, and what does not agree."""

from __future__ import annotations

from fairseat_common.contracts import (
    Money,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentVoided,
    PayoutReversed,
    PayoutSent,
)
from fairseat_common.database import Database
from fairseat_common.outbox import Telling
from fairseat_common.telemetry import Metrics
from payments import store_breaks, store_measuring, store_reconcile

SERVICE = "payments"


class Seen:
    """The metrics of money. Flows are counted as their facts are sent, stocks are read from the ledger's balances."""

    def __init__(self, metrics: Metrics, telling: Telling) -> None:
        self._payments = metrics.counter(
            "payments",
            "Movements of money: authorised, failed, captured, voided, refunded, disputed, paid_out, payout_reversed.",
            "state",
            "currency",
        )
        self._moved = metrics.counter(
            "money_moved_minor", "Money that moved, in minor units of its currency.", "state", "currency"
        )
        self._breaks = metrics.gauge(
            "reconciliation_breaks", "What reconciliation could not explain and nobody has cleared up."
        )
        self._money = metrics.gauge(
            "money_minor",
            "Money by state (escrow, payable to sellers, in transit to them), in minor units of the currency.",
            "state",
            "currency",
        )
        self._payouts = metrics.gauge("payouts_due", "Payouts that were decided and have not left.")
        self._payout_age_s = metrics.gauge("payout_oldest_seconds", "For how long the oldest of them has been due.")
        self._uncaptured_s = metrics.gauge(
            "uncaptured_oldest_seconds", "For how long the oldest sale waits for its money to be captured."
        )
        self._listen(telling)

    def _listen(self, telling: Telling) -> None:
        telling.on(PaymentAuthorized, lambda event: self._note("authorised", event.amount))
        telling.on(PaymentFailed, lambda event: self._note("failed", event.amount))
        telling.on(PaymentCaptured, lambda event: self._note("captured", event.amount))
        telling.on(PaymentVoided, lambda event: self._note("voided", event.amount))
        telling.on(PaymentRefunded, lambda event: self._note("refunded", event.refunded))
        telling.on(PayoutSent, lambda event: self._note("paid_out", event.amount))
        telling.on(PayoutReversed, lambda event: self._note("payout_reversed", event.amount))
        telling.on(PaymentDisputed, self._disputed)

    def _disputed(self, event: PaymentDisputed) -> None:
        if event.stage == "opened":
            self._note("disputed", event.disputed)

    def _note(self, state: str, money: Money) -> None:
        self._payments.labels(SERVICE, state, money.currency).inc()
        self._moved.labels(SERVICE, state, money.currency).inc(money.amount)

    async def read(self, database: Database) -> None:
        """Set what is asked of indexes of what is open."""
        async with database.connection() as connection:
            self._breaks.labels(SERVICE).set(await store_breaks.breaks_open(connection))
            due, oldest_s = await store_measuring.payouts_due(connection)
            self._uncaptured_s.labels(SERVICE).set(await store_measuring.uncaptured_oldest_s(connection))
        self._payouts.labels(SERVICE).set(due)
        self._payout_age_s.labels(SERVICE).set(oldest_s)

    async def read_money(self, database: Database) -> None:
        """Set where the money is: reads a row for each show and seller with a balance, so not too often."""
        async with database.connection() as connection:
            for state, currency, amount in await store_reconcile.money_by_state(connection):
                self._money.labels(SERVICE, state, currency).set(amount)
