"""The lines of payments to the provider and to its database, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from fairseat_common.testing.server_process import free_port
from fairseat_local.faults.http_line import HttpLine
from fairseat_local.faults.line import Line
from fairseat_local.faults.moments import Listener
from fairseat_local.faults.postgres_line import PostgresLine
from fairseat_local.plan import Running

START_MAX_S = 10.0


class Lines:
    """Both lines of one run, open while the block lasts; `settings` sends payments through them."""

    def __init__(self, data_dir: Path, listener: Listener) -> None:
        self._data_dir = data_dir
        self.provider = HttpLine(free_port(), lambda: self._port("provider"), listener)
        self.database = PostgresLine(free_port(), lambda: self._port("postgres"), listener)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lines", daemon=True)

    @property
    def settings(self) -> Mapping[str, str]:
        """What the run has to be started with."""
        return {
            "PAYMENTS_PROVIDER_URL": f"http://127.0.0.1:{self.provider.port}",
            "PAYMENTS_DATABASE_PROXY": f"127.0.0.1:{self.database.port}",
        }

    @property
    def survivors(self) -> list[str]:
        """Moments at which a process was said to be killed and lived on: to be empty in the end."""
        return self.provider.survivors + self.database.survivors

    def __enter__(self) -> Lines:
        self._thread.start()
        for line in self._lines():
            asyncio.run_coroutine_threadsafe(line.open(), self._loop).result(START_MAX_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        for line in self._lines():
            asyncio.run_coroutine_threadsafe(line.close(), self._loop).result(START_MAX_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_MAX_S)
        self._loop.close()

    def _lines(self) -> tuple[Line, Line]:
        return self.provider, self.database

    def _port(self, name: str) -> int:
        """Where a server of the run is: written down before the services start."""
        return Running.read(self._data_dir).ports[name]
