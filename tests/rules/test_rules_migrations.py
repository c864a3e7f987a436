"""A migration runs while the release before it still serves, which may come back: it may add, and take nothing away.

What is to go is first no longer used (one release), and then taken away (a later one, as an exception with a reason).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairseat_common.database.migrations import COMMON_DIRECTORY

ROOT = Path(__file__).parents[2]
DIRECTORIES = {
    "common": COMMON_DIRECTORY,
    **{path.parent.name: path for path in (ROOT / "services").glob("*/migrations")},
}
# Up to these there was no release to be compatible with.
START = {
    "common": 2, "auth": 5, "catalog": 7, "expiration": 1, "notifications": 8, "orders": 9, "payments": 10,
    "tickets": 16,
}  # fmt: skip
EXCEPTIONS: dict[str, str] = {}
"""Files that break the rule, as `orders/0012_drop_old_prices.sql`, and why that is right: since which release nobody
uses what they take away."""

NAME = r'(?:if (?:not )?exists )?(?:only )?"?[\w.]+"?'
REFUSED = {
    "takes something away": re.compile(
        r"^drop (?:table|view|materialized view|function|type|schema|sequence|domain)\b"
    ),
    "takes a right away": re.compile(r"^revoke\b.*\bfrom\b.*:runtime"),
    "drops a column": re.compile(
        rf"^alter table {NAME} .*\bdrop (?!constraint\b|default\b|not null\b|expression\b|identity\b)"
    ),
    "renames": re.compile(r"^alter (?:table|view|type|function|sequence|index)\b.*\brename\b"),
    "forbids null": re.compile(r"\bset not null\b"),
    "changes a type": re.compile(r"\balter (?:column )?\"?\w+\"? (?:set data )?type (?!text\b|bigint\b)"),
    "limits a table that is in use": re.compile(
        r"\badd (?:constraint \"?\w+\"? )?(?:check|unique|primary key|foreign key|exclude)\b|^create unique index\b"
    ),
}
ADDED = re.compile(r"\badd (?:column )?(?!constraint\b|check\b|unique\b|primary\b|foreign\b|exclude\b|value\b)(.*)")
TABLE = re.compile(rf"^(?:alter|create|drop)\b.*?\b(?:table|on) {NAME}")
CREATED = re.compile(rf"^create (?:unlogged )?table ({NAME})")


def statements(sql: str) -> Iterator[str]:
    """The statements in lower case on one line each, without comments, texts and the bodies of functions."""
    sql = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
    sql = re.sub(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'", "''", sql, flags=re.DOTALL)
    yield from filter(None, (" ".join(part.split()).lower() for part in sql.split(";")))


def breaks(sql: str) -> list[str]:
    """What a running release would notice, each with its statement; none for what is about tables made in the file."""
    found, own = [], set()
    for statement in statements(sql):
        if created := CREATED.match(statement):
            own.add(created[1].split()[-1])
        if (table := TABLE.match(statement)) and table[0].split()[-1] in own:
            continue
        found += [f"{why}: {statement}" for why, pattern in REFUSED.items() if pattern.search(statement)]
        found += [f"needs a value that nobody gives: {part}" for part in _needy(statement)]
    return found


def _needy(statement: str) -> Iterator[str]:
    if not statement.startswith("alter table"):
        return
    for part in re.split(r",(?![^(]*\))", statement):
        added = ADDED.search(part)
        if added and "not null" in added[1] and not re.search(r"\bdefault\b|\bgenerated\b", added[1]):
            yield added[0]


def new_files() -> list[tuple[str, Path]]:
    return [
        (f"{name}/{path.name}", path)
        for name, directory in sorted(DIRECTORIES.items())
        for path in sorted(directory.glob("*.sql"))
        if int(path.name[:4]) > START.get(name, 0)
    ]


def test_migrations_stay_compatible_with_the_release_that_runs() -> None:
    found = {name: broken for name, path in new_files() if (broken := breaks(path.read_text()))}
    assert {name: broken for name, broken in found.items() if name not in EXCEPTIONS} == {}
    assert EXCEPTIONS.keys() <= found.keys(), "an exception that nothing needs"
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("drop table orders", "takes something away"),
        ("DROP FUNCTION if exists total(int);", "takes something away"),
        ("alter table orders drop column price", "drops a column"),
        ("alter table only orders\n  drop price cascade", "drops a column"),
        ("alter table orders rename column price to cost", "renames"),
        ("alter table orders rename to sales", "renames"),
        ("alter table orders alter column price set not null", "forbids null"),
        ("alter table orders alter price type int", "changes a type"),
        ("alter table orders alter column note set data type varchar(10)", "changes a type"),
        ("alter table orders add column kind text not null", "needs a value that nobody gives"),
        (
            "alter table orders add a int, add kind text not null, add b int default 1",
            "needs a value that nobody gives",
        ),
        ("alter table orders add constraint positive check (price > 0)", "limits a table"),
        ("create unique index one on orders (price)", "limits a table"),
        ("revoke insert on orders from :runtime", "takes a right away"),
    ],
)
def test_what_a_running_release_would_notice_is_found(sql: str, why: str) -> None:
    [found] = breaks(sql)
    assert found.startswith(why)


@pytest.mark.parametrize(
    "sql",
    [
        "alter table orders add column kind text",
        "alter table orders add column kind text not null default 'new'",
        "alter table orders add total bigint not null generated always as (price * 2) stored",
        "alter table orders alter column price drop not null, alter note type text, drop constraint positive",
        "create table things (id int unique); create unique index one on things (id); alter table things drop id",
        "create index slow on orders (price); -- drop table orders",
        "create or replace function f() returns void language sql as $$ drop table orders $$",
        "update orders set note = 'drop table x; set not null'",
    ],
)
def test_what_only_adds_is_let_through(sql: str) -> None:
    assert breaks(sql) == []
