"""One server as a child process: started, watched, stopped, and never left behind.

The base of the private PostgreSQL, the private NATS and every process of a local run. A process is bound to the
thread that launched it (see `bound_exec`), so launch from a thread that lives as long as the server should, in
general the main thread.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from fairseat_common.testing import bound_exec

LOG_BYTES_MAX = 8 * 1024 * 1024
LOG_TAIL_LINES = 12
POLL_S = 0.02
READY_MAX_S = 30.0
STOP_MAX_S = 10.0
PORT_FIRST, PORT_LAST = 20_000, 32_000
PORT_ATTEMPTS_MAX = 200
RESERVED_S = 600.0


class ServerFailedError(RuntimeError):
    """A server ended, or was not ready in time; the message ends with the last lines of its log."""


_given: set[int] = set()


def free_port() -> int:
    """A free TCP port on 127.0.0.1, never the same twice in a process, nor soon after in another of the same user.

    It is taken from below the range that systems use for outgoing connections: a server that is restarted on its
    port then never finds it occupied by a client that was trying to reach it.
    """
    chooser = random.SystemRandom()
    for _ in range(PORT_ATTEMPTS_MAX):
        port = chooser.randint(PORT_FIRST, PORT_LAST)
        if port not in _given and port_is_free(port) and _reserve(port):
            _given.add(port)
            return port
    raise ServerFailedError(f"no free port between {PORT_FIRST} and {PORT_LAST}")


def _reserve(port: int) -> bool:
    """Keep other processes from being given a port that is not listened on yet."""
    folder = Path(tempfile.gettempdir()) / f"fairseat-ports-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        mark = folder / str(port)
        with contextlib.suppress(FileNotFoundError):
            if time.time() - mark.stat().st_mtime > RESERVED_S:
                mark.unlink()
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return False
    # Where nothing can be marked, the choice is still one of thousands.
    return True


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts_connections(port: int) -> bool:
    """Whether something listens on 127.0.0.1:`port`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def command_line(pid: int) -> str:
    """The command line of a living process, or "" if there is none that may be seen."""
    with contextlib.suppress(OSError):
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        return raw.replace(b"\0", b" ").decode(errors="replace")
    if Path("/proc/self").exists():
        return ""
    ask = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()


def end_leftover(pid: int, marker: str, first_signal: signal.Signals = signal.SIGTERM) -> bool:
    """End a process of an earlier run if it is really ours: its command line names `marker` (a data directory).

    Returns whether there was one. It is asked first and killed after `STOP_MAX_S`.
    """
    if pid <= 1 or marker not in command_line(pid):
        return False
    deadline = time.monotonic() + STOP_MAX_S
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, first_signal)
        while marker in command_line(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_S)
    return True


class Child(Protocol):
    """The part of `subprocess.Popen` that is used here."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal."""

    def kill(self) -> None:
        """End it without asking."""


class ServerProcess:
    """A child process with a log file and a notion of being ready; subclasses say what runs and how ready shows."""

    name = "server"
    stop_signal = signal.SIGTERM
    death_signal = signal.SIGTERM
    ready_max_s = READY_MAX_S
    stop_max_s = STOP_MAX_S

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: Child | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server; 0 if it was never launched."""
        return self._process.pid if self._process else 0

    def command(self) -> Sequence[str | Path]:
        """The program, as an absolute path, and its arguments."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """The environment of the process."""
        return os.environ

    def account(self) -> str:
        """The `UID:GID` to run as, or "-" for the present account."""
        return "-"

    def prepare(self) -> None:
        """What must be in place before a launch: directories, configuration, no leftover of an earlier run."""

    def is_ready(self) -> bool:
        """Whether the launched server answers now; called often, so it must be quick."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start the process and return at once."""
        self.prepare()
        self.start_process()

    def start_process(self, stdin: int = subprocess.DEVNULL, descriptors: Sequence[int] = ()) -> None:
        """Start what `command` says as a new process with its output in the log; it has `descriptors` as well."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        too_long = self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX
        bound = [
            sys.executable,
            "-I",
            "-S",
            bound_exec.__file__,
            os.getpid(),
            int(self.death_signal),
            self.account(),
        ]
        with self.log.open("wb" if too_long else "ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in (*bound, *self.command())],
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environment()),
                cwd="/",
                pass_fds=tuple(descriptors),
                # A Ctrl-C in the terminal reaches the launcher only, which then stops everything in order.
                start_new_session=True,
            )

    def poll(self) -> int | None:
        """The exit code of the launched process, negative for a signal; None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Launch and block until ready. Raises ServerFailedError."""
        self.launch()
        deadline = time.monotonic() + self.ready_max_s
        while not self.is_ready():
            self.go_on(deadline)
            time.sleep(POLL_S)

    def go_on(self, deadline: float) -> None:
        """Launch again what ended for a passing reason; raise ServerFailedError for any other, or past `deadline`."""
        try:
            self.raise_if_over(deadline)
        except ServerFailedError as failure:
            if time.monotonic() > deadline or not self.is_passing(str(failure)):
                raise
            self.launch()

    def is_passing(self, failure: str) -> bool:  # noqa: ARG002 (for those who know better)
        """Whether a failure to start will pass by itself in a moment."""
        return False

    def raise_if_over(self, deadline: float) -> None:
        """Raise ServerFailedError if the process has ended or the monotonic `deadline` has passed."""
        code = self.poll()
        if code is None and time.monotonic() < deadline:
            return
        happened = f"ended with code {code}" if code is not None else f"was not ready in {self.ready_max_s:.0f} s"
        self.kill()
        raise ServerFailedError(f"{self.name} {happened}; the end of {self.log}:\n{self.log_tail()}")

    def log_tail(self) -> str:
        """The last lines of the log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])

    def terminate(self) -> None:
        """Ask the process to stop and return at once."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """End the process without asking."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Ask the process to stop, wait for it, and kill it if it takes longer than `stop_max_s`."""
        if not self._process:
            return
        self.terminate()
        try:
            self._process.wait(self.stop_max_s)
        except subprocess.TimeoutExpired:
            self.kill()
