"""What pages say in SQL runs: in the database that they name, as whom they say, against the tables that there are."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from fairseat_common.migrating import migrations_of
from fairseat_common.testing.running import Servers, prepared_database
from fairseat_deploy.pages import Query, arguments_of, commands, pages, queries
from fairseat_local.environment import WITH_DATABASE

TEXTS = {page.stem: page.read_text() for page in pages() if [*queries(page.read_text())]}
PLACEHOLDERS = {"<id>": "01a2068a-ac4c-7c9d-8d97-dd46de7d480e", "<pid>": "0"}
ABOUT_CONNECTIONS = ("pg_stat_activity", "pg_terminate_backend")
"""Services' connections are the primary's: a standby knows nothing of them."""
PRIMARY = "service/postgres-rw"
MAIL = """insert into mails (id, fact_id, address, kind, fact, status, last_error, attempts, ended_at)
    values (gen_random_uuid(), gen_random_uuid(), 'ada@example.org', 'account-verify', '{}', $1, $2, 500, now())"""

Urls = Mapping[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def urls(servers: Servers) -> Urls:
    """The migrated database of each service, and the one without anything of ours, as the superuser's."""
    for name in WITH_DATABASE:
        await prepared_database(servers, name, migrations_of(name))
    admin = urlsplit(servers.postgres.admin_url)
    names = ["postgres", *(f"fairseat_{name}" for name in WITH_DATABASE)]
    return {name: urlunsplit(admin._replace(path=f"/{name}")) for name in names}


async def refusal(url: str, sql: str, before: str = "") -> str:
    """What the database has against a statement; all of it is rolled back."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        if before:
            await connection.execute(before)
        await connection.execute(sql)
    except asyncpg.PostgresError as problem:
        return str(problem)
    finally:
        await transaction.rollback()
        await connection.close()
    return ""


async def refusals(query: Query, urls: Urls) -> list[str]:
    """What all databases that are meant say against a statement; it is good where one takes it and none was named."""
    sql = query.sql
    for placeholder, value in PLACEHOLDERS.items():
        sql = sql.replace(placeholder, value)
    meant = [query.database] if query.database else list(urls)
    if missing := [name for name in meant if name not in urls]:
        return [f"there is no database {missing[0]}"]
    said = [await refusal(urls[name], sql) for name in meant]
    return [] if not all(said) else [f"{sql}: {said[-1]}"]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_every_statement_runs_where_it_is_said_to(text: str, urls: Urls) -> None:
    wrong = [problem for query in queries(text) for problem in await refusals(query, urls)]
    assert wrong == []


async def test_wrong_statements_are_noticed(urls: Urls) -> None:
    assert await refusals(Query("fairseat_orders", "select status from orders"), urls) == []
    for database, sql in (
        ("fairseat_orders", "select state from orders"),
        ("fairseat_orders", "select 1 from payouts"),
        ("fairseat_shop", "select 1"),
        ("postgres", "select 1 from orders"),
        ("", "select 1 from orderz where id = '<id>'"),
        ("fairseat_payments", "selct 1"),
    ):
        assert await refusals(Query(database, sql), urls), sql


def told_to_psql(text: str) -> list[tuple[str, list[str]]]:
    """Which pod psql is started in, and what it is told."""
    found = [(words, arguments_of(words, "psql")) for words in commands(text)]
    return [(next(word for word in words if "postgres" in word), told) for words, told in found if told]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_only_the_primary_is_told_to_write_or_asked_about_connections(text: str, urls: Urls) -> None:
    """A standby refuses the one, and knows nothing of the other."""
    wrong = []
    for pod, told in told_to_psql(text):
        sql = told[told.index("-c") + 1]
        name = told[told.index("-d") + 1] if "-d" in told else "postgres"
        writes = await refusal(urls[name], sql, before="set local transaction_read_only = on")
        if pod != PRIMARY and (writes or any(word in sql for word in ABOUT_CONNECTIONS)):
            wrong.append(f"{pod}: {sql}")
    assert wrong == []


async def test_mails_that_were_parked_are_queued_again(urls: Urls) -> None:
    """The one statement that changes something: all that nobody refused for good, and nothing else."""
    (told,) = [query for query in queries(TEXTS["mails"]) if query.sql.startswith("update")]
    (asked,) = [query for query in queries(TEXTS["mails"]) if query.sql.startswith("select")]
    connection = await asyncpg.connect(urls[told.database])
    transaction = connection.transaction()
    await transaction.start()
    try:
        for status, error in (("parked", "TryLater('451')"), ("parked", "Refused('550')"), ("skipped", None)):
            await connection.execute(MAIL, status, error)
        assert sorted(row["status"] for row in await connection.fetch(asked.sql)) == ["parked", "parked"]
        await connection.execute(told.sql)
        rows = await connection.fetch("select status, attempts, last_error from mails order by 1")
        assert [tuple(row) for row in rows] == [
            ("parked", 500, "Refused('550')"),
            ("queued", 0, "TryLater('451')"),
            ("skipped", 500, None),
        ]
    finally:
        await transaction.rollback()
        await connection.close()
