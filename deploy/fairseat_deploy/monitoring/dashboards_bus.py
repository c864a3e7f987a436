"""The dashboard of the bus: outboxes, consumers, NATS."""

from __future__ import annotations

from fairseat_deploy.monitoring.panels import Dashboard, Panel, Row

BUS = Dashboard(
    "fairseat-bus",
    "Fairseat: bus and outbox",
    "How facts travel: written with the change, sent in order, handled once.",
    [
        Row(
            "Out",
            [
                Panel(
                    "Outbox",
                    "Events that were committed and not sent.",
                    "none",
                    [("max by (service) (fairseat_outbox_waiting)", "{{service}}")],
                ),
                Panel(
                    "Age of the outbox",
                    "How old the oldest of them is.",
                    "s",
                    [("max by (service) (fairseat_outbox_age_seconds)", "{{service}}")],
                    red_from=60,
                ),
                Panel(
                    "Sent",
                    "Events a second, by subject.",
                    "cps",
                    [("sum by (subject) (rate(fairseat_events_total[5m]))", "{{subject}}")],
                    stacked=True,
                ),
            ],
        ),
        Row(
            "In",
            [
                Panel(
                    "Behind",
                    "Deliveries that a consumer has not acknowledged.",
                    "none",
                    [("max by (consumer) (fairseat_consumer_pending) > 0", "{{consumer}}")],
                    red_from=1000,
                ),
                Panel(
                    "Handled",
                    "Deliveries a second, by outcome.",
                    "cps",
                    [("sum by (outcome) (rate(fairseat_deliveries_total[5m]))", "{{outcome}}")],
                    stacked=True,
                ),
                Panel(
                    "From fact to handled, 99 of 100",
                    "How long until a fact has been handled elsewhere.",
                    "s",
                    [("consumer:fairseat_delivery_seconds:p99_rate5m", "{{consumer}}")],
                ),
                Panel(
                    "Parked",
                    "Dead letters by consumer.",
                    "none",
                    [("max by (service, consumer) (fairseat_dead_letters)", "{{consumer}}")],
                    red_from=1,
                ),
                Panel(
                    "Tried again",
                    "Deliveries that failed and come again, a second.",
                    "cps",
                    [('sum by (consumer) (rate(fairseat_deliveries_total{outcome="retried"}[5m]))', "{{consumer}}")],
                ),
                Panel(
                    "Refused",
                    "Deliveries that the rules of a service refuse for good, a second.",
                    "cps",
                    [('sum by (consumer) (rate(fairseat_deliveries_total{outcome="refused"}[5m]))', "{{consumer}}")],
                ),
            ],
        ),
        Row(
            "NATS",
            [
                Panel(
                    "Reached",
                    "Services that reach the broker.",
                    "none",
                    [("sum(fairseat_broker_connected)", "pods"), ("count(fairseat_broker_connected)", "of")],
                ),
                Panel(
                    "Streams",
                    "How full each stream is; a full one drops its oldest events.",
                    "percentunit",
                    [("max by (stream) (fairseat_stream_bytes / fairseat_stream_bytes_max)", "{{stream}}")],
                    red_from=0.8,
                ),
                Panel(
                    "Events kept",
                    "Events that each stream holds.",
                    "none",
                    [("max by (stream) (fairseat_stream_messages)", "{{stream}}")],
                ),
            ],
        ),
    ],
)
