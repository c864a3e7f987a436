"""The watched lines themselves: every moment is told, and a client that dies there has done all of it or nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
import stripe

from fairseat_common.testing.running import Servers
from fairseat_common.testing.server_process import free_port
from fairseat_local.faults import Explorer, HttpLine, Kill, Moment, PostgresLine
from fairseat_local.faults.http_line import label_of
from fairseat_local.faults.line import Line
from fairseat_local.faults.postgres_line import written_by
from fairseat_local.provider.process import ProviderProcess

WRITER = """
import asyncio, sys, asyncpg

async def main(url):
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("select count(*) from letters where word = $1", "none") == 0
    async with connection.transaction():
        assert await connection.fetch("select * from letters where id = 1 for update") == []
    async with connection.transaction():
        await connection.fetchrow("insert into letters values (1, $1) returning id", "in a transaction")
    await connection.execute("update letters set word = word where id = $1", 1000)
    await connection.execute("insert into letters values (2, $1)", "by itself")
    await connection.fetchval("insert into letters values (3, $1) returning id", "by itself, read")

asyncio.run(main(sys.argv[1]))
"""
INSERT = "commit: insert letters"


@asynccontextmanager
async def opened(line: Line) -> AsyncIterator[Line]:
    await line.open()
    try:
        yield line
    finally:
        await line.close()


class Victim:
    """A child process that a listener can end."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None

    async def run(self, url: str) -> int:
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, url)
        return await self.process.wait()

    def kill(self) -> None:
        assert self.process
        self.process.kill()


@pytest.fixture(scope="module")
def letters(servers: Servers) -> str:
    return servers.postgres.create_service_database("letters").owner_url


async def emptied(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("create table if not exists letters (id integer primary key, word text)")
    await connection.execute("delete from letters")
    await connection.close()


async def ids(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("select id from letters order by id")
    await connection.close()
    return [row["id"] for row in rows]


def through(url: str, port: int) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}").geturl()


def watched(url: str, listener: Callable[[Moment], bool]) -> PostgresLine:
    port = urlsplit(url).port
    assert port
    return PostgresLine(free_port(), lambda: port, listener)


async def test_a_client_killed_before_a_commit_has_written_nothing_and_after_it_everything(letters: str) -> None:
    victim = Victim()
    explorer = Explorer(victim.kill)
    ended: list[tuple[Kill, list[int]]] = []
    async with opened(watched(letters, explorer)) as line:
        while True:
            await emptied(letters)
            life = explorer.begin()
            life.names.add(b"letters")
            code = await victim.run(through(letters, line.port))
            if not life.killed_at:
                break
            assert code == -9
            ended.append((life.killed_at, await ids(letters)))
    assert ended == [
        (Kill(INSERT, 1, "before"), []),
        (Kill(INSERT, 1, "after"), [1]),
        (Kill(INSERT, 2, "before"), [1]),
        (Kill(INSERT, 2, "after"), [1, 2]),
        (Kill(INSERT, 3, "before"), [1, 2]),
        (Kill(INSERT, 3, "after"), [1, 2, 3]),
    ], "reading, locking, and writing nothing are no moments"
    assert (code, await ids(letters)) == (0, [1, 2, 3])
    assert life.lived == [kill for kill, _ in ended]
    assert line.survivors == []


async def test_who_survives_a_kill_is_reported(letters: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairseat_local.faults.line.DEATH_MAX_S", 0.1)
    await emptied(letters)
    async with opened(watched(letters, lambda _: True)) as line:
        connection = await asyncpg.connect(through(letters, line.port))
        with pytest.raises(asyncpg.PostgresConnectionError):
            await connection.execute("insert into letters values ($1)", 1)
    assert line.survivors == [INSERT]


async def test_many_statements_of_many_connections_pass_unharmed(letters: str) -> None:
    await emptied(letters)
    moments: list[Moment] = []

    def note(moment: Moment) -> bool:
        moments.append(moment)
        return False

    async with (
        opened(watched(letters, note)) as line,
        asyncpg.create_pool(through(letters, line.port), min_size=4, max_size=4) as pool,
    ):
        rows = [pool.execute("insert into letters values ($1, $2)", n, "x" * 100_000) for n in range(40)]
        assert set(await asyncio.gather(*rows)) == {"INSERT 0 1"}
        with pytest.raises(asyncpg.UniqueViolationError):
            await pool.execute("insert into letters values ($1, $2)", 1, "again")
        assert await pool.fetchval("select sum(length(word)) from letters") == 4_000_000
        await pool.executemany("delete from letters where id = $1", [(n,) for n in range(40)])
        assert await pool.fetchval("select count(*) from letters") == 0
    labels = [(moment.label, moment.side) for moment in moments]
    assert {label: labels.count(label) for label in labels} == {
        (INSERT, "before"): 40,
        (INSERT, "after"): 40,
        ("commit: delete letters", "before"): 1,
        ("commit: delete letters", "after"): 1,
    }


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id from orders for update of o skip locked", []),
        ("insert into inbox values (1) on conflict (id) do update set x = 2", ["insert inbox"]),
        (
            "with due as (select 1 for update skip locked) update attempts a set x = 1 from due",
            ["update attempts"],
        ),
        ("WITH gone AS (DELETE FROM only seats) INSERT INTO claims SELECT 1", ["delete seats", "insert claims"]),
        ("select updated_at, deleted, inserted from update_log", []),
    ],
)
def test_what_a_statement_writes_is_read_from_it(sql: str, expected: list[str]) -> None:
    assert written_by(sql) == expected


async def test_a_call_is_dropped_before_or_after_the_provider_acted(tmp_path: Path) -> None:
    provider = ProviderProcess(tmp_path / "provider.sqlite")
    await provider.start()
    moments: list[Moment] = []
    cut: set[str] = set()

    def listen(moment: Moment) -> bool:
        moments.append(moment)
        return moment.side in cut

    try:
        async with opened(HttpLine(free_port(), lambda: provider.port, listen)) as line:
            sdk = stripe.StripeClient(
                "sk_test_lines",
                base_addresses={"api": f"http://127.0.0.1:{line.port}"},
                http_client=stripe.AIOHTTPClient(timeout=1),
                max_network_retries=0,
            )

            async def pay() -> str:
                asked: stripe.params.PaymentIntentCreateParams = {
                    "amount": 100,
                    "currency": "eur",
                    "payment_method": "pm_card_visa",
                    "allowed_payment_method_types": ["card"],
                    "capture_method": "manual",
                    "confirm": True,
                }
                return (await sdk.v1.payment_intents.create_async(asked)).id

            async def made() -> int:
                async with httpx.AsyncClient(headers={"authorization": "Bearer sk_test_x"}) as looking:
                    return len((await looking.get(f"{provider.url}/v1/payment_intents")).json()["data"])

            intent = await pay()
            await sdk.v1.payment_intents.capture_async(intent)
            assert (await sdk.v1.payment_intents.retrieve_async(intent)).status == "succeeded"
            for side, expected in (("before", 1), ("after", 2)):
                cut = {side}
                with pytest.raises(stripe.APIConnectionError):
                    await pay()
                assert await made() == expected
    finally:
        await provider.stop()
    create, capture = "POST /v1/payment_intents", "POST /v1/payment_intents/:id/capture"
    assert [(moment.label, moment.side) for moment in moments] == [
        (create, "before"),
        (create, "after"),
        (capture, "before"),
        (capture, "after"),
        (create, "before"),
        (create, "before"),
        (create, "after"),
    ]
    assert intent.encode() in moments[1].said


def test_objects_of_a_kind_have_one_label() -> None:
    assert label_of(b"GET /v1/refunds/re_1Abc?expand=x HTTP/1.1\r\n") == "GET /v1/refunds/:id"
    assert label_of(b"POST /v1/transfers/tr_9/reversals HTTP/1.1\r\n") == "POST /v1/transfers/:id/reversals"
