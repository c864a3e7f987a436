"""Random secrets that are made once and kept in a file that only its owner can read."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

SECRET_BYTES = 24


class SecretFile:
    """A JSON object of named secrets with mode 0600; safe to use from several processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get_or_create(self, name: str, prefix: str = "") -> str:
        """The secret called `name`, made now if there is none: `prefix` and 32 URL-safe characters."""
        known = self._read()
        if name in known:
            return known[name]
        with self._locked():
            known = self._read()
            if name not in known:
                known[name] = prefix + secrets.token_urlsafe(SECRET_BYTES)
                self._write(known)
        return known[name]

    def _read(self) -> dict[str, str]:
        with contextlib.suppress(FileNotFoundError):
            found: dict[str, str] = json.loads(self.path.read_text())
            return found
        return {}

    def _write(self, known: dict[str, str]) -> None:
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(known, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
