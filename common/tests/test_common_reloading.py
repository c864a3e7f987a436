"""Serving from a copy of the code: what is changed in the copy is in the next answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from fairseat_common.reloading import folder_of
from fairseat_common.settings import SettingsError
from fairseat_common.testing.server_process import free_port
from fairseat_common.testing.waiting import eventually

SERVER = """
import http.server, os, pathlib, sys
from pretend.words import WORD

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = pathlib.Path(__file__).with_name("page.html").read_text()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{WORD} {page} {__file__} {os.environ['DRAIN_SECONDS']}".encode())

    def log_message(self, *words):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
STARTER = """
import sys
from pathlib import Path
from fairseat_common.reloading import serve_again

sys.exit(serve_again("pretend", Path(sys.argv[1]), [sys.executable, "-m", "pretend.main", sys.argv[2]]))
"""


class Served:
    """A pretended service in reload mode."""

    def __init__(self, folder: Path) -> None:
        self.image = folder / "image"
        package = self.image / "pretend"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "main.py").write_text(SERVER)
        (package / "words.py").write_text("WORD = 'first'\n")
        (package / "page.html").write_text("page one")
        (package / "built").mkdir()
        (package / "built/page.html").write_text("made from page one")
        self.code = folder / "code"
        self.port = free_port()
        environ = {**os.environ, "PYTHONPATH": str(self.image), "DRAIN_SECONDS": "8"}
        command = [sys.executable, "-c", STARTER, str(self.code), str(self.port)]
        self.parent = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, start_new_session=True)

    async def says(self, words: str) -> str:
        async def look() -> str | None:
            try:
                async with httpx.AsyncClient() as client:
                    text = (await client.get(f"http://127.0.0.1:{self.port}/")).text
            except httpx.TransportError:
                return None
            return text if text.startswith(words) else None

        return await eventually(look)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    with suppress(ProcessLookupError):  # its own end, or that of a test that failed, with the server below it
        os.killpg(made.parent.pid, signal.SIGKILL)
    made.parent.communicate()


async def test_a_change_is_in_the_next_answer_and_a_mistake_waits_for_its_repair(served: Served) -> None:
    said = await served.says("first page one")
    assert str(served.code) in said
    assert said.endswith(" 0"), "a change must not wait for clients who could ask somebody else"
    assert not (served.code / "pretend/built").exists()
    (served.code / "pretend/page.html").write_text("page two")
    (served.code / "pretend/words.py").write_text("WORD = 'second'\n")
    await served.says("second page two")

    (served.code / "pretend/words.py").write_text("WORD = 'unclosed\n")
    assert served.parent.stderr is not None
    for line in served.parent.stderr:
        if "the server ended with status 1" in line:
            break
    (served.code / "pretend/words.py").write_text("WORD = 'third'\n")
    await served.says("third page two")

    served.parent.send_signal(signal.SIGTERM)
    assert served.parent.wait(30) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port))


def test_only_development_serves_from_a_copy() -> None:
    assert folder_of({}) is None
    assert folder_of({"RELOAD": "/code", "ENVIRONMENT": "dev"}) == Path("/code")
    for environment in ("staging", "production"):
        assert folder_of({"ENVIRONMENT": environment}) is None
        with pytest.raises(SettingsError, match="RELOAD is for development"):
            folder_of({"RELOAD": "/code", "ENVIRONMENT": environment})
