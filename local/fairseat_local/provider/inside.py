"""The stand-in within the process of a test: for tests that need one of their own and never kill it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fairseat_common.testing.serving import Serving
from fairseat_local.provider.app import Provider
from fairseat_local.provider.exchange import Receive, Scope, Send
from fairseat_local.provider.journal import Journal


@dataclass
class ProviderInside:
    """One journal, served by the event loop that started it; it starts a hundred times sooner than a process."""

    data: Path
    _serving: Serving | None = field(default=None, init=False)
    _app: Provider | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The base address for the SDK."""
        assert self._serving is not None, "it was not started"
        return self._serving.url

    async def __aenter__(self) -> ProviderInside:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._serving = Serving(self._serve)
        self._app = Provider(Journal(self.data), public_url=self.url)
        await self._serving.start()

    async def stop(self) -> None:
        """End it; from then on nobody answers at its address."""
        if self._serving is not None:
            await self._serving.stop()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None
        await self._app(scope, receive, send)
