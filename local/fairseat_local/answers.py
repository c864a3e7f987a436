"""Problem documents and plain answers of the processes that are no service: gateway and mail catcher."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import Scope, Send


PROBLEM = "application/problem+json"


async def answer(
    send: Send, status: int, body: bytes, media_type: str, headers: Iterable[tuple[str, str]] = ()
) -> None:
    """Send a whole answer."""
    sent = [("content-type", media_type), ("content-length", str(len(body))), *headers]
    encoded = [(name.encode(), value.encode()) for name, value in sent]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def answer_problem(scope: Scope, send: Send, status: int, slug: str, title: str, detail: str) -> None:
    """Send a problem document (RFC 9457) with the request's id, or a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    request_id = given or uuid.uuid4().hex
    document = {"type": slug, "title": title, "status": status, "detail": detail, "request_id": request_id}
    headers = [("x-request-id", request_id), ("cache-control", "no-store")]
    await answer(send, status, json.dumps(document).encode(), PROBLEM, headers)


async def answer_not_found(scope: Scope, send: Send) -> None:
    """Send a 404."""
    await answer_problem(scope, send, 404, "not-found", "Not found", "There is nothing at this address.")
