"""A whole running Fairseat for tests: started as people start it, looked at only from outside."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from fairseat_common.ids import new_id
from fairseat_common.testing.running import TLS
from fairseat_common.testing.server_process import free_port
from fairseat_common.testing.waiting import eventually
from fairseat_local import process_table
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.plan import Running
from fairseat_local.settling import settled
from fairseat_local.testing_copies import copy_data

READY_MAX_S = 240
STOP_MAX_S = 30
POLL_S = 0.05
LINK = re.compile(r"[?&]token=(\S+)")
"""The token of a letter's link."""
ORGANISER = {"email": "organiser@fairseat.example", "password": "fairseat demo 1"}


class Apart(NamedTuple):
    """Seats of a show that nobody else knows of: the show as the API tells it, and seats of one row."""

    show: dict[str, Any]
    section: str
    row: str
    seats: list[str]


@dataclass
class WholeSystem:
    """`fairseat up` with a data directory and a port of its own."""

    data_dir: Path
    processes: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    like: Path | None = None
    """The data directory of a stopped system: the first start goes on from a copy of it."""
    port: int = 0
    launcher: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://localhost:{self.port}"

    @property
    def running(self) -> Running:
        """What the run tells other commands: addresses and settings."""
        return Running.read(self.data_dir)

    @property
    def output(self) -> str:
        """What the launcher has printed so far."""
        return (self.data_dir / "up.log").read_text()

    def start(self) -> None:
        """Start, and return once `ready:` was printed; raises AssertionError with the output otherwise."""
        if self.like is not None and not self.data_dir.exists():
            copy_data(self.like, self.data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        # Two systems and their crashes share one disk, which must not decide who is in time.
        environ = {
            **os.environ,
            "POSTGRES_SYNC": "off",
            "DEMO_SHOWS": "12",
            **self.settings,
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
        }
        if self.processes:
            environ["PROCESSES"] = "1"
        log = self.data_dir / "up.log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "fairseat_local.cli", "up", "--with-parent"]
            self.launcher = subprocess.Popen(
                command, env=environ, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )
        deadline = time.monotonic() + READY_MAX_S
        while f"ready: {self.url}" not in self.output:
            assert self.launcher.poll() is None, f"it did not start:\n{self.output}"
            assert time.monotonic() < deadline, f"it is not ready:\n{self.output}"
            time.sleep(POLL_S)

    def settle(self) -> None:
        """Return once all services have heard all events."""
        urls = [self.running.environments["web"][f"{name.upper()}_URL"] for name in WITH_DATABASE]
        # In a thread, since the tests' own event loop is this one's.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, settled(urls, self.running.nats_url)).result()

    @property
    def is_up(self) -> bool:
        """Whether it was started and has not ended."""
        return self.launcher is not None and self.launcher.poll() is None

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self.launcher is not None and self.is_up:
            self.launcher.send_signal(signal.SIGINT)
            self.launcher.wait(STOP_MAX_S)

    def pids(self) -> dict[str, int]:
        """The process id of each part, by name."""
        return {name: int(row["pid"]) for name, row in process_table.read(self.data_dir).items()}

    def kill_everything(self) -> None:
        """kill -9 of every process at once, the launcher first, so that nothing is started again."""
        pids = self.pids()
        assert self.launcher is not None
        self.launcher.kill()
        self.launcher.wait(STOP_MAX_S)
        for pid in dict.fromkeys(pids.values()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def check(self) -> subprocess.CompletedProcess[str]:
        """`fairseat check` over this system."""
        environ = {**os.environ, "DATA_DIR": str(self.data_dir)}
        command = [sys.executable, "-m", "fairseat_local.cli", "check"]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)

    def client(self) -> httpx.AsyncClient:
        """A signed-out client of the public address."""
        return httpx.AsyncClient(base_url=self.url, timeout=30, verify=TLS)

    async def mails(self, to: str) -> list[dict[str, Any]]:
        """The mails that were sent to an address, newest first."""
        async with self.client() as client:
            answer = await client.get("/dev/mail.json", params={"to": to})
        mails: list[dict[str, Any]] = answer.json()
        return [mail for mail in mails if to in mail["to"]]

    async def letter(self, to: str, subject: str) -> dict[str, Any]:
        """The newest mail to an address whose subject begins so, once it is there."""

        async def look() -> dict[str, Any] | None:
            return next((mail for mail in await self.mails(to) if mail["subject"].startswith(subject)), None)

        return await eventually(look, 30)

    async def verify(self, email: str) -> None:
        """Follow the link of the letter that verifies an address, and return once all services have heard of it."""
        token = LINK.search((await self.letter(email, "Confirm your e-mail address"))["text"])
        assert token, "the letter has a link"
        async with self.client() as client:
            answer = await client.post("/api/users/verification/confirm", json={"token": token[1]})
        assert answer.status_code == 200, answer.text
        await asyncio.to_thread(self.settle)

    async def announce(self, seats: int, starts_in: timedelta = timedelta(days=40)) -> Apart:
        """A new show of the demo's organiser in one of the demo's houses, once all services know of it."""
        async with self.client() as organiser:
            assert (await organiser.post("/api/users/signin", json=ORGANISER)).status_code == 200
            for line in (await organiser.get("/api/venues", params={"limit": 50})).json()["items"]:
                venue = (await organiser.get(f"/api/venues/{line['id']}")).json()
                for section in venue["chart"]["sections"]:
                    if section["rows"] and len(section["rows"][0]["seats"]) >= seats:
                        row = section["rows"][0]
                        show = await self._announced(organiser, venue["id"], starts_in)
                        return Apart(show, section["name"], row["name"], row["seats"][:seats])
        raise AssertionError(f"no house has {seats} seats in a row")

    async def _announced(self, organiser: httpx.AsyncClient, venue_id: str, starts_in: timedelta) -> dict[str, Any]:
        starts_at = (datetime.now(UTC) + starts_in).replace(second=0, microsecond=0).isoformat()
        body = {"title": f"Lantern Night {new_id().hex[-8:]}", "category": "concert", "venue_id": venue_id}
        answer = await organiser.post("/api/shows", json={**body, "starts_at": starts_at})
        assert answer.status_code == 201, answer.text
        show: dict[str, Any] = answer.json()

        await self.hears(organiser, show)
        return show

    async def hears(self, client: httpx.AsyncClient, show: dict[str, Any]) -> None:
        """Return once seats can be listed for a new show; `client` is signed in."""

        async def heard() -> bool:
            # Whoever does not know the show refuses the offer for that reason, and for its missing seats otherwise.
            price = {"amount": 1000, "currency": show["currency"]}
            offer = {"show_id": show["id"], "section": "-", "unit_price": price, "quantity": 1}
            return (await client.post("/api/listings", json=offer)).status_code == 422

        await eventually(heard, 30)
