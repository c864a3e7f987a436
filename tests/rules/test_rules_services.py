"""The house rules for services: the same kinds of file everywhere, and imports that point one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("auth", "catalog", "tickets", "orders", "expiration", "payments", "notifications", "web")
MAY_IMPORT = {
    "main": {"main", "routes", "consumers", "actions", "store", "domain"},
    "routes": {"routes", "actions", "domain"},
    "consumers": {"consumers", "actions", "domain"},
    "actions": {"actions", "store", "domain"},
    "store": {"store", "domain"},
    "domain": {"domain"},
}
KINDS = tuple(MAY_IMPORT)
# Pages are another kind of edge; docs/decisions says why web, which owns no data, has kinds of its own.
WEB_KINDS = (
    "main", "pages", "models", "views", "services", "session", "settings", "templates", "visit", "live", "forms",
    "answers", "assets", "csrf", "api", "money", "dates", "locales", "words", "style", "calendars", "reading",
)  # fmt: skip
SQL = re.compile(r"""["']\s*(select|insert into|update \w+ set|delete from|with \w+ as \()\s""", re.IGNORECASE)
LINES_MAX = 300
FUNCTION_LINES_MAX = 60


def modules(service: str) -> list[Path]:
    package = ROOT / "services" / service / service
    return [path for path in sorted(package.rglob("*.py")) if path.name != "__init__.py"]


def kind_of(name: str) -> str:
    return name.partition("_")[0]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_modules(service: str, path: Path) -> set[str]:
    """Names of the service's own modules that a module imports."""
    known = {each.stem for each in modules(service)}
    parts = [name.split(".") for name in imported(path) if name.split(".")[0] == service]
    return {part[1] for part in parts if len(part) > 1 and part[1] in known}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_parts(service: str) -> None:
    folder = ROOT / "services" / service
    expected = ["README.md", "pyproject.toml", "tests", f"{service}/main.py", f"{service}/py.typed"]
    if service != "web":
        expected.append("migrations")
    assert [name for name in expected if not (folder / name).exists()] == []
    assert list((folder / "tests").glob(f"test_{service}_*.py"))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_only_the_known_kinds_of_file(service: str) -> None:
    kinds = WEB_KINDS if service == "web" else KINDS
    assert [path.name for path in modules(service) if kind_of(path.stem) not in kinds] == []


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "web"])
def test_a_module_imports_only_what_its_kind_may(service: str) -> None:
    wrong = [
        f"{path.stem} imports {name}"
        for path in modules(service)
        for name in sorted(own_modules(service, path))
        if kind_of(name) not in MAY_IMPORT[kind_of(path.stem)]
    ]
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_only_stores_speak_sql(service: str) -> None:
    speaking = [path.name for path in modules(service) if SQL.search(path.read_text())]
    assert [name for name in speaking if not name.startswith("store")] == []


def python_files() -> list[Path]:
    roots = ("common/fairseat_common", "local/fairseat_local", "services", "bench", "tests")
    files = [path for root in roots for path in (ROOT / root).rglob("*.py")]
    return sorted(path for path in files if "/tests/" not in f"/{path.relative_to(ROOT)}")


def test_modules_are_short() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: lines for name, lines in long.items() if lines > LINES_MAX} == {}


def test_functions_are_short() -> None:
    long = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}: {node.name} has {lines} lines")
    assert long == []


def test_nobody_but_the_bus_imports_the_broker_client() -> None:
    users = [
        path.relative_to(ROOT) for path in python_files() if any(n.split(".")[0] == "nats" for n in imported(path))
    ]
    assert [str(path) for path in users if "fairseat_common/bus" not in str(path)] == []


def test_the_rules_would_notice() -> None:
    """Each pattern above finds what it is there for."""
    assert SQL.search('"select 1 from seats"')
    assert SQL.search("'delete from seats'")
    assert not SQL.search('"Please select a seat"')
    assert kind_of("helpers") not in KINDS
    assert "store" not in MAY_IMPORT["routes"]
