"""The rehearsal of the worst day: a marketplace with trade in it loses its databases and its broker, and comes back.

`make rehearse` runs it and prints what each step took; a test runs the same.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairseat_common.testing.trading import Trader
from fairseat_common.testing.unprivileged import remove_folder
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

Say = Callable[[str], None]
OURS = ("databases.json", "secrets.json", "postgres.passwords.json", "environment.json")
"""The provider's journal and the mails that were sent are other people's: they outlive us."""


@dataclass
class Rehearsal:
    """One system that is lost and restored; `seconds` is how long each step took."""

    system: WholeSystem
    copy: Path
    say: Say
    seconds: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Raises AssertionError where something did not come back."""
        with self._step("start, and trade"):
            await asyncio.to_thread(self.system.start)
        async with self.system.client() as selling, self.system.client() as buying:
            seller, buyer = Trader(selling), Trader(buying)
            listing, order, ticket = await self._trade(seller, buyer)
            await asyncio.to_thread(self._lose_and_restore)
            with self._step("look at what came back"):
                await self._came_back(buyer, order, ticket)
                await self._goes_on(buyer, listing)
        await asyncio.to_thread(self._checked)

    async def _trade(self, seller: Trader, buyer: Trader) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        await seller.sign_up()
        await buyer.sign_up()
        listing = await seller.list_seats(4)
        order = await bought(buyer, listing)
        await buyer.held(listing)
        return listing, order, await _code(buyer, order)

    def _lose_and_restore(self) -> None:
        self.system.settle()
        with self._step("backup"):
            self._command("backup", str(self.copy))
        self.system.stop()
        for name in ("postgres", "nats", "keys"):
            remove_folder(self.system.data_dir / name)
        for name in OURS:
            (self.system.data_dir / name).unlink()
        with self._step("restore"):
            self._command("restore", str(self.copy))
        with self._step("start"):
            self.system.start()
        with self._step("rebuild the streams"):
            self._command("rebuild", "--anew")
            self.system.settle()

    async def _came_back(self, buyer: Trader, order: dict[str, Any], ticket: dict[str, Any]) -> None:
        """The session of before still holds, and so does the ticket under its old key."""
        assert (await buyer.client.get("/api/users/me")).status_code == 200, "people are still signed in"
        assert await buyer.charged(order)
        assert (await _code(buyer, order))["code"].split(".")[0] == ticket["code"].split(".")[0]

    async def _goes_on(self, buyer: Trader, listing: dict[str, Any]) -> None:
        await bought(buyer, listing)

    def _checked(self) -> None:
        with self._step("fairseat check"):
            self.system.settle()
            found = self.system.check()
            assert found.returncode == 0, found.stdout + found.stderr

    def _command(self, *words: str) -> None:
        environ = {**os.environ, "DATA_DIR": str(self.system.data_dir)}
        command = [sys.executable, "-m", "fairseat_local.cli", *words]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        for line in done.stdout.splitlines()[:1]:
            self.say(f"    {line}")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self.say(name)
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - began


async def bought(buyer: Trader, listing: dict[str, Any]) -> dict[str, Any]:
    """An order that is paid for, once its ticket is there."""
    order = await buyer.held(listing)
    await eventually(lambda: buyer.paid(order))
    await eventually(lambda: buyer.has_ticket(order))
    await eventually(lambda: buyer.charged(order))
    return order


async def _code(buyer: Trader, order: dict[str, Any]) -> dict[str, Any]:
    (ticket,) = await buyer.tickets(order)
    answer = await buyer.client.get(f"/api/tickets/{ticket['id']}/code")
    assert answer.status_code == 200, answer.text
    code: dict[str, Any] = answer.json()
    return code


def main() -> None:
    """Rehearse in a folder of its own, and say what each step took."""
    folder = Path(tempfile.mkdtemp(prefix="fairseat-rehearsal-"))
    system = WholeSystem(folder / "data")
    rehearsal = Rehearsal(system, folder / "backup", lambda line: print(line, flush=True))  # noqa: T201
    try:
        asyncio.run(rehearsal.run())
    finally:
        system.stop()
        for name in ("postgres", "nats"):
            remove_folder(system.data_dir / name)
        shutil.rmtree(folder, ignore_errors=True)
    for name, seconds in rehearsal.seconds.items():
        sys.stdout.write(f"{name:<26} {seconds:6.1f} s\n")


if __name__ == "__main__":
    main()
