"""Problem documents (RFC 9457): how every error leaves a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from fairseat_common.contracts.refusals import Refusal
from fairseat_common.telemetry import request_id
from fairseat_common.web.strict import refusal_of

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
DATABASE_AWAY_DETAIL = "A part that is needed cannot be reached. Please try again in a moment."
# The database is away, or gave up waiting and has undone everything: either way a retry is safe and may succeed.
PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    OSError,
    TimeoutError,
)


def problem(slug: str, status: int, title: str, detail: str, members: Mapping[str, Any] | None = None) -> bytes:
    """A problem document as JSON. `slug` is the stable ``type`` that clients may rely on."""
    document: dict[str, Any] = {"type": slug, "title": title, "status": status, "detail": detail}
    if current := request_id.get():
        document["request_id"] = current
    if members:
        document.update(members)
    return msgspec.json.encode(document)


def of_refusal(refusal: Refusal) -> bytes:
    """The problem document of a refusal."""
    return problem(refusal.slug, refusal.status, refusal.title, refusal.said, refusal.members)


def _response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    return Response(content=body, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def answer_refusal(_request: Request[Any, Any, Any], refusal: Refusal) -> Response[bytes]:
    """Litestar handler for refusals."""
    return _response(refusal.status, of_refusal(refusal), refusal.headers)


def answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Litestar handler for what the framework itself refuses, and for bodies that were found wrong before."""
    if (refusal := refusal_of(request)) is not None:
        return answer_refusal(request, refusal)
    if isinstance(error, ValidationException):
        return _answer_validation(error)
    slug, title, detail = _words(error)
    return _response(error.status_code, problem(slug, error.status_code, title, detail), error.headers)


def _words(error: HTTPException) -> tuple[str, str, str]:
    if isinstance(error, NotFoundException):
        return "not-found", "Not found", "There is nothing here, or it is not yours to see."
    if isinstance(error, MethodNotAllowedException):
        return "method-not-allowed", "Method not allowed", "This address does not understand that method."
    if isinstance(error, RequestEntityTooLarge):
        return "body-too-large", "The body is too large", "Send less at once."
    slug = {415: "unsupported-media-type", 503: "unavailable"}.get(error.status_code, "bad-request")
    return slug, "The request cannot be answered", error.detail


def _answer_validation(error: ValidationException) -> Response[bytes]:
    """Wrong input outside of the body: 422 with the fields."""
    errors = [_field_error(entry) for entry in error.extra] if isinstance(error.extra, list) else []
    if any(entry["field"] == "path" for entry in errors):
        body = problem("not-found", 404, "Not found", "There is nothing here, or it is not yours to see.")
        return _response(404, body)
    if not errors:
        errors = [{"field": "", "message": error.detail}]
    detail = "Some of what was sent is not valid; `errors` says which fields and why."
    return _response(422, problem("invalid", 422, "Please check the input", detail, {"errors": errors}))


def _field_error(entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict):
        return {"field": "", "message": str(entry)}
    source = getattr(entry.get("source"), "value", entry.get("source"))
    message = str(entry.get("message", ""))
    field = str(entry.get("key", ""))
    if field == "data":
        field, message = "", "Send a JSON object"
    # An id in the path that is no id names nothing: the caller is told so instead of being taught UUIDs.
    return {"field": "path" if source == "path" else field, "message": message}


def answer_crash(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar handler for everything else: a bug or a lost database; the log has the details, the answer none."""
    if isinstance(error, PASSING):
        log.warning("request.unavailable", path=request.url.path, error=repr(error))
        body = problem("unavailable", 503, "Not available right now", DATABASE_AWAY_DETAIL)
        return _response(503, body, {"Retry-After": "2"})
    log.error("request.crashed", path=request.url.path, exc_info=error)
    return _response(500, problem("internal-error", 500, "Something broke on our side", "We have logged it."))
