"""One run per data directory: a lock that ends with its process, and what the holder says about itself."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path

STOPPING_MAX_S = 30.0
SURE_AFTER_S = 1.0
POLL_S = 0.05


class AlreadyRunningError(RuntimeError):
    """Another run has the data directory; the message says so in a sentence."""


class RunLock:
    """Held by the launcher for as long as it lives, however it ends."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self._path = data_dir / "run.lock"
        self._data_dir = data_dir
        self._port = port
        self._descriptor = -1

    def acquire(self) -> None:
        """Take the lock, waiting for a run that is just stopping. Raises AlreadyRunningError."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        began = time.monotonic()
        while not self._taken():
            holder = self._holder()
            waited = time.monotonic() - began
            if waited > (STOPPING_MAX_S if holder.get("stopping") else SURE_AFTER_S):
                raise AlreadyRunningError(
                    f"Fairseat is already running with {self._data_dir} at http://localhost:{holder.get('port')} "
                    f"(process {holder.get('pid')}); stop it first, or choose another DATA_DIR and PORT."
                )
            time.sleep(POLL_S)
        self._say(stopping=False)

    def stopping(self) -> None:
        """Tell who comes next that it is worth waiting."""
        self._say(stopping=True)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> dict[str, object]:
        with suppress(ValueError):
            found: dict[str, object] = json.loads(self._path.read_text())
            return found
        return {}

    def _say(self, stopping: bool) -> None:
        text = json.dumps({"pid": os.getpid(), "port": self._port, "stopping": stopping})
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)
