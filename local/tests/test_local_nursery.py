"""Processes by fork: they are the launcher's own, come back at once, and do not need the nursery once they live."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fairseat_common.testing.server_process import free_port
from fairseat_common.testing.waiting import eventually
from fairseat_local.environment import environments
from fairseat_local.nursery import Born, Nursery, reap_strangers
from fairseat_local.plan import Plan, Running
from fairseat_local.processes import GATEWAY, PythonProcess
from fairseat_local.supervisor import Supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes start in the ordinary way")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def nursery(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nursery]:
    folder = tmp_path_factory.mktemp("nursery")
    made = Nursery(folder, folder / "nursery.log")
    made.start()
    yield made
    made.stop()


def gateway_process(folder: Path, nursery: Nursery) -> PythonProcess:
    plan = Plan.make({}, free_port(), folder, processes=True)
    told = environments(plan, {}, "nats://nowhere")
    Running(plan.port, plan.base_url, "", "", "", plan.url("mail"), "", plan.ports, told).write(folder)
    arguments = ["--data-dir", folder]
    process = PythonProcess(GATEWAY, plan.port, "fairseat_local.gateway", arguments, log=folder / "gateway.log")
    process.nursery = nursery
    return process


def parent_of(pid: int) -> int:
    """The parent's process id; 0 if there is no such process, not even an ended one."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return 0


def orphan_pid() -> int:
    """A process whose parent has ended."""
    script = "import os; born = os.fork(); print(born or '', end='', flush=True)"
    return int(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)


async def test_born_process_is_ours_and_comes_back(nursery: Nursery, tmp_path: Path) -> None:
    process = gateway_process(tmp_path, nursery)
    supervisor = Supervisor(lambda: None, print)
    await supervisor.start([process])
    assert isinstance(process._process, Born)
    assert parent_of(process.pid) == os.getpid()
    process.kill()
    assert process.poll() == -signal.SIGKILL
    process.start()
    await supervisor.stop()
    assert process.poll() == 0


async def test_without_a_nursery_a_process_starts_in_the_ordinary_way(tmp_path: Path) -> None:
    nursery = Nursery(tmp_path, tmp_path / "nursery.log")
    process = gateway_process(tmp_path, nursery)
    process.start()
    assert not isinstance(process._process, Born)
    process.stop()


async def test_death_of_the_nursery_harms_nobody(tmp_path: Path) -> None:
    nursery = Nursery(tmp_path, tmp_path / "nursery.log")
    nursery.start()
    process = gateway_process(tmp_path, nursery)
    process.start()
    nursery.kill()
    assert process.is_ready()
    process.kill()
    process.start()
    assert not isinstance(process._process, Born)
    process.stop()


async def test_process_that_fails_says_so_in_its_log(nursery: Nursery, tmp_path: Path) -> None:
    born = nursery.give_birth("fairseat_local.gateway", ["--data-dir", tmp_path / "nowhere"], tmp_path / "log")
    assert born is not None
    assert born.wait(10) == 1
    assert "NotRunningError" in (tmp_path / "log").read_text()


async def test_orphans_that_come_to_us_are_let_go(nursery: Nursery) -> None:
    """The nursery has made this process one that orphans come to."""
    orphan = orphan_pid()

    async def is_gone() -> bool:
        reap_strangers(set())
        return parent_of(orphan) == 0

    await eventually(is_gone)
