"""The house rules for the tree: what ARCHITECTURE.md names is there, and no file says what it must not."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fairseat_common.database.migrations import COMMON_DIRECTORY, migration_files

ROOT = Path(__file__).parents[2]
MIGRATIONS = [COMMON_DIRECTORY, *sorted((ROOT / "services").glob("*/migrations"))]
FORBIDDEN_SQL = re.compile(
    r"\b(drop\s+(table|column|database)|truncate|pgcrypto|uuid-ossp|collate\s+\"und|create\s+extension\s+if\s+not\s+exists\s+(?!pg_trgm)|create\s+role)\b",
    re.IGNORECASE,
)
# Nobody's machine, and no place to install from but the registries that the package managers know by themselves.
MACHINE = re.compile(
    r"(/(?:work|farm)/|/home/\w+/|/Users/\w+/|/(?:root)/(?!\.)|index-url\s*=?\s*https?://|--extra-index|(?<!\$)artifactory)"
)
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".ico", ".woff2", ".gif"}
THIS = "tests/rules/test_rules_tree.py"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def texts() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text(errors="replace")
        for path in tracked()
        if path.suffix not in BINARY and str(path.relative_to(ROOT)) != THIS
    }


@pytest.mark.parametrize("directory", MIGRATIONS, ids=lambda path: path.parent.name)
def test_migrations_are_numbered_and_named(directory: Path) -> None:
    assert migration_files(directory)


@pytest.mark.parametrize("directory", MIGRATIONS, ids=lambda path: path.parent.name)
def test_migrations_take_nothing_away_and_need_no_extension(directory: Path) -> None:
    found = {path.name: FORBIDDEN_SQL.findall(path.read_text()) for path in directory.glob("*.sql")}
    assert {name: words for name, words in found.items() if words} == {}


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = {name: match[0] for name, text in texts().items() if (match := MACHINE.search(text))}
    assert found == {}


def sleeps(source: str) -> bool:
    """Whether Python code calls something named sleep; programs in strings may."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return any(getattr(called, "attr", getattr(called, "id", "")) == "sleep" for called in calls)


def test_tests_wait_for_states_and_never_for_time() -> None:
    tests = {name: text for name, text in texts().items() if re.search(r"(^|/)tests/.*\.py$", name)}
    assert [name for name, text in tests.items() if sleeps(text)] == []


def test_the_lock_has_hashes_and_no_hosts() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    pinned = re.split(r"\n(?=[a-zA-Z0-9])", text)
    assert len(pinned) > 50
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry and "==" in entry] == []


def test_every_dependency_is_locked() -> None:
    wanted = re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    locked = set(re.findall(r"^([a-zA-Z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert set(wanted) <= locked


def test_the_tree_of_the_architecture_page_exists() -> None:
    page = ROOT / "ARCHITECTURE.md"
    if not page.exists():
        pytest.skip("there is no ARCHITECTURE.md yet")
    blocks = re.findall(r"```[a-z]*\n(.*?)```", page.read_text(), re.DOTALL)
    named = {name for block in blocks for name in re.findall(r"^([\w.-]+/)(?:\s|$)", block, re.MULTILINE)}
    linked = set(re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()))
    assert [name for name in sorted(named | linked) if not (ROOT / name).exists()] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for path in tracked():
        if path.suffix == ".md":
            for target in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]+)", path.read_text()):
                if not (path.parent / target).exists():
                    broken.append(f"{path.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_import_rules_hold() -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["lint-imports", "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_would_notice() -> None:
    """Each pattern above finds what it is there for."""
    assert FORBIDDEN_SQL.search("drop table seats")
    assert MACHINE.search("see /home/somebody/notes")
    assert sleeps("async def f():\n    await asyncio.sleep(1)")
    assert not sleeps("program = 'time.sleep(1)'")
