"""`fairseat import` against running services: good shows go in once, bad ones are told by their line."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from fairseat_common.contracts import ShowChanged
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.serving import Serving
from fairseat_local import cli
from fairseat_local.importing import ImportOptions, ImportStopped, import_files, sending
from fairseat_local.proxy import Proxy, Upstreams
from fairseat_local.router import Router

DATA = Path(__file__).parent / "data_import"
NAMES = ("discovery.json", "page.html", "calendar.ics")
EMAIL, PASSWORD = "organiser@example.org", "a long enough password"
YEAR = datetime.now(UTC).year + 1
TABLES = ("shows", "venues", "performers", "imported_shows", "imported_venues", "outbox")


@dataclass
class Import:
    """A marketplace, and what `fairseat import` says to it."""

    url: str
    catalog: RunningService
    said: str = ""

    async def run(self, *files: Path, **options: Any) -> int:
        """The exit code."""
        output = io.StringIO()
        given = ImportOptions(files=files, url=self.url, credentials=lambda: (EMAIL, PASSWORD), **options)
        try:
            return await import_files(given, Console(file=output, width=100))
        finally:
            self.said = output.getvalue()

    async def counts(self) -> dict[str, int]:
        """How many rows there are."""
        async with self.catalog.database.connection() as connection:
            return {table: await connection.fetchval(f"select count(*) from {table}") for table in TABLES}

    async def versions(self) -> dict[str, int]:
        """The version of each show, by its title."""
        async with self.catalog.database.connection() as connection:
            rows = await connection.fetch("select title, version from shows")
        return {row["title"]: row["version"] for row in rows}


@asynccontextmanager
async def importing(start: StartService, keys: Path) -> AsyncIterator[Import]:
    """Auth and catalog behind one origin, and an organiser's account."""
    auth = await start("auth", SIGNING_KEYS_DIR=str(keys / "keys"), ORGANISER_EMAILS=EMAIL)
    catalog = await start("catalog", JWKS_URL=f"{auth.url}/.well-known/jwks.json")
    async with Upstreams() as upstreams:
        root = Serving(Router({one.name: Proxy(one.name, one.url, upstreams) for one in (auth, catalog)}))
        await root.start()
        async with httpx.AsyncClient(base_url=root.url) as client:
            body = {"email": EMAIL, "password": PASSWORD, "name": "Oona"}
            assert (await client.post("/api/users/signup", json=body)).status_code == 201
        yield Import(root.url, catalog)
        await root.stop()


def last_sunday(month: int) -> int:
    return max(day for day in range(25, 32) if datetime(YEAR, month, day, tzinfo=UTC).weekday() == 6)


def samples(folder: Path) -> list[Path]:
    """The sample files, moved to next year."""
    paths = []
    for name in NAMES:
        data = (DATA / name).read_bytes()
        for old, new in (("20270328", f"2027{3:02}{last_sunday(3)}"), ("20271031", f"2027{10}{last_sunday(10)}")):
            data = data.replace(old.encode(), new.encode())
        paths.append(folder / name)
        paths[-1].write_bytes(data.replace(b"2027", str(YEAR).encode()))
    return paths


async def test_good_shows_go_in_once_and_bad_ones_are_told_by_line(start: StartService, tmp_path: Path) -> None:
    async with importing(start, tmp_path) as market:
        files, report = samples(tmp_path), tmp_path / "report.csv"
        empty = await market.counts()

        assert await market.run(*files, dry_run=True) == 1
        rehearsed = market.said
        assert "Dry run: nothing was written" in rehearsed
        assert await market.counts() == empty

        assert await market.run(*files, report=report) == 1
        lines = {f"{tmp_path}/discovery.json:29: the start has no time (“A start without a time”)"}
        lines.add(f"{tmp_path}/page.html:45: takes place online (“Anywhere”)")
        lines.add(f"{tmp_path}/calendar.ics:72: the start is a time that clocks in Europe/Berlin skip that night")
        assert all(any(said.startswith(line) for said in market.said.splitlines()) for line in lines), market.said
        assert sorted(rehearsed.splitlines()[:18]) == sorted(market.said.splitlines()[:18])
        loaded = await market.counts()
        assert (loaded["shows"], loaded["venues"], loaded["performers"]) == (8, 5, 4)
        versions = await market.versions()
        assert versions.pop("Postponed Opera") == 2
        assert set(versions.values()) == {1}

        with report.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 10 + 8 + 11
        bad = [row for row in rows if row["outcome"] == "rejected"]
        assert all(row["line"].isdigit() and row["problem"] and not row["show_id"] for row in bad)
        assert len([row for row in rows if row["show_id"]]) == 8

        assert await market.run(*files) == 1
        assert await market.counts() == loaded
        async with market.catalog.database.connection() as connection:
            starts = await connection.fetchval("select starts_at from shows where title like '%comes twice'")
        assert starts == datetime(YEAR, 10, last_sunday(10), 0, 30, tzinfo=UTC)


async def test_a_changed_record_makes_exactly_one_new_version(start: StartService, tmp_path: Path) -> None:
    async with importing(start, tmp_path) as market:
        (file, *_) = samples(tmp_path)
        await market.run(file)
        before, counted = await market.versions(), await market.counts()
        text = file.read_text()
        file.write_text(text.replace('"name": "夜の喜劇 🎭"', '"name": "夜の喜劇 🎭🎭"').replace("LT-007", "LT-700"))
        await market.run(file, dry_run=True)
        assert await market.versions() == before
        await market.run(file)
        after, recounted = await market.versions(), await market.counts()
        assert after.pop("夜の喜劇 🎭🎭") == before.pop("夜の喜劇 🎭") + 1
        assert after == before  # a record that is gone leaves its show alone, and LT-700 is a second show
        assert recounted["shows"] == counted["shows"] + 1
        changed = [event.title for event in await market.catalog.published(ShowChanged)]
        assert changed.count("夜の喜劇 🎭🎭") == 1


async def test_an_import_that_is_repeated_halfway_goes_on(
    start: StartService, tmp_path: Path, monkeypatch: Any
) -> None:
    async with importing(start, tmp_path) as market:
        monkeypatch.setattr("fairseat_local.importing.command.BATCH_RECORDS", 1)
        files = samples(tmp_path)
        answers, ask = 0, sending.Marketplace._once

        async def lose_answers(self: sending.Marketplace, *request: Any) -> Any:
            nonlocal answers
            answer = await ask(self, *request)
            answers += 1
            if answers % 3 == 0:  # what was asked has been done, but nobody hears of it
                raise ConnectionResetError
            return answer

        monkeypatch.setattr(sending, "PAUSE_FIRST_S", 0.001)
        monkeypatch.setattr(sending.Marketplace, "_once", lose_answers)
        assert await market.run(*files) == 1
        assert "8" in market.said
        assert (await market.counts())["shows"] == 8
        told = market.said.splitlines()[-2].split("│")
        assert [cell.strip() for cell in told[2:5]] == ["8", "0", "2"], market.said


async def test_what_stops_an_import_is_said(start: StartService, tmp_path: Path, monkeypatch: Any) -> None:
    async with importing(start, tmp_path) as market:
        (file, *_) = samples(tmp_path)
        wrong = ImportOptions(files=[file], url=market.url, credentials=lambda: (EMAIL, "not the password"))
        with pytest.raises(ImportStopped, match=f"Signing in as {EMAIL} failed"):
            await import_files(wrong, Console(file=io.StringIO()))
        monkeypatch.setattr(sending, "PAUSE_FIRST_S", 0.001)
        monkeypatch.setattr(sending, "TRIES_MAX", 2)
        with pytest.raises(ImportStopped, match="cannot be reached"):
            await import_files(replace(wrong, url="http://127.0.0.1:9"), Console(file=io.StringIO()))
        for url in ("localhost:8000", "ftp://localhost", "http://user:secret@localhost", "http://"):
            with pytest.raises(ImportStopped, match="is no address"):
                await import_files(replace(wrong, url=url), Console(file=io.StringIO()))
        with pytest.raises(ImportStopped, match="is no time zone"):
            await market.run(file, timezone="Mars/Olympus")
        with pytest.raises(ImportStopped, match="cannot be written"):
            await market.run(file, report=tmp_path / "nowhere" / "report.csv")
        with pytest.raises(ImportStopped, match=r"refused the records: .*source"):
            await market.run(file, source="Not A Name")
        assert (await market.counts())["shows"] == 0


async def test_exit_codes(start: StartService, tmp_path: Path) -> None:
    async with importing(start, tmp_path) as market:
        (file, *_) = samples(tmp_path)
        text = file.read_text()
        good, nothing = tmp_path / "good.json", tmp_path / "nothing.json"
        start_at, end_at = text.index('{\n        "name": "夜'), text.index(',\n      {\n        "name": "Date to')
        good.write_text(text[start_at:end_at])
        nothing.write_text("[]")
        assert await market.run(good) == 0
        assert await market.run(good, nothing) == 0
        assert await market.run(good, tmp_path / "missing.json") == 1
        assert "missing.json: cannot be read: no such file or directory" in market.said
        assert await market.run(tmp_path / "missing.json") == 2
        assert await market.run(good, format="ics") == 2


async def test_a_report_cannot_command_terminals_or_spreadsheets(start: StartService, tmp_path: Path) -> None:
    async with importing(start, tmp_path) as market:
        file, report = tmp_path / "evil.json", tmp_path / "report.csv"
        file.write_text('[{"id": "=1+1", "name": "\\u001b[2J[red]x[/red]"}]')
        assert await market.run(file, report=report) == 1
        assert "\x1b" not in market.said
        assert "[red]x[/red]" in market.said
        assert ",'=1+1," in report.read_text()


def test_the_command_speaks_to_people(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    (tmp_path / "bad.json").write_text('[{"id": "a"}]')
    monkeypatch.setenv("FAIRSEAT_EMAIL", "")
    for arguments, code, words in (
        (["import", str(tmp_path / "bad.json")], 1, "bad.json:1: has no title"),
        (["import", str(tmp_path / "none.json")], 2, "none.json: cannot be read"),
        (["import", str(tmp_path / "bad.json"), "--report", str(tmp_path)], 2, "cannot be written"),
    ):
        with pytest.raises(SystemExit) as ended:
            cli.app(arguments)
        assert ended.value.code == code
        said = capsys.readouterr()
        assert words in (said.out + said.err).replace("\n", "")


def test_a_terminal_that_knows_few_characters_is_told_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('[{"id": "a", "name": "夜の喜劇"}]')
    command = [sys.executable, "-m", "fairseat_local.cli", "import", str(tmp_path / "bad.json")]
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "bad.json:1: has no start (??????)" in done.stdout
