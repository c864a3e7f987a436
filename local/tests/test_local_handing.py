"""The launcher keeps the sockets of its processes: between one process and the next nobody is refused."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fairseat_common.testing.server_process import accepts_connections, free_port
from fairseat_common.testing.waiting import eventually
from fairseat_local.environment import environments
from fairseat_local.listening import public_sockets
from fairseat_local.nursery import Nursery
from fairseat_local.plan import Plan, Running
from fairseat_local.processes import GATEWAY, PythonProcess

WAYS = ["born", "started"] if sys.platform == "linux" else ["started"]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[PythonProcess]:
    """A gateway in front of nobody, which says 404 to what is private."""
    plan = Plan.make({}, free_port(), tmp_path, processes=True)
    told = environments(plan, {}, "nats://nowhere")
    Running(plan.port, plan.base_url, "", "", "", plan.url("mail"), "", plan.ports, told).write(tmp_path)
    log = tmp_path / "gateway.log"
    made = PythonProcess(GATEWAY, plan.port, "fairseat_local.gateway", ["--data-dir", tmp_path], log=log)
    made.sockets = public_sockets(plan.port)
    yield made
    made.stop()


@pytest.mark.parametrize("way", WAYS)
async def test_who_comes_between_two_processes_is_served_by_the_second(
    process: PythonProcess, tmp_path: Path, way: str
) -> None:
    nursery = Nursery(tmp_path, tmp_path / "nursery.log") if way == "born" else None
    if nursery:
        nursery.start()
        process.nursery = nursery
    # Before the first one is up nobody waits: nothing listens yet.
    assert not accepts_connections(process.port)
    process.start()
    process.kill()
    async with httpx.AsyncClient(timeout=60) as client:
        asking = asyncio.create_task(client.get(f"{process.url}/metrics"))
        await eventually(lambda: connected(process.port))
        assert not asking.done()
        process.launch()
        assert (await asking).status_code == 404
    # Who asks it to stop means for good.
    process.stop()
    assert not accepts_connections(process.port)
    if nursery:
        nursery.stop()


async def connected(port: int) -> bool:
    return await asyncio.to_thread(accepts_connections, port)
