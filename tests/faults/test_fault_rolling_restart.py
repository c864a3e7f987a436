"""Each service is asked to stop and started again under load, one after the other, and no request fails."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from fairseat_common.testing.running import TLS
from fairseat_common.testing.trading import Trader
from fairseat_common.testing.waiting import eventually
from fairseat_local.routes import SERVICES
from fairseat_local.testing import WholeSystem

BUYERS = 2
READERS = 1
SEATS = 20
CATCH_UP_S = 60.0
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, few_shows: Path) -> Iterator[WholeSystem]:
    """Every service a process, which goes on serving for longer than clients keep idle connections."""
    settings = {"DRAIN_SECONDS": "2", "TICKETS_MAX": "1000"}
    running = WholeSystem(tmp_path_factory.mktemp("rolling") / "data", True, settings, few_shows)
    running.start()
    yield running
    running.stop()


class Noting(httpx.AsyncHTTPTransport):
    """Asks each request once, and notes what came of it: no answer, and every answer with 5xx, is a failure."""

    def __init__(self, load: Load) -> None:
        super().__init__(verify=TLS)
        self._load = load

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._load.requests += 1
        what = f"{request.method} {request.url.path}"
        try:
            answer = await super().handle_async_request(request)
            if answer.status_code >= 500:
                self._load.failures.append(f"{what}: {answer.status_code} {(await answer.aread())!r}")
        except httpx.TransportError as error:
            self._load.failures.append(f"{what}: {error!r}")
            raise
        return answer


@dataclass
class Load:
    """What people do meanwhile, and what came of it."""

    system: WholeSystem
    requests: int = 0
    failures: list[str] = field(default_factory=list)
    bought: list[tuple[Trader, dict[str, Any]]] = field(default_factory=list)
    streams: int = 0

    async def person(self) -> Trader:
        """Somebody with an account."""
        client = httpx.AsyncClient(base_url=self.system.url, timeout=30, transport=Noting(self))
        trader = Trader(client)
        await trader.sign_up()
        return trader

    async def read(self, reader: Trader, show_id: str) -> None:
        """Look at pages and at what the API says, for ever."""
        while True:
            for path in ("/", f"/shows/{show_id}", f"/api/shows/{show_id}", "/api/users/me", "/orders", "/tickets"):
                assert (await reader.client.get(path)).status_code == 200, path

    async def follow(self, reader: Trader, show_id: str) -> None:
        """Keep a live page open; what ends in order is opened again."""
        while True:
            async with reader.client.stream("GET", f"/shows/{show_id}/events") as answer:
                assert answer.status_code == 200
                async for _ in answer.aiter_bytes():
                    pass
            self.streams += 1

    async def buy(self, buyer: Trader, seller: Trader) -> None:
        """Hold, pay, and see the ticket, for ever; each request has its own idempotency key, and is sent once."""
        for number in itertools.count():
            if number % SEATS == 0:
                listing = await seller.list_seats(SEATS)
            order = await buyer.held(listing, wait_s=CATCH_UP_S)
            await eventually(lambda order=order: buyer.paid(order), wait_s=CATCH_UP_S)  # type: ignore[misc]
            await eventually(lambda order=order: buyer.has_ticket(order), wait_s=CATCH_UP_S)  # type: ignore[misc]
            self.bought.append((buyer, order))


async def test_no_request_fails_while_each_service_is_started_again(system: WholeSystem) -> None:
    load = Load(system)
    people = [await load.person() for _ in range(1 + BUYERS + READERS)]
    seller, *others = people
    show_id = (await seller.list_seats(1))["show_id"]
    tasks = [asyncio.create_task(load.buy(buyer, seller)) for buyer in others[:BUYERS]]
    tasks += [asyncio.create_task(load.read(reader, show_id)) for reader in others[BUYERS:]]
    tasks.append(asyncio.create_task(load.follow(seller, show_id)))
    try:
        for name in SERVICES:
            before = len(load.bought)
            await restart(system, name)
            await eventually(lambda before=before: is_over_or_more(load, before, tasks), wait_s=CATCH_UP_S)  # type: ignore[misc]
            if load.failures or any(task.done() for task in tasks):
                break
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert load.failures == []
    assert [each for each in ended if not isinstance(each, asyncio.CancelledError)] == []
    assert load.requests > 200
    assert load.streams >= 1, "no live page was ended in order"
    for buyer, order in load.bought:
        await eventually(lambda pair=(buyer, order): pair[0].charged(pair[1]), wait_s=CATCH_UP_S)  # type: ignore[misc]
    await asyncio.to_thread(system.settle)
    checked = await asyncio.to_thread(system.check)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for person in people:
        await person.client.aclose()


async def is_over_or_more(load: Load, before: int, tasks: list[asyncio.Task[None]]) -> bool:
    """Whether somebody has bought since, or nobody goes on."""
    return len(load.bought) > before or bool(load.failures) or any(task.done() for task in tasks)


async def restart(system: WholeSystem, name: str) -> None:
    """Ask one service to stop, as a cluster does; return when its successor is ready."""
    old = system.pids()[name]
    os.kill(old, signal.SIGTERM)
    url = f"http://127.0.0.1:{system.running.ports[name]}/readyz"

    async def is_new_and_ready() -> bool:
        if system.pids()[name] == old:
            return False
        async with httpx.AsyncClient(timeout=30, verify=TLS) as client:
            with suppress(httpx.TransportError):
                return (await client.get(url)).status_code == 200
        return False

    await eventually(is_new_and_ready, wait_s=CATCH_UP_S)
