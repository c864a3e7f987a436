"""The golden signals, the bus, trade and money: what a person wants to know, from two samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairseat_local.routes import SERVICES
from fairseat_local.watch.samples import Sample

REQUESTS = "fairseat_request_seconds"
DELIVERIES = "fairseat_delivery_seconds"
PARTS = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class ServiceSignals:
    """One service: requests a second, the part of errors, latencies in seconds (None: there were no requests)."""

    name: str
    up: bool
    rate: float
    errors: float
    latencies: tuple[float | None, ...]
    in_flight: int
    pool_in_use: int
    pool_waiting: int
    outbox: int
    outbox_age_s: float
    dead_letters: int


@dataclass(frozen=True, slots=True)
class ConsumerSignals:
    """One consumer: deliveries behind, handled in the time looked at, and how long these took (seconds)."""

    name: str
    pending: int
    handled: int
    latency_s: float | None
    parked: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with what it counts."""

    name: str
    value: float
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything, for the `span_s` seconds before `at` (Unix time); 0: since the services started."""

    at: float
    span_s: float
    services: Sequence[ServiceSignals]
    consumers: Sequence[ConsumerSignals]
    trade: Sequence[Amount]
    flows: Sequence[Amount]
    stocks: Sequence[Amount]
    waiting: Sequence[Amount]

    @property
    def busy(self) -> list[ConsumerSignals]:
        """Consumers that had something to do."""
        return [each for each in self.consumers if each.pending or each.handled or each.parked]

    @property
    def quiet(self) -> list[ConsumerSignals]:
        """All others."""
        return [each for each in self.consumers if not (each.pending or each.handled or each.parked)]

    @property
    def alarms(self) -> list[str]:
        """What somebody should look at, in words."""
        found = [f"{each.name} does not answer" for each in self.services if not each.up]
        found += [f"{each.dead_letters} events parked in {each.name}" for each in self.services if each.dead_letters]
        found += [f"{each.name} has not sent for {each.outbox_age_s:.0f} s" for each in self.services
                  if each.outbox_age_s > 10]  # fmt: skip
        found += [f"{amount.value:.0f} {amount.name}" for amount in self.waiting
                  if amount.value and amount.name in ("breaks of the books", "mails given up")]  # fmt: skip
        return found


def signals(now: Sample, earlier: Sample) -> Signals:
    """Compare two samples."""
    span_s = now.at - earlier.at if earlier.at else 0.0
    return Signals(
        now.at,
        span_s,
        [_service(name, now, earlier, span_s) for name in SERVICES],
        _consumers(now, earlier),
        _trade(now, earlier),
        _money(now, earlier),
        [Amount(p.labels["state"].replace("_", " "), p.value, p.labels["currency"])
         for p in now.points("fairseat_money_minor") if p.value],
        _waiting(now),
    )  # fmt: skip


def grown(now: Sample, earlier: Sample, name: str, **labels: str) -> float:
    """By how much counters grew; a service that has started again begins at zero."""
    before = earlier.total(name, **labels)
    after = now.total(name, **labels)
    return after - before if after >= before else after


def quantile(part: float, now: Sample, earlier: Sample, name: str, **labels: str) -> float | None:
    """At most how long `part` of what a histogram has counted in between took; None if that is nothing."""
    counts: dict[float, float] = {}
    for sample, sign in ((now, 1), (earlier, -1)):
        for point in sample.points(f"{name}_bucket", **labels):
            edge = float(point.labels["le"])
            counts[edge] = counts.get(edge, 0.0) + sign * point.value
    edges = sorted(counts)
    if not edges or counts[edges[-1]] <= 0:
        return None
    wanted, below, start = part * counts[edges[-1]], 0.0, 0.0
    for edge in edges:
        if counts[edge] >= wanted:
            if edge == float("inf"):
                return start
            return start + (edge - start) * (wanted - below) / max(counts[edge] - below, 1e-9)
        below, start = counts[edge], edge
    return start


def _service(name: str, now: Sample, earlier: Sample, span_s: float) -> ServiceSignals:
    asked = grown(now, earlier, f"{REQUESTS}_count", service=name)
    failed = sum(
        grown(now, earlier, f"{REQUESTS}_count", service=name, status=status)
        for status in {p.labels["status"] for p in now.points(f"{REQUESTS}_count", service=name)}
        if status.startswith("5") or status == "0"
    )
    return ServiceSignals(
        name=name,
        up=name not in now.missing,
        rate=asked / span_s if span_s else 0.0,
        errors=failed / asked if asked else 0.0,
        latencies=tuple(quantile(part, now, earlier, REQUESTS, service=name) for part in PARTS),
        in_flight=int(now.total("fairseat_requests_in_flight", service=name)),
        pool_in_use=int(now.total("fairseat_pool_in_use", service=name)),
        pool_waiting=int(now.total("fairseat_pool_waiting", service=name)),
        outbox=int(now.total("fairseat_outbox_waiting", service=name)),
        outbox_age_s=now.total("fairseat_outbox_age_seconds", service=name),
        dead_letters=int(now.total("fairseat_dead_letters", service=name)),
    )


def _consumers(now: Sample, earlier: Sample) -> list[ConsumerSignals]:
    names = {point.labels["consumer"] for point in now.points("fairseat_consumer_pending")}
    found = [
        ConsumerSignals(
            name,
            int(now.total("fairseat_consumer_pending", consumer=name)),
            int(grown(now, earlier, "fairseat_deliveries_total", consumer=name, outcome="handled")),
            quantile(0.95, now, earlier, DELIVERIES, consumer=name),
            int(now.total("fairseat_dead_letters", consumer=name)),
        )
        for name in names
    ]
    return sorted(found, key=lambda each: (-each.parked, -each.pending, -each.handled, each.name))


def _trade(now: Sample, earlier: Sample) -> list[Amount]:
    asked = [Amount(f"requests for seats {outcome}",
                    grown(now, earlier, "fairseat_hold_requests_total", outcome=outcome))
             for outcome in ("held", "lost", "refused")]  # fmt: skip
    ended = [Amount(f"holds {state}", grown(now, earlier, "fairseat_holds_total", state=state))
             for state in ("made", "sold", "expired")]  # fmt: skip
    return [
        *asked,
        *ended,
        Amount("seats sold", grown(now, earlier, "fairseat_sold_seats_total")),
        Amount("seats refunded", grown(now, earlier, "fairseat_refunded_seats_total")),
        Amount("holds open now", now.total("fairseat_holds_open")),
    ]


def _money(now: Sample, earlier: Sample) -> list[Amount]:
    name = "fairseat_money_moved_minor_total"
    kinds = sorted({(p.labels["state"], p.labels["currency"]) for p in now.points(name)})
    return [Amount(state.replace("_", " "), grown(now, earlier, name, state=state, currency=currency), currency)
            for state, currency in kinds]  # fmt: skip


def _waiting(now: Sample) -> list[Amount]:
    return [
        Amount("events not sent", now.total("fairseat_outbox_waiting")),
        Amount("deliveries behind", now.total("fairseat_consumer_pending")),
        Amount("events parked", now.total("fairseat_dead_letters")),
        Amount("mails queued", now.total("fairseat_mails", state="queued")),
        Amount("mails given up", now.total("fairseat_mails", state="parked")),
        Amount("webhook deliveries queued", now.total("fairseat_webhook_deliveries", state="queued")),
        Amount("payouts due", now.total("fairseat_payouts_due")),
        Amount("breaks of the books", now.total("fairseat_reconciliation_breaks")),
        Amount("live pages open", now.total("fairseat_live_pages")),
    ]
