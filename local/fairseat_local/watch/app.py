"""The page over HTTP, and the door for traces.

`/dev/watch` (and `/dev/watch.json`) is what the marketplace does; `/dev/watch/traces/<id>` (and `.json`) is one trace
with its log lines. At its own port, which is not the public one, `POST /v1/traces` takes OTLP over HTTP.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fairseat_local.answers import answer, answer_not_found, answer_problem
from fairseat_local.plan import NotRunningError, Running
from fairseat_local.routes import SERVICES
from fairseat_local.watch import log_lines, page, traces
from fairseat_local.watch.samples import Samples
from fairseat_local.watch.signals import signals

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import Receive, Scope, Send

TRACE = re.compile(r"^/dev/watch/traces/(?P<id>[0-9a-f]{32})(?P<json>\.json)?$")
SEARCHED = re.compile(r"[0-9a-f]{32}")
LISTED_MAX = 30
EXPORT_BYTES_MAX = 16 * 1024 * 1024
HTML = "text/html; charset=utf-8"
JSON = "application/json"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'"
HEADERS = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", POLICY),
)


class WatchApp:
    """Reads what it shows from the services and the logs of the run in `data_dir`."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._samples = Samples()
        self._traces = traces.Traces()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == "lifespan":
            for moment in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{moment}.complete"})
        elif scope["type"] == "http" and scope["path"] == "/v1/traces" and scope["method"] == "POST":
            await self._take(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            detail = "Allowed here: GET, HEAD."
            await answer_problem(scope, send, 405, "method-not-allowed", "Method not allowed", detail)
        elif scope["type"] == "http":
            await self._serve(scope, send)

    async def _serve(self, scope: Scope, send: Send) -> None:
        path = scope["path"].rstrip("/")
        if found := TRACE.match(path):
            await self._trace(found["id"], bool(found["json"]), scope, send)
        elif path in ("/dev/watch", "/dev/watch.json"):
            await self._overview(path.endswith(".json"), scope, send)
        else:
            await answer_not_found(scope, send)

    async def _overview(self, as_json: bool, scope: Scope, send: Send) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("trace", [""])[0]
        if found := SEARCHED.search(asked.lower()):
            await answer(send, 303, b"", HTML, [*HEADERS, ("location", f"/dev/watch/traces/{found[0]}")])
            return
        seen = signals(*await self._samples.look(self._urls()))
        newest = self._traces.newest(LISTED_MAX)
        if as_json:
            body = {"signals": asdict(seen), "traces": [asdict(each) for each in newest]}
            await answer(send, 200, _json(body), JSON, HEADERS)
        else:
            await answer(send, 200, page.overview(seen, newest, asked).encode(), HTML, HEADERS)

    async def _trace(self, trace_id: str, as_json: bool, scope: Scope, send: Send) -> None:
        spans = self._traces.spans(trace_id)
        lines = await asyncio.to_thread(log_lines.lines_of, self._data_dir / "logs", trace_id)
        if not spans and not lines:
            await answer_not_found(scope, send)
        elif as_json:
            body = {"spans": [asdict(each) for each in spans], "logs": [asdict(each) for each in lines]}
            await answer(send, 200, _json(body), JSON, HEADERS)
        else:
            await answer(send, 200, page.trace(trace_id, spans, lines).encode(), HTML, HEADERS)

    def _urls(self) -> dict[str, str]:
        try:
            running = Running.read(self._data_dir)
        except NotRunningError:
            return {}
        return {name: f"http://127.0.0.1:{running.ports[name]}" for name in SERVICES}

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive)
            if dict(scope["headers"]).get(b"content-encoding") == b"gzip":
                body = gzip.decompress(body)
            self._traces.add(traces.decoded(body))
        except (ValueError, OSError, EOFError, zlib.error) as error:
            await answer_problem(scope, send, 400, "invalid", "That is no export of traces", str(error))
        else:
            await answer(send, 200, b"", "application/x-protobuf")


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > EXPORT_BYTES_MAX:
            raise ValueError("too many spans at once")
        if not message.get("more_body", False):
            return body


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
