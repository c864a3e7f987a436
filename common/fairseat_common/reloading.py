"""Serve from a copy of the code, and start anew whenever the copy changes: for development inside a cluster.

Images carry code that nobody can change, on a file system that nobody can write to. So where `RELOAD` names a writable
folder, a parent process copies the service and the shared library there, runs the real server from the copy, and
watches it. Whoever develops copies changed files in (`skaffold dev` does), and the next answer comes from them.
Staging and production refuse to start so.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from fairseat_common.settings import SettingsError

SETTING = "RELOAD"
SHARED = "fairseat_common"
POLL_S = 0.3
STOP_MAX_S = 10.0
REFUSED = ("staging", "production")
NO_CODE = frozenset({"__pycache__", "built"})
"""What is made from the code while an image is built, and would be preferred to what was changed since."""

Seen = Mapping[str, tuple[int, int]]
"""When each file was changed last (nanoseconds), and its size in bytes."""


def folder_of(environ: Mapping[str, str]) -> Path | None:
    """The folder to serve from, or None where the code is served as it is. SettingsError where that is not allowed."""
    folder = environ.get(SETTING, "")
    if folder and environ.get("ENVIRONMENT", "local") in REFUSED:
        raise SettingsError(
            f"{SETTING} is for development and must not be set where ENVIRONMENT is staging or production"
        )
    return Path(folder) if folder else None


def serve_again(service: str, folder: Path, command: Sequence[str]) -> int:
    """Run `command` from a copy of the code in `folder` until a signal to stop; its exit status, 0 if that ended it.

    A command that ends by itself, e.g. because of a mistake in the code, waits for the next change.
    """
    _lay_out(service, folder)
    # Byte code of what has not changed is kept in the copy: else each start would compile all of it.
    environ = {name: value for name, value in os.environ.items() if name not in (SETTING, "PYTHONDONTWRITEBYTECODE")}
    environ["PYTHONPATH"] = str(folder)
    # Nobody else is there whom clients could ask meanwhile: to drain would only keep the old code.
    environ["DRAIN_SECONDS"] = "0"
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    seen = _look(folder)
    while True:
        running = subprocess.Popen(command, env=environ)
        seen = _until_changed(folder, seen, running, stopping)
        status = _stopped(running)
        if stopping.is_set():
            return 0 if status == -signal.SIGTERM else status
        _say(f"{service}: the code has changed, starting anew")


def _lay_out(service: str, folder: Path) -> None:
    """Copy the packages, and the migrations that lie beside a service's; what is there from before stays."""
    for name in (SHARED, service):
        found = importlib.util.find_spec(name)
        if found is None or not found.submodule_search_locations:
            raise SettingsError(f"there is no package {name!r} to serve")
        package = Path(found.submodule_search_locations[0])
        _copy(package, folder / name)
        if name == service:
            _copy(package.parent / "migrations", folder / "migrations")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir() and not target.exists():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*NO_CODE))


def _until_changed(folder: Path, seen: Seen, running: subprocess.Popen[bytes], stopping: threading.Event) -> Seen:
    """Return what is in the folder once that has changed and come to rest, or at a signal to stop."""
    said = False
    while not stopping.wait(POLL_S):
        now = _look(folder)
        if now != seen:
            # Files arrive one after the other: a server that begins between two of them would not know both.
            while not stopping.wait(POLL_S) and (later := _look(folder)) != now:
                now = later
            return now
        if running.poll() is not None and not said:
            _say(f"the server ended with status {running.returncode}, and is started again after the next change")
            said = True
    return seen


def _look(folder: Path) -> Seen:
    seen = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NO_CODE]
        for name in names:
            path = os.path.join(place, name)
            try:
                found = os.stat(path)
            except FileNotFoundError:
                continue
            seen[path] = (found.st_mtime_ns, found.st_size)
    return seen


def _stopped(running: subprocess.Popen[bytes]) -> int:
    """End the server as a cluster does, and in the end by force; its exit status."""
    if running.poll() is None:
        running.terminate()
        try:
            running.wait(STOP_MAX_S)
        except subprocess.TimeoutExpired:
            running.kill()
    return running.wait()


def _say(line: str) -> None:
    sys.stderr.write(f"reload: {line}\n")
    sys.stderr.flush()
