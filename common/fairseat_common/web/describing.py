"""One operation of the API document: refusals, headers, who may call it, and examples. See `openapi`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fairseat_common.contracts.refusals import (
    FieldError,
    Invalid,
    NotFound,
    Refusal,
    SignInRequired,
    TokenExpired,
    TokenInvalid,
    Unavailable,
    VersionMissing,
    VersionStale,
)
from fairseat_common.web import problems
from fairseat_common.web.decoding import MalformedJson
from fairseat_common.web.examples import example_of
from fairseat_common.web.reaching import Reached
from fairseat_common.web.scopes import OPEN, NotForKeys, ScopeMissing, scope_of

JSON = "application/json"
ONLY_CHANGES = ("CrossSite", "BodyTooLarge")
"""Refusals of the edge that only a request that changes something can meet."""
NOISE = {"deprecated": False, "allowEmptyValue": False, "allowReserved": False}
REQUEST_ID = "01a20469c7f87d1c9a53a3b1f40f2d11"

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457). `type` is stable: programs decide by it.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "The stable slug of the refusal."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What the caller can do about it."},
        "request_id": {"type": "string", "description": "What to name when asking us about it."},
        "errors": {
            "type": "array",
            "description": "What is wrong with the input, field by field.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
IDEMPOTENCY = "A random key, the same again for a repeated request, which then gets the first answer and does nothing."
IF_MATCH = 'The version that the change is based on, as the ETag of the last answer said it: `"3"`.'
ETAG = {
    "description": "The version of what was answered; send it as If-Match to change it.",
    "schema": {"type": "string"},
    "example": '"3"',
}
RETRY_AFTER = {
    "description": "After how many seconds to try again.",
    "schema": {"type": "integer", "minimum": 0},
    "example": 2,
}


class Route(NamedTuple):
    """What is known of a route: its function, the names that it asks for, and what its code leads to."""

    method: str
    path: str
    name: str
    asks_for: frozenset[str]
    reached: Reached
    told: tuple[type[Refusal], ...]
    everywhere: Reached

    def calls(self, function: str) -> bool:
        """Whether the route's code leads to a function of the shared library, given as `module.name`."""
        return f"fairseat_common.web.{function}" in self.reached.functions


def security_schemes(cookie: str) -> dict[str, Any]:
    """The two ways to say who asks."""
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "What signing in sets. For browsers.",
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of five minutes that `POST /api/users/token` gives for an API key. For programs.",
        },
    }


def operation(found: Mapping[str, Any], route: Route, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The operation with everything that the framework does not know of it."""
    whole = {name: value for name, value in found.items() if name != "deprecated"}
    refusals = refusals_of(route)
    if route.name:
        whole["operationId"] = route.name
        whole["summary"] = str(found.get("description", "")).strip().split("\n")[0] or route.name.replace("_", " ")
    whole["security"] = security_of(route)
    whole["parameters"] = [*_parameters(found.get("parameters", ()), schemas), *_header_parameters(route, refusals)]
    whole["responses"] = {**_successes(found["responses"], route, schemas), **_problems(refusals)}
    if "requestBody" in found:
        whole["requestBody"] = _with_example(found["requestBody"], schemas)
    return whole


def security_of(route: Route) -> list[dict[str, list[str]]]:
    """Who may call the route: {} means anybody."""
    scope = scope_of(route.method, route.path)
    both: list[dict[str, list[str]]] = [{"session": []}, *([{"bearer": [scope]}] if scope else [])]
    if "user" in route.asks_for:
        return both
    asked = "visitor" in route.asks_for or SignInRequired in route.reached.refusals
    return [{}, *both] if asked else []


def refusals_of(route: Route) -> list[type[Refusal]]:
    """Every refusal of the route, by status and slug; of several with one slug the most general."""
    found = set(route.reached.refusals) | set(route.told) | {Unavailable}
    edge = {each for each in route.everywhere.refusals if each not in (ScopeMissing, NotForKeys, *_SIGN_IN)}
    if route.method == "GET":
        edge = {each for each in edge if each.__name__ not in ONLY_CHANGES}
    found |= edge
    if "user" in route.asks_for:
        found |= set(_SIGN_IN)
    elif "visitor" not in route.asks_for:
        found -= set(_SIGN_IN) - set(route.reached.refusals)
    if (route.method, route.path) not in OPEN:
        found |= {ScopeMissing if scope_of(route.method, route.path) else NotForKeys, TokenInvalid, TokenExpired}
    if "data" in route.asks_for:
        found |= {MalformedJson, Invalid}
    if "if_match" in route.asks_for:
        found |= {VersionMissing, VersionStale}
    if "{" in route.path:
        found.add(NotFound)
    if route.asks_for - {"request", "user", "visitor", "database", "data", "if_match"}:
        found.add(Invalid)
    by_slug = {each.slug: each for each in sorted(found, key=lambda each: -len(each.__mro__)) if hasattr(each, "slug")}
    return sorted(by_slug.values(), key=lambda each: (each.status, each.slug))


_SIGN_IN = (SignInRequired, TokenExpired, TokenInvalid)


def _problems(refusals: Iterable[type[Refusal]]) -> dict[str, Any]:
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in refusals:
        by_status.setdefault(refusal.status, []).append(refusal)
    return {str(status): _problem(status, kinds) for status, kinds in by_status.items()}


def _problem(status: int, kinds: list[type[Refusal]]) -> dict[str, Any]:
    slugs = [kind.slug for kind in kinds]
    narrowed = {"properties": {"type": {"enum": slugs}, "status": {"const": status}}}
    answer: dict[str, Any] = {
        "description": "; ".join(f"`{kind.slug}`: {kind.title}" for kind in kinds),
        "content": {
            problems.MEDIA_TYPE: {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]},
                "examples": {kind.slug: {"summary": kind.title, "value": problem_example(kind)} for kind in kinds},
            }
        },
    }
    if status in (429, 503):
        answer["headers"] = {"Retry-After": RETRY_AFTER}
    return answer


def problem_example(kind: type[Refusal]) -> dict[str, Any]:
    """The problem document that a refusal is told by."""
    document = {
        "type": kind.slug,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail or kind.title,
        "request_id": REQUEST_ID,
    }
    if issubclass(kind, Invalid) and kind.slug == Invalid.slug:
        error = FieldError("quantity", "Expected `int` >= 1")
        document["errors"] = [{"field": error.field, "message": error.message}]
    return document


def _parameters(found: Iterable[Mapping[str, Any]], schemas: Mapping[str, Any]) -> list[dict[str, Any]]:
    parameters = []
    for each in found:
        kept = {name: value for name, value in each.items() if NOISE.get(name) is not value or name not in NOISE}
        example = example_of(each.get("schema", {}), schemas, str(each["name"]))
        parameters.append(kept if example is None else {**kept, "example": example})
    return parameters


def _header_parameters(route: Route, refusals: Iterable[type[Refusal]]) -> list[dict[str, Any]]:
    found = []
    required = any(each.slug == "idempotency-key-missing" for each in refusals)
    if required or route.calls("idempotency.create_once"):
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
        found.append(_header("Idempotency-Key", required, IDEMPOTENCY, schema, "5e0d7f0c-9f0b-4f6e-8d0e-2f6b1f3f2c11"))
    if "if_match" in route.asks_for:
        schema = {"type": "string", "pattern": '^"[0-9]{1,9}"$'}
        found.append(_header("If-Match", True, IF_MATCH, schema, '"3"'))
    return found


def _header(name: str, required: bool, description: str, schema: Mapping[str, Any], example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": dict(schema),
        "example": example,
    }


def _successes(found: Mapping[str, Any], route: Route, schemas: Mapping[str, Any]) -> dict[str, Any]:
    answers = {}
    for status, answer in found.items():
        if not status.startswith(("2", "3")):
            continue
        whole = {name: value for name, value in answer.items() if name not in ("headers", "content")}
        if "content" in answer and status != "204":
            whole |= _with_example({"content": answer["content"]}, schemas)
        if route.calls("versions.etag"):
            whole["headers"] = {"ETag": ETAG}
        answers[status] = whole
    return answers


def _with_example(part: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    content = {}
    for media_type, entry in part["content"].items():
        kept = {name: value for name, value in entry.items() if name not in ("example", "examples")}
        if media_type == JSON and kept.get("schema") == {"type": "string"}:
            # Bytes that are JSON already: the framework takes them for a text.
            kept["schema"] = {"type": "object"}
        content[media_type] = {**kept, "example": example_of(kept["schema"], schemas)} if kept.get("schema") else kept
    return {**part, "content": content}
