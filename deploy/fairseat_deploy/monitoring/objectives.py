"""What we promise, and when the promise is being used up too fast.

An objective is a part of what happens that has to be good in 30 days. Each alert compares a long window with a short
one: the long one says that it matters, the short one that it is still going on. 14.4 times too fast uses up a fiftieth
of the month's budget in an hour, 6 times a twentieth in six hours; these wake somebody. 3 times (a tenth in a day) and
1 (all of it, in the end) do not. A handful of failures in the long window is no sign of anything, whatever its part.
"""

from __future__ import annotations

from dataclasses import dataclass

from fairseat_deploy.monitoring.alerts import Alert, Series, Severity

WINDOWS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21_600, "1d": 86_400, "3d": 259_200}
"""The ranges, in seconds."""
BAD_MIN = 5
"""So many have to be bad in the long window before anybody is told."""
BURNS: tuple[tuple[str, str, float, Severity, str], ...] = (
    ("1h", "5m", 14.4, "page", "Fast"),
    ("6h", "30m", 6, "page", "Steady"),
    ("1d", "2h", 3, "ticket", "Slow"),
    ("3d", "6h", 1, "ticket", "Creeping"),
)


@dataclass(frozen=True)
class Objective:
    """`good` and `all` are PromQL with `{window}` for the range; `bad_series` makes everything bad."""

    name: str
    title: str
    promise: str
    part: float
    good: str
    all: str
    runbook: str
    bad_series: Series

    @property
    def budget(self) -> float:
        """The part that may be bad."""
        return round(1 - self.part, 6)

    def record(self, window: str) -> str:
        """The name of the recorded part that was bad within a window."""
        return f"slo:{self.name}_bad:ratio_rate{window}"

    def count(self, window: str) -> str:
        """The name of the recorded number of what was bad within a window."""
        return f"slo:{self.name}_bad:increase{window}"

    def expr(self, window: str) -> str:
        """The part that was bad within a window; where nothing is good there may be no series of what is good."""
        good, every = (each.replace("{window}", window) for each in (self.good, self.all))
        return f"1 - ({good} or 0 * {every}) / {every}"

    def recorded(self) -> dict[str, str]:
        """What is recorded, by its name: the parts of all windows, and the numbers of the long ones."""
        counts = {}
        for long, *_ in BURNS:
            every = self.all.replace("{window}", long)
            counts[self.count(long)] = f"{self.record(long)} * {every} * {WINDOWS[long]}"
        return {self.record(window): self.expr(window) for window in WINDOWS} | counts

    def alerts(self) -> list[Alert]:
        """One alert for each pair of windows."""
        camel = "".join(part.capitalize() for part in self.name.split("_"))
        return [
            Alert(
                f"{camel}Burns{how}",
                " and ".join(f"{self.record(each)} > {round(factor * self.budget, 6)}" for each in (long, short))
                + f" and {self.count(long)} > {BAD_MIN}",
                "2m" if severity == "page" else "15m",
                severity,
                self.runbook,
                f"{self.title}: {{{{ $value | humanizePercentage }}}} of the last {long} was bad; {self.promise}",
                self.bad_series,
                self.name,
            )
            for long, short, factor, severity, how in BURNS
        ]


_BUY = 'method="POST", route=~"/api/orders|/api/payments"'
_HOLD = 'method="POST", route="/api/orders"'
_STEPS = 'consumer=~"orders-payments-authorized-v1|tickets-orders-confirmed-v1"'

OBJECTIVES = (
    Objective(
        "buying",
        "Buying works",
        "99.9 % of the requests to hold and to pay get an answer that is no error of ours.",
        0.999,
        f'sum(rate(fairseat_request_seconds_count{{{_BUY}, status!~"5..|0"}}[{{window}}]))',
        f"sum(rate(fairseat_request_seconds_count{{{_BUY}}}[{{window}}]))",
        "service-down",
        (
            (f'fairseat_request_seconds_count{{{_HOLD}, status="201"}}', "0+9x"),
            (f'fairseat_request_seconds_count{{{_HOLD}, status="500"}}', "0+9x"),
        ),
    ),
    Objective(
        "hold_speed",
        "Holding is quick",
        "99 % of the requests for seats are answered within half a second.",
        0.99,
        'sum(rate(fairseat_request_seconds_bucket{method="POST", route="/api/orders", le="0.5"}[{window}]))',
        'sum(rate(fairseat_request_seconds_count{method="POST", route="/api/orders"}[{window}]))',
        "on-sale",
        (
            (f'fairseat_request_seconds_bucket{{{_HOLD}, le="0.5"}}', "0+1x"),
            (f'fairseat_request_seconds_count{{{_HOLD}, status="201"}}', "0+9x"),
        ),
    ),
    Objective(
        "ticket_speed",
        "Tickets come at once",
        "99.5 % of payments are confirmed, and of confirmed orders have their tickets, within five seconds each.",
        0.995,
        f'sum(rate(fairseat_delivery_seconds_bucket{{{_STEPS}, le="5.0"}}[{{window}}]))',
        f"sum(rate(fairseat_delivery_seconds_count{{{_STEPS}}}[{{window}}]))",
        "broker",
        (
            (
                'fairseat_delivery_seconds_bucket{service="tickets", consumer="tickets-orders-confirmed-v1", le="5.0"}',
                "0+1x",
            ),
            ('fairseat_delivery_seconds_count{service="tickets", consumer="tickets-orders-confirmed-v1"}', "0+9x"),
        ),
    ),
    Objective(
        "mail_speed",
        "Mails go out",
        "99 % of mails are with a mail server within a minute.",
        0.99,
        'sum(rate(fairseat_mail_seconds_bucket{le="60.0"}[{window}]))',
        "sum(rate(fairseat_mail_seconds_count[{window}]))",
        "mails",
        (
            ('fairseat_mail_seconds_bucket{service="notifications", le="60.0"}', "0+1x"),
            ('fairseat_mail_seconds_count{service="notifications"}', "0+9x"),
        ),
    ),
)
