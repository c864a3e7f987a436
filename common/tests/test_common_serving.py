"""A service as a process of its own: what it answers where, and how it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from fairseat_common import serving
from fairseat_common.testing.running import TLS, Servers, prepared_database
from fairseat_common.testing.server_process import free_port
from fairseat_common.testing.waiting import eventually

SERVICE = "leaver"
MIGRATIONS = Path(__file__).parents[2] / "services/expiration/migrations"
MAIN = """
import asyncio, os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from litestar import get, Request
from litestar.response import Stream
from fairseat_common import outbox
from fairseat_common.contracts import ExpirationDue
from fairseat_common.ids import new_id
from fairseat_common.settings import Settings
from fairseat_common.web import Service

@get("/api/slow")
async def slow() -> str:
    while not Path(os.environ["GATE"]).exists():
        await asyncio.sleep(0.01)
    return "done"

@get("/api/who")
async def who(request: Request) -> str:
    return f"{request.scope['client'][0]} {request.scope['scheme']}"

@get("/api/stream")
async def stream() -> Stream:
    async def said() -> AsyncIterator[bytes]:
        yield b"retry: 1\\n\\n"
        await asyncio.Event().wait()
    return Stream(said(), media_type="text/event-stream")

class LastWords:
    name = "last-words"
    def __init__(self, database):
        self.database = database
    async def run(self):
        try:
            await asyncio.Event().wait()
        finally:
            now = datetime.now(UTC)
            async with self.database.transaction() as tx:
                await outbox.append(tx, ExpirationDue(order_id=new_id(), due_at=now, version=1, occurred_at=now))

def create_app(environ):
    service = Service("expiration", Settings.read(environ), Path(os.environ["MIGRATIONS"]))
    return service.app([slow, who, stream], workers=[LastWords(service.database)])
"""


@dataclass
class Served:
    """The process and its two addresses; `gate` is the file that lets slow requests end."""

    process: subprocess.Popen[str]
    public: httpx.AsyncClient
    private: httpx.AsyncClient
    gate: Path
    owner_url: str

    async def status(self, client: httpx.AsyncClient, path: str) -> int:
        """The answer's status; 0 if nobody listens."""
        with contextlib.suppress(httpx.TransportError):
            return (await client.get(path)).status_code
        return 0

    async def ended(self) -> int:
        """The exit code."""
        return await asyncio.to_thread(self.process.wait, 30)


@pytest_asyncio.fixture(loop_scope="session")
async def served(servers: Servers, tmp_path: Path) -> AsyncIterator[Served]:
    """The service above, run as in a container."""
    created = await prepared_database(servers, "expiration", MIGRATIONS)
    (tmp_path / SERVICE).mkdir()
    (tmp_path / SERVICE / "__init__.py").touch()
    (tmp_path / SERVICE / "main.py").write_text(MAIN)
    port, private_port = free_port(), free_port()
    environ = os.environ | {
        "PYTHONPATH": str(tmp_path),
        "PORT": str(port),
        "PRIVATE_PORT": str(private_port),
        "DRAIN_SECONDS": "1",
        "DATABASE_URL": created.url,
        "NATS_URL": servers.nats.url,
        "GATE": str(tmp_path / "gate"),
        "MIGRATIONS": str(MIGRATIONS),
    }
    command = [sys.executable, "-m", "fairseat_common.serving", SERVICE]
    process = subprocess.Popen(command, env=environ, text=True)  # noqa: ASYNC220 (it takes a moment)
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, verify=TLS) as public,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{private_port}", timeout=30, verify=TLS) as private,
    ):
        made = Served(process, public, private, tmp_path / "gate", created.owner_url)

        async def is_ready() -> bool:
            assert process.poll() is None
            return await made.status(private, "/readyz") == 200

        await eventually(is_ready, 60)
        yield made
    if process.poll() is None:
        process.kill()
    process.wait()


async def ports_are_apart(served: Served) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert await served.status(served.private, path) == 200
        assert await served.status(served.public, path) == 404
    assert await served.status(served.private, "/api/who") == 404
    said = {"x-forwarded-for": "203.0.113.7, 10.1.2.3", "x-forwarded-proto": "https"}
    assert (await served.public.get("/api/who", headers=said)).text == "203.0.113.7 https"


async def test_it_tells_its_ports_apart_and_leaves_in_order(served: Served) -> None:
    await ports_are_apart(served)
    owner = await asyncpg.connect(served.owner_url)
    await owner.execute("delete from outbox")
    slow = asyncio.create_task(served.public.get("/api/slow"))
    async with served.public.stream("GET", "/api/stream") as stream:
        pieces = stream.aiter_bytes()
        assert await anext(pieces) == b"retry: 1\n\n"
        served.process.send_signal(signal.SIGTERM)

        async def is_unready() -> bool:
            return await served.status(served.private, "/readyz") == 503

        await eventually(is_unready)
        # Whoever has not noticed yet is still served, once more on each connection.
        late = await served.public.get("/api/who")
        assert (late.status_code, late.headers["connection"]) == (200, "close")
        assert await served.status(served.private, "/healthz") == 200
        # The stream ends as streams end, and no connection breaks.
        assert [piece async for piece in pieces] == []

    async def is_closed() -> bool:
        return await served.status(served.public, "/api/who") == 0

    await eventually(is_closed)
    assert not slow.done()
    served.gate.touch()
    assert (await slow).text == "done"
    assert await served.ended() == 0
    # What a worker said in its last moment was sent.
    assert await owner.fetchval("select array_agg(published_at is not null) from outbox") == [True]
    await owner.close()


async def test_a_second_signal_ends_it_at_once(served: Served) -> None:
    slow = asyncio.create_task(served.public.get("/api/slow"))

    async def is_leaving() -> bool:
        return await served.status(served.private, "/readyz") == 503

    served.process.send_signal(signal.SIGTERM)
    await eventually(is_leaving)
    served.process.send_signal(signal.SIGTERM)
    assert await served.ended() == 128 + signal.SIGTERM
    with pytest.raises(httpx.TransportError):
        await slow


@pytest.mark.parametrize(
    ("service", "environ", "words"),
    [
        ("nonsense", {}, "there is no such service"),
        ("orders", {"ENVIRONMENT": "production"}, "QUOTE_SECRETS is not set"),
        ("orders", {"PORT": "eight"}, "PORT must be a whole number, not 'eight'"),
        ("orders", {"PORT": "8000", "PRIVATE_PORT": "8000"}, "PRIVATE_PORT is PORT"),
        ("orders", {"TRUSTED_NETWORKS": "10.0.0.0/99"}, "TRUSTED_NETWORKS"),
    ],
)
def test_wrong_settings_end_it_with_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    service: str,
    environ: dict[str, str],
    words: str,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert serving.main([service]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{service}: ")
    assert words in said
    assert said.count("\n") == 1
