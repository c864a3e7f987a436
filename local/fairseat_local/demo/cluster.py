"""The demo catalogue for a cluster, loaded from a container inside it.

The public origin may be one that is not reached from inside, or that lets in the team only. So a gateway of the
loader's own stands before the services' addresses, for as long as loading takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import uvicorn

from fairseat_common.settings import Reader
from fairseat_local import listening
from fairseat_local.demo.loader import Report, load
from fairseat_local.gateway import gateway
from fairseat_local.routes import SERVICES

ANY_PORT = 0


async def load_into_cluster(environ: Mapping[str, str], report: Report, shows_max: int | None = None) -> None:
    """Load as `load` does, at the addresses that `environ` has (`AUTH_URL` ...). DemoRefused and SettingsError."""
    reader = Reader(environ)
    urls = {name: reader.text(f"{name.upper()}_URL") for name in SERVICES if name not in ("expiration", "web")}
    async with _passed_on(urls) as base_url:
        await load(base_url, report, shows_max)


@asynccontextmanager
async def _passed_on(urls: Mapping[str, str]) -> AsyncIterator[str]:
    """A gateway on this machine's own address; its origin."""
    bound = listening.bound_socket(ANY_PORT)
    bound.listen()  # whoever asks before the server is up waits for it
    server = uvicorn.Server(uvicorn.Config(gateway(urls), log_level="warning", access_log=False, lifespan="on"))
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
