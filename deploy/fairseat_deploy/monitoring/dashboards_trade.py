"""The dashboards of trade and money, and of the way from an order to its ticket."""

from __future__ import annotations

from fairseat_deploy.monitoring.panels import Dashboard, Panel, Row, quantile

PARTS = ((0.5, "half"), (0.95, "95 of 100"), (0.99, "99 of 100"))
STATE_CURRENCY = "{{state}} {{currency}}"

TRADE = Dashboard(
    "fairseat-trade",
    "Fairseat: trade and money",
    "What is asked for, held and sold, and where the money is.",
    [
        Row(
            "Seats",
            [
                Panel(
                    "Requests for seats",
                    "A second, by what became of them.",
                    "reqps",
                    [("sum by (outcome) (rate(fairseat_hold_requests_total[5m]))", "{{outcome}}")],
                    stacked=True,
                ),
                Panel(
                    "Holds",
                    "A minute, by what became of them.",
                    "cpm",
                    [("60 * sum by (state) (rate(fairseat_holds_total[5m]))", "{{state}}")],
                ),
                Panel(
                    "Seats sold",
                    "A minute, by kind.",
                    "cpm",
                    [
                        ("60 * sum by (kind) (rate(fairseat_sold_seats_total[5m]))", "{{kind}}"),
                        ("60 * sum(rate(fairseat_refunded_seats_total[5m]))", "refunded"),
                    ],
                    stacked=True,
                ),
                Panel("Holds open", "Orders whose seats are held.", "none", [("max(fairseat_holds_open)", "holds")]),
                Panel(
                    "Past the deadline",
                    "For how long the first hold should have ended.",
                    "s",
                    [("max(fairseat_holds_overdue_seconds)", "overdue")],
                    red_from=30,
                ),
                Panel(
                    "Waiting for the statement",
                    "Requests for seats that queue in orders.",
                    "none",
                    [("max(fairseat_hold_queue)", "requests")],
                    red_from=500,
                ),
            ],
        ),
        Row(
            "Money (minor units of the currency)",
            [
                Panel(
                    "Moved in an hour",
                    "Authorised, captured, refunded, paid out.",
                    "none",
                    [("sum by (state, currency) (increase(fairseat_money_moved_minor_total[1h]))", STATE_CURRENCY)],
                    width=12,
                ),
                Panel(
                    "Where it is",
                    "In escrow, payable to sellers, on its way to them.",
                    "none",
                    [("max by (state, currency) (fairseat_money_minor)", STATE_CURRENCY)],
                    width=12,
                ),
                Panel(
                    "Movements",
                    "A minute, by state.",
                    "cpm",
                    [("60 * sum by (state) (rate(fairseat_payments_total[5m]))", "{{state}}")],
                ),
                Panel(
                    "Breaks",
                    "What reconciliation cannot explain.",
                    "none",
                    [("max(fairseat_reconciliation_breaks)", "breaks")],
                    red_from=1,
                ),
                Panel(
                    "Oldest payout and sale without its money",
                    "For how long they have been waiting.",
                    "s",
                    [
                        ("max(fairseat_payout_oldest_seconds)", "payout"),
                        ("max(fairseat_uncaptured_oldest_seconds)", "capture"),
                    ],
                ),
                Panel(
                    "Calls to the provider",
                    "A second, by class of answer.",
                    "reqps",
                    [("sum by (answer) (rate(fairseat_provider_seconds_count[5m]))", "{{answer}}")],
                    stacked=True,
                ),
                Panel(
                    "The provider's latency, 95 of 100",
                    "By call.",
                    "s",
                    [(quantile(0.95, "fairseat_provider_seconds_bucket", "call"), "{{call}}")],
                ),
                Panel(
                    "Rules that do not hold",
                    "Violations found by the services themselves.",
                    "none",
                    [("max by (service, invariant) (fairseat_invariant_breaks) > 0", "{{service}} {{invariant}}")],
                    red_from=1,
                ),
            ],
        ),
    ],
)


def _spread(metric: str) -> list[tuple[str, str]]:
    return [(quantile(part, metric), name) for part, name in PARTS]


def _step(title: str, says: str, consumer: str) -> Panel:
    metric = f'fairseat_delivery_seconds_bucket{{consumer="{consumer}"}}'
    return Panel(title, says, "s", _spread(metric), width=12, red_from=5)


TICKET = Dashboard(
    "fairseat-ticket",
    "Fairseat: from order to ticket",
    "How long each step takes between the wish for a seat and the mail with the ticket.",
    [
        Row(
            "Asked",
            [
                Panel(
                    "Holding seats",
                    "POST /api/orders.",
                    "s",
                    _spread('fairseat_request_seconds_bucket{method="POST", route="/api/orders"}'),
                    width=12,
                    red_from=0.5,
                ),
                Panel(
                    "Paying",
                    "POST /api/payments, with the provider's answer.",
                    "s",
                    _spread('fairseat_request_seconds_bucket{method="POST", route="/api/payments"}'),
                    width=12,
                ),
            ],
        ),
        Row(
            "Settled over the bus",
            [
                _step("Confirmed", "From the payment to the confirmed order.", "orders-payments-authorized-v1"),
                _step("Ticket issued", "From the confirmed order to its tickets.", "tickets-orders-confirmed-v1"),
                _step("Mail written", "From the tickets to the mail in the queue.", "notifications-tickets-issued-v1"),
                Panel(
                    "Mail accepted",
                    "From the fact to a mail server that has it.",
                    "s",
                    _spread("fairseat_mail_seconds_bucket"),
                    width=12,
                    red_from=60,
                ),
            ],
        ),
        Row(
            "What waits",
            [
                Panel("Mails", "Queued, and given up.", "none", [("max by (state) (fairseat_mails)", "{{state}}")]),
                Panel(
                    "Tries",
                    "A minute, by outcome.",
                    "cpm",
                    [
                        ("60 * sum by (outcome) (rate(fairseat_mails_tried_total[5m]))", "mail {{outcome}}"),
                        ("60 * sum by (outcome) (rate(fairseat_webhooks_tried_total[5m]))", "webhook {{outcome}}"),
                    ],
                ),
                Panel(
                    "Webhooks",
                    "Deliveries that wait, and that are late.",
                    "none",
                    [("max by (state) (fairseat_webhook_deliveries)", "{{state}}")],
                ),
            ],
        ),
    ],
)
