"""Processes that die come back on the same port; stopping stops all; a launcher's death ends its processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.server_process import ServerFailedError, command_line, end_leftover, free_port
from fairseat_common.testing.waiting import eventually
from fairseat_local import process_table
from fairseat_local.plan import RESTART_PAUSE_MAX_S
from fairseat_local.processes import PythonProcess
from fairseat_local.run_lock import AlreadyRunningError, RunLock
from fairseat_local.supervisor import Supervisor


def web_server(folder: Path, name: str = "files") -> PythonProcess:
    """A process with a readable answer: the standard library's file server."""
    port = free_port()
    arguments = [port, "--bind", "127.0.0.1", "--directory", folder]
    return PythonProcess(name, port, "http.server", arguments, log=folder / f"{name}.log", ready_path="/")


class Watching:
    """A supervisor at work, and what it said."""

    def __init__(self, pause_max_s: float = RESTART_PAUSE_MAX_S) -> None:
        self.said: list[str] = []
        self.changes = 0
        self.supervisor = Supervisor(self._changed, self.said.append, pause_max_s)
        self.task = asyncio.create_task(self.supervisor.watch())

    def _changed(self) -> None:
        self.changes += 1


@pytest_asyncio.fixture(loop_scope="session")
async def watching() -> AsyncIterator[Watching]:
    made = Watching()
    yield made
    made.task.cancel()
    await made.supervisor.stop()


async def test_killed_process_is_started_again_on_its_port(watching: Watching, tmp_path: Path) -> None:
    process = web_server(tmp_path)
    await watching.supervisor.start([process])
    first = process.pid
    os.kill(first, signal.SIGKILL)

    async def answers_again() -> bool:
        return process.pid != first and process.is_ready()

    await eventually(answers_again)
    assert watching.said == ["files ended (signal 9); it is started again."]
    assert watching.changes == 2


async def test_process_that_keeps_dying_is_started_less_and_less_often(watching: Watching, tmp_path: Path) -> None:
    process = web_server(tmp_path)
    await watching.supervisor.start([process])
    pauses = [await killed(process) for _ in range(3)]
    assert pauses[2] > pauses[0]


async def test_the_pause_of_who_keeps_dying_has_a_limit(tmp_path: Path) -> None:
    watching = Watching(pause_max_s=0.0)
    process = web_server(tmp_path)
    await watching.supervisor.start([process])
    pauses = [await killed(process) for _ in range(5)]
    assert max(pauses[1:]) < 1.0, "0.1 + 0.2 + 0.4 + 0.8 + 1.6 s without a limit"
    watching.task.cancel()
    await watching.supervisor.stop()


async def killed(process: PythonProcess) -> float:
    """How many seconds it took until a killed process was launched again."""
    began, victim = asyncio.get_running_loop().time(), process.pid
    os.kill(victim, signal.SIGKILL)

    async def is_new() -> bool:
        return process.pid != victim

    await eventually(is_new)
    return asyncio.get_running_loop().time() - began


async def test_process_that_does_not_start_says_why(watching: Watching, tmp_path: Path) -> None:
    process = PythonProcess("broken", 1, "no_such_module", [], log=tmp_path / "broken.log")
    with pytest.raises(ServerFailedError, match="No module named no_such_module"):
        await watching.supervisor.start([process])


async def test_stop_ends_everything(watching: Watching, tmp_path: Path) -> None:
    processes = [web_server(tmp_path, "one"), web_server(tmp_path, "two")]
    await watching.supervisor.start(processes)
    await watching.supervisor.stop()
    assert all(process.poll() is not None for process in processes)


def launcher_of_nats(data: Path) -> tuple[subprocess.Popen[str], int]:
    """A launcher with one server, and the server's process id."""
    script = (
        "import sys, time; from pathlib import Path\n"
        "from fairseat_common.testing.nats_server import NatsServer\n"
        "server = NatsServer(Path(sys.argv[1])); server.start(); print(server.pid, flush=True); time.sleep(60)\n"
    )
    launcher = subprocess.Popen([sys.executable, "-c", script, str(data)], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout
    return launcher, int(launcher.stdout.readline())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process that its parent died")
async def test_processes_end_with_a_launcher_that_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "nats"
    launcher, pid = launcher_of_nats(data)
    assert str(data.resolve()) in command_line(pid)
    launcher.kill()
    launcher.wait()

    async def is_gone() -> bool:
        return not command_line(pid)

    await eventually(is_gone)
    NatsServer(data).remove()


def test_leftovers_are_ended_and_strangers_are_not(tmp_path: Path) -> None:
    mine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path)])
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    table: process_table.Table = {
        "one": {"pid": mine.pid, "url": "http://one"},
        "two": {"pid": stranger.pid, "url": "http://two"},
    }
    process_table.write(tmp_path, table)
    assert process_table.end_leftovers(tmp_path) == 1
    assert mine.wait(5) == -signal.SIGTERM
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_no_process_is_taken_for_a_leftover_by_number_alone() -> None:
    assert not end_leftover(os.getpid(), "a path that is on no command line of ours")


def test_second_run_in_one_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairseat_local.run_lock.SURE_AFTER_S", 0.0)
    holder = RunLock(tmp_path, 8000)
    holder.acquire()
    with pytest.raises(AlreadyRunningError, match=rf"http://localhost:8000 \(process {os.getpid()}\)"):
        RunLock(tmp_path, 8001).acquire()
