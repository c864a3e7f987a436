"""Start and stop the stand-in as a process, for tests that need the real thing."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

START_S = 20.0


@dataclass
class ProviderProcess:
    """One journal and the process that serves it. The port stays the same when it is started again."""

    data: Path
    webhook_url: str | None = None
    webhook_secret: str = "whsec_local"  # noqa: S105 -- signs nothing outside this machine
    network_ms: int = 0
    port: int = 0
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The base address for the SDK."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> ProviderProcess:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it listens."""
        arguments = ["--port", str(self.port), "--data", str(self.data), "--network-ms", str(self.network_ms)]
        if self.webhook_url:
            arguments += ["--webhook-url", self.webhook_url, "--webhook-secret", self.webhook_secret]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fairseat_local.provider", *arguments, stdout=asyncio.subprocess.PIPE
        )
        if self._process.stdout is None:
            raise RuntimeError("the process has no standard output")
        line = await asyncio.wait_for(self._process.stdout.readline(), START_S)
        if not line.startswith(b"listening on "):
            raise RuntimeError(f"the provider stand-in did not start: {line!r}")
        self.port = int(line.rsplit(b":", 1)[1])

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it as a supervisor would."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()
