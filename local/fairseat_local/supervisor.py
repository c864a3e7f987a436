"""Starts processes, starts again the ones that die, and stops them in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fairseat_common.testing.server_process import ServerFailedError, ServerProcess
from fairseat_local.nursery import reap_strangers
from fairseat_local.plan import RESTART_PAUSE_MAX_S

WATCH_S = 0.1
READY_POLL_S = 0.03
PAUSE_FIRST_S = 0.1
STEADY_S = 20.0


@dataclass
class Watched:
    """A process and how it has been doing: the next pause grows with each early death."""

    process: ServerProcess
    pause_s: float = PAUSE_FIRST_S
    launched_at: float = 0.0
    restart_at: float = 0.0


class Supervisor:
    """Keeps processes alive. `changed` is called when a process id is new, `report` gets sentences for people.

    Launches happen in the thread that runs the loop, since a process ends with the thread that launched it.
    `pause_max_s` is the longest that a process which keeps dying is waited with.
    """

    def __init__(
        self, changed: Callable[[], None], report: Callable[[str], None], pause_max_s: float = RESTART_PAUSE_MAX_S
    ) -> None:
        self._groups: list[Sequence[ServerProcess]] = []
        self._watched: list[Watched] = []
        self._changed = changed
        self._report = report
        self._pause_max_s = pause_max_s
        self._stopping = False

    @property
    def processes(self) -> list[ServerProcess]:
        """All processes in the order in which they were started."""
        return [process for group in self._groups for process in group]

    async def start(self, processes: Sequence[ServerProcess]) -> None:
        """Launch together and wait until all are ready. Raises ServerFailedError if one is not."""
        self._groups.append(processes)
        for process in processes:
            process.launch()
        self._changed()
        await asyncio.gather(*(_ready(process) for process in processes))
        now = time.monotonic()
        self._watched += [Watched(process, launched_at=now) for process in processes]

    async def watch(self) -> None:
        """Start again what dies, until cancelled."""
        while True:
            for watched in self._watched:
                self._look_after(watched)
            reap_strangers({process.pid for process in self.processes})
            await asyncio.sleep(WATCH_S)

    def _look_after(self, watched: Watched) -> None:
        now = time.monotonic()
        code = watched.process.poll()
        if self._stopping or code is None:
            return
        if not watched.restart_at:
            if now - watched.launched_at > STEADY_S:
                watched.pause_s = PAUSE_FIRST_S
            watched.restart_at = now + watched.pause_s
            self._report(f"{watched.process.name} ended ({_said(code)}); it is started again.")
        if now >= watched.restart_at:
            self._relaunch(watched, now)

    def _relaunch(self, watched: Watched, now: float) -> None:
        watched.pause_s = min(watched.pause_s * 2, self._pause_max_s)
        watched.launched_at, watched.restart_at = now, 0.0
        try:
            watched.process.launch()
        except (OSError, ServerFailedError) as problem:
            watched.restart_at = now + watched.pause_s
            self._report(f"{watched.process.name} could not be started: {problem}")
        self._changed()

    async def stop(self) -> None:
        """Stop everything; what was started last goes first, and what was started together goes together."""
        self._stopping = True
        for group in reversed(self._groups):
            for process in group:
                process.terminate()
            await _gone(group)

    def kill(self) -> None:
        """End everything without asking."""
        self._stopping = True
        for process in self.processes:
            process.kill()


async def _gone(group: Sequence[ServerProcess]) -> None:
    """Wait until all have ended; who takes longer than its limit is killed."""
    asked_at = time.monotonic()
    while left := [process for process in group if process.pid and process.poll() is None]:
        for process in left:
            if time.monotonic() - asked_at > process.stop_max_s:
                process.kill()
        await asyncio.sleep(READY_POLL_S)


async def _ready(process: ServerProcess) -> None:
    deadline = time.monotonic() + process.ready_max_s
    while not await asyncio.to_thread(process.is_ready):
        process.go_on(deadline)
        await asyncio.sleep(READY_POLL_S)


def _said(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
