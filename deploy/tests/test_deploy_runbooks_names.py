"""What pages name outside of commands is there: alerts and how loud they are, dashboards, metrics, pages, settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
import yaml

from fairseat_deploy.pages import inline, pages
from fairseat_deploy.tree import DEPLOY, ROOT
from fairseat_local.access.pages import pages_of
from fairseat_local.check.runner import CHECKS
from web.main import PAGES as PAGES_OF_WEB

TEXTS = {page.stem if page.parent != ROOT else page.name: page.read_text() for page in pages()}
RUNBOOKS = {page.stem: page.read_text() for page in pages() if page.parent.name == "runbooks" and page.stem != "README"}
ALERTS = re.compile(r"^\*\*Alerts:\*\*(.*?)(?:\n\n|;)", re.MULTILINE | re.DOTALL)
GROUP = re.compile(r"((?:`[\w.]+`(?:, )?)+)(?: \((page|ticket)[^)]*\))?")
DASHBOARDS = re.compile(r"dashboards? (\*[^*\n]+\*(?:(?:,| and) \*[^*\n]+\*)*)")
METRIC = re.compile(r"^fairseat_[a-z_]+(?=$|\{)")
RULE = re.compile(r"\b([ACEGMQSW]\d{1,2})\b")
SETTING = re.compile(r"^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=|$)")
PATH = re.compile(r"^(?:(GET|POST|PUT|DELETE) )?(/[\w/<>{}.-]*)$")
NOT_OURS = re.compile(
    r"^/(?:dev/|proc$|entries$|breaks$|orders/\{id\}$|api/orders/\{id\}/history$|healthz$|readyz$|metrics$)"
)
"""Of a local run; of Linux; ends of an address that stands before them; made up; what every service has."""
SOURCES = ("common", "services", "local", "deploy", "tests", "bench", ".github")
WRITTEN = frozenset({".py", ".env", ".yaml", ".sh", ".tf", ".hcl"})
"""Where names of settings and limits are decided: in code and configuration, and nowhere else."""


@cache
def severities() -> dict[str, str]:
    """How loud each alert is, by name; those of an objective by what their names have in common."""
    rules = yaml.safe_load((DEPLOY / "monitoring/rules.yaml").read_text())["groups"]
    return {rule["alert"]: rule["labels"]["severity"] for group in rules for rule in group["rules"] if "alert" in rule}


def alerts_of(text: str) -> dict[str, str]:
    """Which alerts lead to a runbook, and how loud it says they are; empty for those that come in several speeds."""
    found: dict[str, str] = {}
    for line in ALERTS.findall(text):
        for names, severity in GROUP.findall(line):
            found |= dict.fromkeys(re.findall(r"`([\w.]+)`", names), severity)
    return found


def wrong_alerts(text: str) -> list[str]:
    wrong = []
    for name, severity in alerts_of(text).items():
        known = {loud for each, loud in severities().items() if each == name or each.startswith(name.rstrip("."))}
        if not known or (not name.endswith("...") and known != {severity}):
            wrong.append(f"{name} is {known or 'no alert'}, not {severity}")
    return wrong


@pytest.mark.parametrize("text", RUNBOOKS.values(), ids=RUNBOOKS)
def test_alerts_are_as_loud_as_runbooks_say(text: str) -> None:
    assert wrong_alerts(text) == []


def titles() -> set[str]:
    files = (DEPLOY / "monitoring/dashboards").glob("*.json")
    return {json.loads(file.read_text())["title"].removeprefix("Fairseat: ") for file in files}


def seen() -> str:
    """All that alerts and dashboards ask for; that services show it is another test's."""
    folder = DEPLOY / "monitoring"
    return "\n".join(file.read_text() for file in (folder / "rules.yaml", *(folder / "dashboards").glob("*.json")))


def unknown_names(text: str) -> list[str]:
    """Dashboards, metrics, rules and settings that nobody has."""
    named = [title for found in DASHBOARDS.findall(text) for title in re.findall(r"\*([^*]+)\*", found)]
    wrong = [f"dashboard {title}" for title in named if title not in titles()]
    known = {check.invariant for check in CHECKS}
    wrong += [f"rule {rule}" for rule in RULE.findall(text) if rule not in known]
    for code in inline(text):
        if (metric := METRIC.match(code)) and metric[0] not in seen():
            wrong.append(f"metric {metric[0]}")
        if (setting := SETTING.match(code)) and setting[1] not in constants():
            wrong.append(f"setting {setting[1]}")
    return wrong


@cache
def constants() -> frozenset[str]:
    """Every name in capitals that code or configuration has; what this file makes up does not count."""
    files = [ROOT / "Makefile", *(file for folder in SOURCES for file in (ROOT / folder).rglob("*"))]
    read = [
        file for file in files if file.suffix in WRITTEN or file.name == "Makefile" if file.name != Path(__file__).name
    ]
    return frozenset(name for file in read for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", file.read_text()))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_dashboards_metrics_rules_and_settings_are_there(text: str) -> None:
    assert unknown_names(text) == []


@cache
def addresses() -> frozenset[tuple[str, str]]:
    """Method and path of every page and operation, without the names of ids."""
    table = (ROOT / "docs/access.md").read_text()
    operations = re.findall(r"^\| (GET|POST|PUT|PATCH|DELETE) (/\S+) \|", table, re.MULTILINE)
    return frozenset(nameless([*operations, *((page.method, page.path) for page in pages_of(PAGES_OF_WEB))]))


def nameless(found: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(method, re.sub(r"\{[^}]+\}|<[^>]+>", "{}", path)) for method, path in found}


def unknown_addresses(text: str) -> list[str]:
    named = [match.groups() for code in inline(text) if (match := PATH.match(code))]
    asked = nameless((method or "GET", path) for method, path in named if not NOT_OURS.match(path))
    return sorted(f"{method} {path}" for method, path in asked - addresses())


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_pages_and_operations_are_there(text: str) -> None:
    assert unknown_addresses(text) == []


def test_the_guide_about_money_knows_every_break() -> None:
    """And none that payments does not find."""
    folder = ROOT / "services/payments/payments"
    found = "\n".join(file.read_text() for file in folder.glob("*.py"))
    table = TEXTS["money"].partition("## Breaks")[2]
    listed = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", "\n".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))))
    assert [kind for kind in sorted(listed) if not re.search(rf"[\"']{kind}[\"']", found)] == []
    said = set(re.findall(r"""Finding\(\s*"([a-z-]+)"|(?:then|else|select) '([a-z]+-[a-z-]+)'""", found))
    said = {kind for kinds in said for kind in kinds if kind}
    assert len(said) > 20
    assert said - listed == set()


def test_the_guide_about_money_knows_every_cause_of_an_entry() -> None:
    code = "\n".join(file.read_text() for file in (ROOT / "services/payments/payments").glob("domain_*.py"))
    causes = set(re.findall(r'f"([a-z-]+):\{', code)) - {"escrow", "seller_payable", "tax_payable"}
    assert len(causes) > 10
    assert {cause for cause in causes if f"`{cause}:<" not in TEXTS["money"]} == set()


def test_wrong_names_are_noticed() -> None:
    assert alerts_of("**Alerts:** `A`, `B` (page), `C` (ticket), `DBurns...`; leads here") == {
        "A": "page",
        "B": "page",
        "C": "ticket",
        "DBurns...": "",
    }
    assert wrong_alerts("**Alerts:** `OutboxOld` (ticket).\n\n")
    assert wrong_alerts("**Alerts:** `OutboxAged` (page).\n\n")
    assert unknown_names("the dashboards *bus and outbox* and *money*, E9, `fairseat_seats`, `HOLDS_MOST`") == [
        "dashboard money",
        "rule E9",
        "metric fairseat_seats",
        "setting HOLDS_MOST",
    ]
    assert unknown_addresses("`/operator/order/<id>`, `/operator/orders/<id>`, `PUT /api/payouts/waiting`") == [
        "GET /operator/order/{}",
        "PUT /api/payouts/waiting",
    ]
