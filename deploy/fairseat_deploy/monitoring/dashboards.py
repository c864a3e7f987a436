"""The dashboards: here the overview and one service."""

from __future__ import annotations

from fairseat_deploy.monitoring.dashboards_bus import BUS
from fairseat_deploy.monitoring.dashboards_postgres import POSTGRES
from fairseat_deploy.monitoring.dashboards_trade import TICKET, TRADE
from fairseat_deploy.monitoring.objectives import OBJECTIVES
from fairseat_deploy.monitoring.panels import Dashboard, Panel, Row, quantile

_OF_SERVICE = 'fairseat_request_seconds_{}{{service=~"$service"}}'

OVERVIEW = Dashboard(
    "fairseat-overview",
    "Fairseat: overview",
    "Whether people can buy, and what keeps them from it.",
    [
        Row(
            "Now",
            [
                Panel(
                    "Alerts that fire",
                    "All of them are in docs/runbooks.",
                    "none",
                    [('count(ALERTS{alertstate="firing"}) or vector(0)', "alerts")],
                    "stat",
                    4,
                    4,
                    red_from=1,
                ),
                Panel(
                    "Seats sold in an hour",
                    "Primary and resale.",
                    "none",
                    [("sum(increase(fairseat_sold_seats_total[1h])) or vector(0)", "seats")],
                    "stat",
                    4,
                    4,
                ),
                Panel(
                    "Holds open",
                    "Orders whose seats nobody else can have right now.",
                    "none",
                    [("max(fairseat_holds_open)", "holds")],
                    "stat",
                    4,
                    4,
                ),
                Panel(
                    "Events not sent",
                    "What has been committed and is on no stream yet.",
                    "none",
                    [("sum(max by (service) (fairseat_outbox_waiting))", "events")],
                    "stat",
                    4,
                    4,
                    red_from=1000,
                ),
                Panel(
                    "Parked events",
                    "What a consumer cannot digest: the dead letters.",
                    "none",
                    [("sum(max by (service, consumer) (fairseat_dead_letters)) or vector(0)", "events")],
                    "stat",
                    4,
                    4,
                    red_from=1,
                ),
                Panel(
                    "Breaks of the books",
                    "What reconciliation cannot explain.",
                    "none",
                    [("max(fairseat_reconciliation_breaks)", "breaks")],
                    "stat",
                    4,
                    4,
                    red_from=1,
                ),
            ],
        ),
        Row(
            "Golden signals by service",
            [
                Panel(
                    "Requests",
                    "Answered requests a second.",
                    "reqps",
                    [("service:fairseat_requests:rate5m", "{{service}}")],
                    stacked=True,
                ),
                Panel(
                    "Errors",
                    "The part of requests that ends with an error of ours.",
                    "percentunit",
                    [("service:fairseat_errors:ratio_rate5m", "{{service}}")],
                    red_from=0.02,
                ),
                Panel(
                    "Latency, 99 of 100",
                    "How long the slowest request of a hundred takes.",
                    "s",
                    [("service:fairseat_request_seconds:p99_rate5m", "{{service}}")],
                    red_from=2,
                ),
                Panel(
                    "In flight",
                    "Requests that are being answered.",
                    "none",
                    [("sum by (service) (fairseat_requests_in_flight)", "{{service}}")],
                ),
                Panel(
                    "Database connections",
                    "The part of the pool that is in use.",
                    "percentunit",
                    [("max by (service) (fairseat_pool_in_use / fairseat_pool_max)", "{{service}}")],
                    red_from=1,
                ),
                Panel(
                    "Memory",
                    "Resident memory of each service's biggest pod.",
                    "bytes",
                    [('max by (app) (process_resident_memory_bytes{job="fairseat"})', "{{app}}")],
                ),
            ],
        ),
        Row(
            "Promises (the part that was bad; the line is what the month allows)",
            [
                Panel(
                    objective.title,
                    objective.promise,
                    "percentunit",
                    [(objective.record(window), window) for window in ("1h", "6h", "1d")],
                    width=6,
                    red_from=objective.budget,
                )
                for objective in OBJECTIVES
            ],
        ),
    ],
)

SERVICE = Dashboard(
    "fairseat-service",
    "Fairseat: one service",
    "Routes, database, process and release of the chosen services.",
    [
        Row(
            "Routes",
            [
                Panel(
                    "Requests by route",
                    "Answered requests a second.",
                    "reqps",
                    [
                        (
                            "sum by (method, route) (rate(" + _OF_SERVICE.format("count") + "[5m]))",
                            "{{method}} {{route}}",
                        )
                    ],
                    width=12,
                    stacked=True,
                ),
                Panel(
                    "Latency by route, 95 of 100",
                    "How long the slowest request of twenty takes.",
                    "s",
                    [(quantile(0.95, _OF_SERVICE.format("bucket"), "method", "route"), "{{method}} {{route}}")],
                    width=12,
                ),
                Panel(
                    "Answers by status",
                    "Answered requests a second.",
                    "reqps",
                    [('sum by (status) (rate(fairseat_request_seconds_count{service=~"$service"}[5m]))', "{{status}}")],
                    stacked=True,
                ),
                Panel(
                    "Limited",
                    "Requests refused since their address, account or key had made too many.",
                    "reqps",
                    [('sum by (by, kind) (rate(fairseat_limited_total{service=~"$service"}[5m]))', "{{by}} {{kind}}")],
                ),
                Panel(
                    "Open live pages",
                    "Pages that are told of changes, beside how many there can be.",
                    "none",
                    [("sum(fairseat_live_pages)", "open"), ("sum(fairseat_live_pages_max)", "possible")],
                ),
            ],
        ),
        Row(
            "Inside",
            [
                Panel(
                    "Waiting for a connection",
                    "How many wait for the database pool.",
                    "none",
                    [('max by (service) (fairseat_pool_waiting{service=~"$service"})', "{{service}}")],
                ),
                Panel(
                    "Age of readings",
                    "How old the gauges are that are read from the database and the broker.",
                    "s",
                    [
                        (
                            'max by (service, reading) (fairseat_reading_age_seconds{service=~"$service"})',
                            "{{service}} {{reading}}",
                        )
                    ],
                    red_from=900,
                ),
                Panel(
                    "Processor",
                    "Seconds of a core a second, by pod.",
                    "none",
                    [('rate(process_cpu_seconds_total{app=~"$service"}[5m])', "{{pod}}")],
                ),
                Panel(
                    "Releases",
                    "What runs.",
                    "none",
                    [
                        (
                            'count by (service, release, commit, python) (fairseat_build_info{service=~"$service"})',
                            "{{service}} {{release}} {{commit}}",
                        )
                    ],
                    "table",
                    16,
                ),
                Panel(
                    "Restarts",
                    "Restarts of containers in an hour.",
                    "none",
                    [("sum by (container) (increase(kube_pod_container_status_restarts_total[1h]))", "{{container}}")],
                ),
            ],
        ),
    ],
    [("service", "fairseat_requests_in_flight")],
)

DASHBOARDS = (OVERVIEW, SERVICE, BUS, TRADE, TICKET, POSTGRES)
