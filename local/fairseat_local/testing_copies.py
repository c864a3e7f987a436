"""A system's first minute once for many: its data as it was when it had begun, copied for each that begins like it.

Making databases, bringing their tables up to date and loading the demo takes most of a system's start. Runs of the
same demo differ in nothing but their settings and ports until people come, and neither is part of the data.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from fairseat_common.testing.unprivileged import account_for, owned_folder

SERVERS = ("postgres", "nats")
"""Folders that belong to the account of a server, and may lie elsewhere behind a link."""
OF_ONE_RUN = shutil.ignore_patterns(
    *SERVERS, "logs", "up.log", "environment.json", "processes.json", "run.lock", "*.lock"
)
COMPLETE = "complete"


def begun(folder: Path, begin: Callable[[Path], None]) -> Path:
    """The data directory in `folder` of a system that has begun and was stopped; `begin` makes it at the first use.

    Workers that come meanwhile wait: it is made once, whoever asks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / COMPLETE).exists():
            shutil.rmtree(folder / "data", ignore_errors=True)
            begin(folder / "data")
            (folder / COMPLETE).touch()
    return folder / "data"


def copy_data(stopped: Path, data_dir: Path) -> None:
    """Copy all that a stopped system knows into a new data directory, each folder for the account that it is of."""
    shutil.copytree(stopped, data_dir, ignore=OF_ONE_RUN, dirs_exist_ok=True)
    for name in SERVERS:
        account = account_for(stopped / name)
        home = owned_folder(data_dir / name, account)
        shutil.copytree((stopped / name).resolve(), home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.pid"))
        if account is not None:
            for found in (home, *home.rglob("*")):
                os.chown(found, account.uid, account.gid)
