"""Starts Python processes by fork, from one that has read all the code already (Linux only).

Reading the code of a service takes longer than everything else about starting it, so a run keeps a process that has
done it once: eight services start in the time of one, a service that was killed is back in a fraction of a second,
and all of them share the memory of the code. Who is born belongs to the launcher, not to the nursery: the launcher
is its parent, waits for it, and takes it along when it dies. Where there is no nursery (another system, or it is
itself being started), a process is started in the ordinary way.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

from fairseat_common.testing.bound_exec import bind_to_parent
from fairseat_common.testing.server_process import ServerProcess
from fairseat_local.routes import SERVICES

PR_SET_CHILD_SUBREAPER = 36
BIRTH_MAX_S = 5.0
ADOPTION_MAX_S = 2.0
POLL_S = 0.001
# One allocation arena per process is enough for one busy thread, and saves memory in each of them.
LEAN = {"MALLOC_ARENA_MAX": "2"}
REQUEST_BYTES_MAX = 64 * 1024
SOCKETS_MAX = 32
READY = b"ready\n"
MODULES = (*(f"{service}.main" for service in SERVICES), "fairseat_local.gateway", "fairseat_local.together")


class Nursery(ServerProcess):
    """The launcher's side: the process that forks, and the socket to ask it."""

    name = "nursery"
    ready_max_s = 120.0

    def __init__(self, data_dir: Path, log: Path) -> None:
        super().__init__(log)
        self._data_dir = data_dir
        self._line: socket.socket | None = None
        self._is_ready = False

    def command(self) -> Sequence[str | Path]:
        """This module as a program; its standard input is the socket."""
        return [sys.executable, "-P", "-m", "fairseat_local.nursery", "--data-dir", self._data_dir]

    def environment(self) -> Mapping[str, str]:
        """The surrounding environment, and less memory; everyone who is born here has the same."""
        return {**os.environ, **LEAN}

    def launch(self) -> None:
        """Start it; whoever is born by it becomes our child."""
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        ours, theirs = socket.socketpair()
        ours.settimeout(BIRTH_MAX_S)
        if self._line:
            self._line.close()
        self._line, self._is_ready = ours, False
        with theirs:
            self.start_process(stdin=theirs.fileno())

    def is_ready(self) -> bool:
        """Whether all code is read."""
        if self._line and not self._is_ready and select.select([self._line], [], [], 0)[0]:
            self._is_ready = self._line.recv(len(READY)) == READY
        return self._is_ready

    def give_birth(
        self, module: str, arguments: Sequence[object], log: Path, sockets: Sequence[int] = ()
    ) -> Born | None:
        """A process that runs `main(arguments)` of `module`; None if it cannot be had this way now.

        File descriptors of `sockets` are handed on, under numbers of its own that it is told as `--listen`.
        """
        if self._line is None or self.poll() is not None or not self.is_ready():
            return None
        request = {"module": module, "arguments": [str(each) for each in arguments], "log": str(log)}
        try:
            socket.send_fds(self._line, [json.dumps(request).encode()], sockets)
            return Born(int(self._line.recv(REQUEST_BYTES_MAX)))
        except (OSError, ValueError):
            self.kill()  # it is started again; until then processes start in the ordinary way
            return None


class Born:
    """A child that was not started by `subprocess`, with the part of its interface that we use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self._code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self._code = -signal.SIGKILL
            else:
                self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def send_signal(self, number: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without asking."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        deadline = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(POLL_S)
        return code


def reap_strangers(known: set[int]) -> None:
    """Take leave of ended processes that are our children only because their parent died: a database's workers."""
    if sys.platform != "linux":  # only there orphans come to us
        return
    with suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in known:  # whoever started it asks for it soon; strangers behind it are seen then
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def main() -> None:
    """Read all code, then fork on request until the launcher hangs up."""
    parser = argparse.ArgumentParser(prog="fairseat_local.nursery", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.parse_args()
    launcher = os.getppid()
    for module in MODULES:
        importlib.import_module(module)
    assert threading.active_count() == 1, "a thread would not survive the fork"
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, what all share
    line = socket.socket(fileno=0)
    line.sendall(READY)
    while True:
        said, sockets, _, _ = socket.recv_fds(line, REQUEST_BYTES_MAX, SOCKETS_MAX)
        if not said:
            return
        request = json.loads(said)
        if sockets:
            request["arguments"] += ["--listen", ",".join(map(str, sockets))]
        _fork(request, line, launcher)
        for each in sockets:
            os.close(each)


def _fork(request: dict[str, object], line: socket.socket, launcher: int) -> None:
    """Fork twice: the process between the two ends at once, and the launcher becomes the parent of the second."""
    told, tell = os.pipe()
    if between := os.fork():
        os.close(tell)
        born = os.read(told, 32)
        os.close(told)
        os.waitpid(between, 0)
        line.sendall(born)  # not before the process between has ended, and the launcher is the parent
        return
    if born_pid := os.fork():
        os.write(tell, str(born_pid).encode())
        os._exit(0)
    os.close(told)
    os.close(tell)
    code = 1
    try:
        code = _live(request, line, launcher)
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        os._exit(code)


def _live(request: dict[str, object], line: socket.socket, launcher: int) -> int:
    """The life of the process that was asked for; its exit code."""
    deadline = time.monotonic() + ADOPTION_MAX_S
    while os.getppid() != launcher and time.monotonic() < deadline:
        time.sleep(POLL_S)
    bind_to_parent(launcher, signal.SIGTERM)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(str(request["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    line.detach()
    for target, source in enumerate((nothing, log, log)):
        os.dup2(source, target)
    try:
        importlib.import_module(str(request["module"])).main(request["arguments"])
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    main()
