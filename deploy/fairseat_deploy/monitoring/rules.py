"""The rules file of Prometheus: what is recorded, what is promised, what alerts."""

from __future__ import annotations

from typing import Any

import yaml

from fairseat_deploy.monitoring.alerts import ALERTS, Alert
from fairseat_deploy.monitoring.alerts_money import MONEY
from fairseat_deploy.monitoring.alerts_platform import PLATFORM
from fairseat_deploy.monitoring.objectives import OBJECTIVES

RUNBOOKS = "docs/runbooks"
"""Where an alert says that its runbook is, in the repository."""
TABLES = (ALERTS, MONEY, PLATFORM)
HEAD = "# Written by `fairseat-deploy monitoring write` from deploy/fairseat_deploy/monitoring: change it there.\n"
RECORDED = {
    "service:fairseat_requests:rate5m": "sum by (service) (rate(fairseat_request_seconds_count[5m]))",
    # Where nothing ever failed there is no series of failures, and the part is 0 all the same.
    "service:fairseat_errors:ratio_rate5m": (
        '(sum by (service) (rate(fairseat_request_seconds_count{status=~"5..|0"}[5m]))'
        " or 0 * sum by (service) (rate(fairseat_request_seconds_count[5m])))"
        " / sum by (service) (rate(fairseat_request_seconds_count[5m]))"
    ),
    **{
        f"service:fairseat_request_seconds:p{number}_rate5m": (
            f"histogram_quantile({part}, sum by (service, le) (rate(fairseat_request_seconds_bucket[5m])))"
        )
        for number, part in ((50, 0.5), (95, 0.95), (99, 0.99))
    },
    "consumer:fairseat_delivery_seconds:p99_rate5m": (
        "histogram_quantile(0.99, sum by (service, consumer, le) (rate(fairseat_delivery_seconds_bucket[5m])))"
    ),
}


def every_alert() -> list[Alert]:
    """All alerts, of the tables and of the objectives."""
    tables = [alert for table in TABLES for group in table.values() for alert in group]
    return [*tables, *(alert for objective in OBJECTIVES for alert in objective.alerts())]


def rules() -> dict[str, Any]:
    """The rules as Prometheus reads them."""
    groups: list[dict[str, Any]] = [{"name": "recorded", "rules": [_recorded(*each) for each in RECORDED.items()]}]
    groups += [
        {"name": name, "rules": [_alert(alert) for alert in alerts]}
        for table in TABLES
        for name, alerts in table.items()
    ]
    for objective in OBJECTIVES:
        recorded = [_recorded(*each) for each in objective.recorded().items()]
        groups.append(
            {"name": f"objective-{objective.name}", "rules": recorded + [_alert(each) for each in objective.alerts()]}
        )
    return {"groups": groups}


def written() -> str:
    """The file."""
    return HEAD + yaml.safe_dump(rules(), sort_keys=False, width=10_000, allow_unicode=True)


def _recorded(name: str, expr: str) -> dict[str, Any]:
    return {"record": name, "expr": expr}


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expr,
        "for": alert.lasting,
        "labels": {"severity": alert.severity, **({"objective": alert.objective} if alert.objective else {})},
        "annotations": {"summary": alert.summary, "runbook": f"{RUNBOOKS}/{alert.runbook}.md"},
    }
