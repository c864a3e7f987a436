"""Every alert: when it fires, how bad that is, and where it says what to do.

`page` wakes somebody: people cannot buy, or money is wrong. `ticket` waits for the morning. `fires` are series that
make it fire, in promtool's notation, so that a test can see it do so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fairseat_local.routes import SERVICES

Severity = Literal["page", "ticket"]
Series = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Alert:
    """One rule. `lasting` is for how long it must hold; `runbook` a file of docs/runbooks, without its ending."""

    name: str
    expr: str
    lasting: str
    severity: Severity
    runbook: str
    summary: str
    fires: Series
    objective: str = ""
    """What is promised, where a promise is about to be broken."""


EIGHT = "|".join(SERVICES)
_NO_PODS = (
    f'kube_deployment_status_replicas_available{{deployment=~"{EIGHT}"}} == 0 and kube_deployment_spec_replicas > 0'
)
"""A pod that never began is no target of Prometheus, so that only the cluster knows of it."""
_TICKETS = 'service="tickets", consumer="tickets-orders-confirmed-v1"'

ALERTS: dict[str, tuple[Alert, ...]] = {
    "services": (
        Alert(
            "ServiceDown",
            f'max by (app) (up{{job="fairseat", app=~"{EIGHT}"}}) == 0'
            f' or max by (app) (label_replace({_NO_PODS}, "app", "$1", "deployment", "(.+)"))',
            "2m",
            "page",
            "service-down",
            "No pod of {{ $labels.app }} answers.",
            (('up{job="fairseat", app="orders", pod="orders-1"}', "0x60"),),
        ),
        Alert(
            "ServiceErrors",
            "service:fairseat_errors:ratio_rate5m > 0.02 and service:fairseat_requests:rate5m > 0.1",
            "5m",
            "page",
            "service-down",
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} end with an error of ours.",
            (
                ('fairseat_request_seconds_count{service="web", method="GET", route="/", status="200"}', "0+60x60"),
                ('fairseat_request_seconds_count{service="web", method="GET", route="/", status="500"}', "0+6x60"),
            ),
        ),
        Alert(
            "ServiceSlow",
            "service:fairseat_request_seconds:p99_rate5m > 2 and service:fairseat_requests:rate5m > 0.1",
            "10m",
            "ticket",
            "service-down",
            "One request in a hundred to {{ $labels.service }} takes {{ $value | humanizeDuration }} and more.",
            (
                ('fairseat_request_seconds_bucket{service="web", route="/", le="2.5"}', "0+10x60"),
                ('fairseat_request_seconds_bucket{service="web", route="/", le="5.0"}', "0+60x60"),
                ('fairseat_request_seconds_bucket{service="web", route="/", le="+Inf"}', "0+60x60"),
                ('fairseat_request_seconds_count{service="web", route="/", status="200"}', "0+60x60"),
            ),
        ),
        Alert(
            "RestartLoop",
            # Half an hour, since in the end the cluster waits for five minutes before it tries again.
            "max by (pod, container) (increase(kube_pod_container_status_restarts_total[30m])) > 3",
            "5m",
            "page",
            "service-down",
            "Container {{ $labels.container }} of {{ $labels.pod }} starts again and again.",
            (('kube_pod_container_status_restarts_total{pod="orders-1", container="service"}', "0+1x60"),),
        ),
        Alert(
            "PodsMissing",
            "max by (deployment) (kube_deployment_status_replicas_available < kube_deployment_spec_replicas)"
            " or max by (statefulset) (kube_statefulset_status_replicas_ready < kube_statefulset_replicas)",
            "15m",
            "ticket",
            "service-down",
            "{{ $labels.deployment }}{{ $labels.statefulset }} has fewer pods than it should have.",
            (
                ('kube_deployment_status_replicas_available{deployment="orders"}', "1x60"),
                ('kube_deployment_spec_replicas{deployment="orders"}', "2x60"),
            ),
        ),
        Alert(
            "ReadingsOld",
            "max by (service, reading) (fairseat_reading_age_seconds) > 900",
            "5m",
            "ticket",
            "database",
            "The gauges {{ $labels.reading }} of {{ $labels.service }} could not be read for a quarter of an hour.",
            (('fairseat_reading_age_seconds{service="orders", reading="holds"}', "1000x60"),),
        ),
        Alert(
            "PoolExhausted",
            "max by (service) (fairseat_pool_waiting) > 5"
            " and max by (service) (fairseat_pool_in_use / fairseat_pool_max) >= 1",
            "5m",
            "ticket",
            "database",
            "Requests to {{ $labels.service }} queue for a database connection.",
            (
                ('fairseat_pool_waiting{service="orders"}', "9x60"),
                ('fairseat_pool_in_use{service="orders"}', "10x60"),
                ('fairseat_pool_max{service="orders"}', "10x60"),
            ),
        ),
        Alert(
            "LivePagesFull",
            "max(fairseat_live_pages / fairseat_live_pages_max) > 0.9",
            "10m",
            "ticket",
            "on-sale",
            "A pod of web has hardly any room for more live pages; new ones poll instead.",
            (
                ('fairseat_live_pages{service="web"}', "95x60"),
                ('fairseat_live_pages_max{service="web"}', "100x60"),
            ),
        ),
    ),
    "bus": (
        Alert(
            "BrokerAway",
            "max by (service) (fairseat_broker_connected) == 0",
            "2m",
            "page",
            "broker",
            "{{ $labels.service }} does not reach the broker: what it committed waits in its outbox, nothing is lost.",
            (('fairseat_broker_connected{service="orders"}', "0x60"),),
        ),
        Alert(
            "OutboxOld",
            "max by (service) (fairseat_outbox_age_seconds) > 60",
            "2m",
            "page",
            "broker",
            "What {{ $labels.service }} has committed was not sent for {{ $value | humanizeDuration }}.",
            (('fairseat_outbox_age_seconds{service="orders"}', "0+60x60"),),
        ),
        Alert(
            "ConsumerBehind",
            "max by (service, consumer) (fairseat_consumer_pending) > 1000",
            "5m",
            "page",
            "broker",
            "{{ $labels.consumer }} is {{ $value }} events behind.",
            (('fairseat_consumer_pending{service="tickets", consumer="tickets-orders-confirmed-v1"}', "5000x60"),),
        ),
        Alert(
            "ConsumerStuck",
            "min by (service, consumer) (min_over_time(fairseat_consumer_pending[15m])) > 0"
            # To fail at the same event again and again is not to handle it.
            " unless on (service, consumer) sum by (service, consumer)"
            ' (increase(fairseat_deliveries_total{outcome!="retried"}[15m])) > 0',
            "5m",
            "page",
            "broker",
            "{{ $labels.consumer }} has events to handle and handles none.",
            (
                ('fairseat_consumer_pending{service="tickets", consumer="tickets-orders-confirmed-v1"}', "3x60"),
                (f'fairseat_deliveries_total{{{_TICKETS}, outcome="handled"}}', "7x60"),
            ),
        ),
        Alert(
            "EventParked",
            "max by (service, consumer) (fairseat_dead_letters) > 0",
            "1m",
            "page",
            "dead-letters",
            "{{ $labels.consumer }} has parked {{ $value }} events that it cannot digest.",
            (('fairseat_dead_letters{service="tickets", consumer="tickets-orders-confirmed-v1"}', "1x60"),),
        ),
        Alert(
            "EventsRetried",
            'sum by (service, consumer) (increase(fairseat_deliveries_total{outcome="retried"}[15m])) > 20',
            "5m",
            "ticket",
            "dead-letters",
            "{{ $labels.consumer }} fails at events again and again; they will be parked.",
            ((f'fairseat_deliveries_total{{{_TICKETS}, outcome="retried"}}', "0+5x60"),),
        ),
        Alert(
            "StreamFull",
            "max by (stream) (fairseat_stream_bytes / fairseat_stream_bytes_max) > 0.8",
            "10m",
            "ticket",
            "rebuild-streams",
            "Stream {{ $labels.stream }} is nearly full and will drop its oldest events.",
            (
                ('fairseat_stream_bytes{service="orders", stream="ORDERS"}', "90x60"),
                ('fairseat_stream_bytes_max{service="orders", stream="ORDERS"}', "100x60"),
            ),
        ),
    ),
    "trade": (
        Alert(
            "HoldsNotEnding",
            "max(fairseat_holds_overdue_seconds) > 30",
            "2m",
            "page",
            "holds-pumping",
            "Holds are {{ $value | humanizeDuration }} past their deadline: seats are kept from others.",
            (('fairseat_holds_overdue_seconds{service="orders"}', "0+30x60"),),
        ),
        Alert(
            "HoldsWaiting",
            "max(fairseat_hold_queue) > 500",
            "2m",
            "page",
            "holds-pumping",
            "{{ $value }} requests for seats wait for the statement that decides them.",
            (('fairseat_hold_queue{service="orders"}', "900x60"),),
        ),
        Alert(
            "HoldsUnsold",
            'sum(increase(fairseat_holds_total{state="made"}[30m])) > 100'
            ' and sum(increase(fairseat_holds_total{state="sold"}[30m]))'
            ' < 0.02 * sum(increase(fairseat_holds_total{state="made"}[30m]))',
            "10m",
            "ticket",
            "holds-pumping",
            "Seats are held and hardly ever bought: somebody keeps them from others, or nobody can pay.",
            (
                ('fairseat_holds_total{service="orders", state="made"}', "0+50x60"),
                ('fairseat_holds_total{service="orders", state="sold"}', "0+0x60"),
            ),
        ),
        Alert(
            "InvariantBroken",
            # But for what OutboxOld and EventParked say.
            "max by (service, invariant)"
            ' (fairseat_invariant_breaks{invariant!~"outbox-drains|dead-letters-empty"}) > 0',
            "5m",
            "page",
            "invariant-breaks",
            "{{ $labels.invariant }} of {{ $labels.service }} does not hold.",
            (('fairseat_invariant_breaks{service="orders", invariant="one-claim-per-seat"}', "1x60"),),
        ),
    ),
}
