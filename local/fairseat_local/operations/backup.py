"""`fairseat backup` and `fairseat restore`: everything of a run that cannot be made again, at one moment.

All services' databases are on one server, whose log has one order: a base backup is the same moment in each of them,
so what one has said and another has heard belong together. The broker's store is not in it: outboxes have all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from fairseat_common.testing.postgres_server import PostgresServer, installation
from fairseat_common.testing.unprivileged import account_for, owned_folder, remove_folder
from fairseat_local.plan import Running
from fairseat_local.run_lock import RunLock

POSTGRES, BROKER, KEYS = "postgres", "nats", "keys"
FILES = ("databases.json", "secrets.json", "postgres.passwords.json")
"""Logins of the databases, and what was signed or sealed with."""
ABOUT = "backup.json"


class BackupError(RuntimeError):
    """It cannot be backed up or restored so; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a backup or a restore was."""

    made_at: str
    bytes: int
    seconds: float


def backup(data_dir: Path, folder: Path) -> Figures:
    """Copy a running system into a new folder, complete or not at all. Raises BackupError, NotRunningError."""
    running = Running.read(data_dir)
    if not (data_dir / POSTGRES).exists():
        raise BackupError("The databases are on somebody else's server: back them up there, all at one moment.")
    if folder.exists():
        raise BackupError(f"{folder} is there already: choose a new folder.")
    began, made_at = time.monotonic(), datetime.now(UTC)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    _postgres_copy(running.admin_url, partial / POSTGRES)
    for name in FILES:
        shutil.copy2(data_dir / name, partial / name)
    with suppress(FileNotFoundError):
        shutil.copytree(data_dir / KEYS, partial / KEYS)
    figures = Figures(made_at.isoformat(timespec="seconds"), _size(partial), round(time.monotonic() - began, 2))
    (partial / ABOUT).write_text(json.dumps(asdict(figures)))
    partial.rename(folder)
    return figures


def restore(folder: Path, data_dir: Path, replace: bool = False) -> Figures:
    """Put a backup in the place of a stopped system's data, and empty the broker, which may know of later things.

    With `replace` databases that are there go; without it they are in the way. Raises BackupError, AlreadyRunningError.
    """
    if not (folder / ABOUT).exists():
        raise BackupError(f"{folder} is no complete backup.")
    began = time.monotonic()
    if (data_dir / POSTGRES).exists() and not replace:
        raise BackupError(f"{data_dir} has databases already: say --replace if they may go.")
    _verify(folder / POSTGRES)
    data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    RunLock(data_dir, 0).acquire()
    for name in (POSTGRES, BROKER):
        remove_folder(data_dir / name)
    _postgres_put(folder / POSTGRES, data_dir / POSTGRES)
    for name in FILES:
        shutil.copy2(folder / name, data_dir / name)
    if (folder / KEYS).exists():
        shutil.rmtree(data_dir / KEYS, ignore_errors=True)
        shutil.copytree(folder / KEYS, data_dir / KEYS)
    about = json.loads((folder / ABOUT).read_text())
    return Figures(about["made_at"], about["bytes"], round(time.monotonic() - began, 2))


def _postgres_copy(admin_url: str, target: Path) -> None:
    how = ["--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256", "--no-password"]
    _run("pg_basebackup", f"--dbname={admin_url}", f"--pgdata={target}", *how)


def _verify(copied: Path) -> None:
    _run("pg_verifybackup", "--quiet", str(copied))


def _postgres_put(copied: Path, target: Path) -> None:
    account = account_for(target)
    home = owned_folder(target, account)
    shutil.copytree(copied, home, dirs_exist_ok=True)
    if account is not None:
        for found in (home, *home.rglob("*")):
            os.chown(found, account.uid, account.gid)


def _run(program: str, *arguments: str) -> None:
    path = installation(None) / "bin" / program
    done = subprocess.run([path, *arguments], env=_environ(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def _environ() -> Mapping[str, str]:
    return PostgresServer(Path("unused"), port=1).environment()


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
