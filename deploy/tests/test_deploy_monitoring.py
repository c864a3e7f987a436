"""Alerts fire when they should, lead to a runbook, and ask for what the services really show; so do dashboards."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from fairseat_common.telemetry import Metrics
from fairseat_deploy.monitoring import cli, rules
from fairseat_deploy.monitoring.alerts import Alert
from fairseat_deploy.monitoring.dashboards import DASHBOARDS
from fairseat_deploy.monitoring.known import OTHERS, SCRAPED
from fairseat_deploy.monitoring.objectives import OBJECTIVES
from fairseat_deploy.tree import DEPLOY, ROOT
from fairseat_local.routes import SERVICES

PROMTOOL = shutil.which("promtool")
RECORDED = dict(rules.RECORDED)
for objective in OBJECTIVES:
    RECORDED |= objective.recorded()
SERIES = re.compile(r"^(?P<name>[a-zA-Z_:]+)(?:\{(?P<labels>.*)\})?$")
LABEL = re.compile(r'(\w+)="([^"]*)"')
LONG = {alert.name for objective in OBJECTIVES for alert in objective.alerts()}


@pytest.fixture(scope="module")
def shown() -> dict[str, set[str]]:
    """Every metric that the eight services have, with its labels, asked of the services themselves."""
    made: list[Metrics] = []
    begin = Metrics.__init__

    def noted(self: Metrics, *arguments: str) -> None:
        begin(self, *arguments)
        made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Metrics, "__init__", noted)
        for name in SERVICES:
            importlib.import_module(f"{name}.main").create_app({"INVARIANTS_SECONDS": "300"})
    assert len(made) == len(SERVICES)
    labels: dict[str, set[str]] = {}
    for metrics in made:
        for collector, names in metrics.registry._collector_to_names.items():
            for name in names:
                labels.setdefault(name, set()).update({*getattr(collector, "_labelnames", ()), "le"})
        # What says nothing of itself before it is asked, such as the process's own.
        for sample in (sample for family in metrics.registry.collect() for sample in family.samples):
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


@pytest.fixture(scope="module")
def consumers() -> set[str]:
    modules = [importlib.import_module(f"{name}.consumers") for name in SERVICES if name != "web"]
    return {each.durable for module in modules for each in module.consumers}


def selectors(expr: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What an expression asks for: metric and the labels that it names with a value."""
    for node in nodes(promql_parser.parse(expr)):
        if isinstance(node, promql_parser.VectorSelector):
            yield node.name or "", {matcher.name: matcher.value for matcher in node.matchers.matchers}


def grouped(expr: str) -> set[str]:
    """The labels that an expression sums up or matches by."""
    found: set[str] = set()
    for node in nodes(promql_parser.parse(expr)):
        modifier = getattr(node, "modifier", None)
        labels = getattr(modifier, "matching", None) if hasattr(modifier, "matching") else modifier
        found |= set(getattr(labels, "labels", None) or ())
    return found


def nodes(expr: Any) -> Iterator[Any]:
    yield expr
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        if (child := getattr(expr, name, None)) is not None:
            yield from nodes(child)
    for child in getattr(expr, "args", None) or ():
        yield from nodes(child)


def queries() -> list[tuple[str, str]]:
    found = [(f"alert {alert.name}", alert.expr) for alert in rules.every_alert()]
    found += [(f"record {name}", expr) for name, expr in RECORDED.items()]
    for dashboard in DASHBOARDS:
        for row in dashboard.rows:
            for panel in row.panels:
                found += [(f"{dashboard.uid}: {panel.title}", expr) for expr, _ in panel.queries]
    return [(where, expr.replace("$service", "orders")) for where, expr in found]


def unknown(expr: str, shown: dict[str, set[str]], consumers: set[str]) -> list[str]:
    """What an expression asks for and nobody shows."""
    wrong = []
    known: set[str] = set(SCRAPED)
    for name, matchers in selectors(expr):
        if name in RECORDED:
            known |= grouped(RECORDED[name])
            continue
        labels = shown.get(name, OTHERS.get(name))
        if labels is None:
            wrong.append(f"there is no metric {name}")
            continue
        known |= labels
        wrong += [f"{name} has no label {label}" for label in matchers if label not in {*labels, *SCRAPED}]
        for consumer in matchers.get("consumer", "").split("|"):
            if consumer and consumer not in consumers:
                wrong.append(f"there is no consumer {consumer}")
    return wrong + [f"nothing here has the label {label}" for label in sorted(grouped(expr) - known)]


def test_every_query_asks_for_what_is_shown(shown: dict[str, set[str]], consumers: set[str]) -> None:
    assert len(queries()) > 150
    wrong = {where: found for where, expr in queries() if (found := unknown(expr, shown, consumers))}
    assert wrong == {}
    for bad in (
        "sum(fairseat_seats_sold_total)",
        'max(fairseat_mails{status="queued"})',
        "sum by (shop) (fairseat_outbox_waiting)",
        'fairseat_consumer_pending{consumer="orders-tickets-issued-v9"}',
    ):
        assert unknown(bad, shown, consumers), f"nobody noticed {bad}"


def test_files_are_as_the_code_has_them() -> None:
    assert cli.stale() == [], "run `fairseat-deploy monitoring write`"
    kustomization = yaml.safe_load((DEPLOY / "monitoring/kustomization.yaml").read_text())
    listed = {file for each in kustomization["configMapGenerator"] for file in each["files"]}
    files = {str(path.relative_to(DEPLOY / "monitoring")) for path in cli.files()}
    assert files <= listed, "what is written is also in a config map"
    assert all((DEPLOY / "monitoring" / file).is_file() for file in listed)


def test_every_alert_leads_somewhere() -> None:
    alerts = rules.every_alert()
    assert len({alert.name for alert in alerts}) == len(alerts)
    missing = {alert.runbook for alert in alerts if not (ROOT / "docs/runbooks" / f"{alert.runbook}.md").is_file()}
    assert missing == set()
    for wanted in ("EventParked", "ReconciliationBreak", "OutboxOld", "ConsumerBehind", "CertificateExpiring",
                   "BackupOld", "VolumeFilling", "RestartLoop", "ServiceErrors", "ProviderErrors", "PayoutsStuck",
                   "HoldsNotEnding"):  # fmt: skip
        assert wanted in {alert.name for alert in alerts}


def asks_for(expr: str, series: str) -> bool:
    """Whether an expression, or what it is recorded from, selects a series."""
    match = SERIES.match(series)
    assert match, series
    labels = dict(LABEL.findall(match["labels"] or ""))
    for name, matchers in selectors(expr):
        if name in RECORDED and asks_for(RECORDED[name], series):
            return True
        if name == match["name"] and all(label in labels for label in matchers if matchers[label]):
            return True
    return False


def test_what_makes_an_alert_fire_is_what_it_asks_for() -> None:
    wrong = [
        f"{alert.name}: {series}" for alert in rules.every_alert() for series, _ in alert.fires
        if not asks_for(alert.expr, series)
    ]  # fmt: skip
    assert wrong == []


def scenes(alerts: list[Alert], interval: str, at: str, steps: int) -> list[dict[str, Any]]:
    """Unit tests of promtool: in the end the alerts fire. Those that do not disturb each other share one."""
    together: list[tuple[dict[str, Any], list[Alert]]] = []
    for alert in alerts:
        wanted = {series: re.sub(r"x\d*$", f"x{steps}", values) for series, values in alert.fires}
        metrics = {series.partition("{")[0] for series in wanted} or {"nothing"}
        for known, members in together:
            others = {name: value for name, value in known.items() if name.partition("{")[0] in metrics}
            if members[0].fires and alert.fires and (not others or others == wanted):
                known.update(wanted)
                members.append(alert)
                break
        else:
            together.append((wanted, [alert]))
    return [
        {
            "interval": interval,
            "input_series": [{"series": name, "values": values} for name, values in known.items()],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{alert.name}", alertstate="firing"}}) > bool 0',
                    "eval_time": at,
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
                for alert in members
            ],
        }
        for known, members in together
    ]


def promtool(folder: Path, scenes: list[dict[str, Any]], every: str) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL
    path = folder / "scenes.yaml"
    document = {"rule_files": [str(DEPLOY / "monitoring/rules.yaml")], "evaluation_interval": every, "tests": scenes}
    path.write_text(yaml.safe_dump(document))
    return subprocess.run([PROMTOOL, "test", "rules", str(path)], capture_output=True, text=True, check=False)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed: alerts are only parsed")
@pytest.mark.parametrize("long", [False, True], ids=["alerts", "objectives"])
def test_every_alert_fires(tmp_path: Path, long: bool) -> None:
    alerts = [alert for alert in rules.every_alert() if (alert.name in LONG) is long]
    made = scenes(alerts, *(("2m", "78h", 2400) if long else ("1m", "75m", 90)))
    assert sum(len(each["promql_expr_test"]) for each in made) == len(alerts)
    done = promtool(tmp_path, made, "3h" if long else "1m")
    assert done.returncode == 0, done.stdout + done.stderr


_TICKETS = 'service="tickets", consumer="tickets-orders-confirmed-v1"'
_HOLD = 'fairseat_request_seconds_count{{service="orders", method="POST", route="/api/orders", status="{}"}}'
_ORDERS = 'kube_deployment_{}{{deployment="orders"}}'
_UP = {f'up{{job="fairseat", app="{name}", pod="{name}-{pod}"}}': "1x90" for name in SERVICES for pod in (1, 2)}
_ARCHIVED = "cnpg_pg_stat_archiver_seconds_since_last_archival"
_READY = 'cnpg_collector_pg_wal_archive_status{value="ready"}'
_BACKUP = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"
SCENES: dict[str, tuple[dict[str, str], set[str], set[str]]] = {
    "a release that fails at everything has no good answer to count": (
        {_HOLD.format(500): "0+60x90"}, {"BuyingBurnsFast", "ServiceErrors"}, set()),
    "two failures in a quiet night": (
        {_HOLD.format(201): "0+0x29 1+0x60", _HOLD.format(500): "0+0x72 1+0x4 2+0x18"}, set(), {"BuyingBurnsFast"}),
    "one of eight services is gone, of which there are two pods each": (
        {name: values for name, values in _UP.items() if "orders" not in name}, {"TargetsMissing"}, {"TargetDown"}),
    "no pod of a service begins": (
        {**_UP, _ORDERS.format("status_replicas_available"): "0x90", _ORDERS.format("spec_replicas"): "2x90"},
        {"ServiceDown", "PodsMissing"}, {"TargetsMissing"}),
    "a service that is meant to be away": (
        {**_UP, _ORDERS.format("status_replicas_available"): "0x90", _ORDERS.format("spec_replicas"): "0x90"},
        set(), {"ServiceDown", "PodsMissing"}),
    "dashboards are away": (
        {**_UP, 'up{job="fairseat", app="grafana"}': "0x90"}, {"TargetDown"}, {"ServiceDown"}),
    "one of three brokers is away": (
        {'kube_statefulset_replicas{statefulset="nats"}': "3x90",
         'kube_statefulset_status_replicas_ready{statefulset="nats"}': "2x90"}, {"PodsMissing"}, set()),
    "one service has a wrong password for the broker": (
        {'fairseat_broker_connected{service="orders"}': "0x90", 'fairseat_broker_connected{service="web"}': "1x90"},
        {"BrokerAway"}, set()),
    "a quiet consumer fails at its one event again and again": (
        {f"fairseat_consumer_pending{{{_TICKETS}}}": "1x90",
         f'fairseat_deliveries_total{{{_TICKETS}, outcome="retried"}}': "0+0.2x90",
         f'fairseat_deliveries_total{{{_TICKETS}, outcome="handled"}}': "7x90"}, {"ConsumerStuck"}, set()),
    "a container that the cluster starts every five minutes": (
        {'kube_pod_container_status_restarts_total{pod="a", container="service"}': "4+0x4 5+0x4 6+0x4 7+0x4 8+0x4 "
         "9+0x4 10+0x4 11+0x4 12+0x4 13+0x4 14+0x4 15+0x4 16+0x4 17+0x4 18+0x4 19+0x4 20+0x9"}, {"RestartLoop"}, set()),
    "nothing was ever archived or backed up": (
        {_ARCHIVED: "-1x90", _READY: "5x90", _BACKUP: "0x90"}, {"WalNotArchived", "BackupUnknown"}, {"BackupOld"}),
    "a quiet database": ({_ARCHIVED: "9000x90", _READY: "0x90"}, set(), {"WalNotArchived"}),
    "a certificate that was not issued yet": (
        {'certmanager_certificate_expiration_timestamp_seconds{name="a"}': "0x90"}, set(), {"CertificateExpiring"}),
}  # fmt: skip


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed: alerts are only parsed")
def test_alerts_know_one_case_from_another(tmp_path: Path) -> None:
    made = [
        {
            "name": name,
            "interval": "1m",
            "input_series": [{"series": each, "values": values} for each, values in series.items()],
            "promql_expr_test": [
                {
                    "expr": f'(count(ALERTS{{alertname="{alert}", alertstate="firing"}}) or vector(0)) > bool 0',
                    "eval_time": "80m",
                    "exp_samples": [{"labels": "{}", "value": int(alert in loud)}],
                }
                for alert in sorted(loud | quiet)
            ],
        }
        for name, (series, loud, quiet) in SCENES.items()
    ]
    done = promtool(tmp_path, made, "5m")
    assert done.returncode == 0, done.stdout + done.stderr


def test_who_hears_of_an_alert_hears_of_it_once() -> None:
    """Each rule that silences what follows from something else has something to silence."""
    routing = yaml.safe_load((DEPLOY / "monitoring/alertmanager.yaml").read_text())
    labels = [
        {"alertname": each.name, "severity": each.severity, "objective": each.objective} for each in rules.every_alert()
    ]
    for rule in routing["inhibit_rules"]:
        sources, targets = ([each for each in labels if all(matches(each, one) for one in rule[key])]
                            for key in ("source_matchers", "target_matchers"))  # fmt: skip
        equal = [name for name in rule.get("equal", ()) if name in labels[0]]
        pairs = [(a, b) for a in sources for b in targets if a != b and all(a[name] == b[name] for name in equal)]
        assert pairs, rule


def matches(labels: dict[str, str], matcher: str) -> bool:
    """Whether labels match one of Alertmanager's matchers."""
    name, sign, value = matcher.split(" ", 2)
    is_so = re.fullmatch(value.strip('"'), labels[name]) is not None
    return is_so is (sign in ("=", "=~"))


def test_what_speaks_of_other_pods_keeps_their_names() -> None:
    jobs = yaml.safe_load((DEPLOY / "monitoring/prometheus.yaml").read_text())["scrape_configs"]
    job = next(each for each in jobs if each["job_name"] == "fairseat")
    ours = {each["target_label"] for each in job["relabel_configs"] if "target_label" in each}
    renamed = [each for each in job["metric_relabel_configs"] if "target_label" in each]
    back = {each["source_labels"][0]: each["target_label"] for each in renamed}
    for label in ours & {"namespace", "pod", "container", "deployment", "statefulset", "job_name"}:
        assert back.get(f"exported_{label}") == label, f"what kube-state-metrics calls {label} would be lost"


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed: alerts are only parsed")
def test_nothing_fires_while_all_is_well(tmp_path: Path) -> None:
    """Only what says that nothing is seen at all, since of most there is nothing to see here."""
    fine = {
        "fairseat_dead_letters": '{service="orders", consumer="a"} 0x90',
        "fairseat_outbox_age_seconds": '{service="orders"} 1x90',
        "fairseat_consumer_pending": '{service="orders", consumer="a"} 0 3 0 5 0 2x85',
        "fairseat_deliveries_total": '{service="orders", consumer="a", outcome="handled"} 0+9x90',
        "fairseat_reconciliation_breaks": '{service="payments"} 0x90',
        "fairseat_holds_overdue_seconds": '{service="orders"} 0x90',
        "fairseat_request_seconds_count": '{service="orders", method="POST", route="/api/orders", status="201"} 0+9x90',
        "fairseat_request_seconds_bucket": '{method="POST", route="/api/orders", status="201", le="0.5"} 0+9x90',
    }
    series = [dict(zip(("series", "values"), (name + rest.split("} ")[0] + "}", rest.split("} ")[1]), strict=True))
              for name, rest in fine.items()]  # fmt: skip
    loud = "BackupUnknown|DatabaseDown|TargetsMissing"
    expr = f'count(ALERTS{{alertstate="firing", alertname!~"{loud}"}}) or vector(0)'
    expected = [{"expr": expr, "eval_time": "80m", "exp_samples": [{"labels": "{}", "value": 0}]}]
    quiet = {"name": "quiet", "interval": "1m", "input_series": series, "promql_expr_test": expected}
    done = promtool(tmp_path, [quiet], "1m")
    assert done.returncode == 0, done.stdout + done.stderr


def test_dashboards_are_whole() -> None:
    assert len({dashboard.uid for dashboard in DASHBOARDS}) == len(DASHBOARDS)
    for dashboard in DASHBOARDS:
        document = json.loads(json.dumps(dashboard.document()))
        panels = document["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        taken: dict[tuple[int, int], str] = {}
        for panel in panels:
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24, panel["title"]
            for cell in [(x, y) for x in range(place["x"], place["x"] + place["w"])
                         for y in range(place["y"], place["y"] + place["h"])]:  # fmt: skip
                assert cell not in taken, f"{dashboard.uid}: {panel['title']} lies on {taken[cell]}"
                taken[cell] = panel["title"]
            if panel["type"] != "row":
                assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
                assert panel["description"], panel["title"]
                wanted = "table" if panel["type"] == "table" else "time_series"
                assert {each["format"] for each in panel["targets"]} == {wanted}, "a row each, not a frame each"
