"""The OpenAPI document of a service: what the framework knows of its routes, and all that only their code says.

To each operation are added: who may call it, with which scope; every refusal with its status and slug; the headers that
it reads and sets; and an example of everything. `fairseat_common.web.reaching` reads the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import Refusal
from fairseat_common.web import describing
from fairseat_common.web.reaching import Reached, reach

REF = "#/components/schemas/{name}"
VERBS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True)
class Described:
    """Paths and schemas to merge into a service's document; `refusals` by method and path, beside those in the code."""

    paths: dict[str, dict[str, Any]] = field(default_factory=dict)
    schemas: dict[str, Any] = field(default_factory=dict)
    refusals: dict[tuple[str, str], tuple[type[Refusal], ...]] = field(default_factory=dict)
    webhooks: dict[str, Any] = field(default_factory=dict)
    """What is sent to others, by name (OpenAPI's own word for it)."""


def describe_create(
    path: str, summary: str, body: type, answer: type, refusals: Sequence[type[Refusal]], tags: Sequence[str]
) -> Described:
    """A ``POST`` that takes `body` as JSON with a required Idempotency-Key and answers 201 with `answer`."""
    (body_schema, answer_schema), schemas = msgspec.json.schema_components([body, answer], ref_template=REF)
    operation = {
        "summary": summary,
        "description": f"{summary}.",
        "operationId": "_".join(summary.lower().split()),
        "tags": list(tags),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body_schema}}},
        "responses": {"201": {"description": "Created", "content": {"application/json": {"schema": answer_schema}}}},
    }
    return Described({path: {"post": operation}}, dict(schemas), {("POST", path): tuple(refusals)})


@dataclass(frozen=True)
class Known:
    """What a service knows beside its framework: hot routes before the router, and what is described by hand."""

    cookie: str
    front: Mapping[tuple[str, str], Callable[..., Any]]
    described: Described
    everywhere: Reached
    """What any request may be refused with, before a route is looked for."""


def document_of(litestar: Litestar, known: Known) -> dict[str, Any]:
    """The whole document of a service."""
    document: dict[str, Any] = _without_exclusive(merged(litestar.openapi_schema.to_schema(), known.described))
    handlers = _handlers(litestar)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = describing.PROBLEM
    # Said alike by all services, so that it is one schema in the document of the whole.
    schemas["Money"] = msgspec.json.schema_components([Money], ref_template=REF)[1]["Money"]
    components["securitySchemes"] = describing.security_schemes(known.cookie)
    for path, item in document.get("paths", {}).items():
        for verb in VERBS:
            if verb in item:
                route = _route(verb.upper(), path, handlers, known)
                item[verb] = describing.operation(item[verb], route, schemas)
    return document


def _without_exclusive(value: Any) -> Any:
    """The same with unions as `anyOf`: the framework says `oneOf`, also where one value fits several of its parts."""
    if isinstance(value, list):
        return [_without_exclusive(part) for part in value]
    if not isinstance(value, dict):
        return value
    whole = {name: _without_exclusive(part) for name, part in value.items()}
    if "oneOf" in whole and "discriminator" not in whole:
        parts = whole.pop("oneOf")
        unlike = [part for place, part in enumerate(parts) if part not in parts[:place]]
        whole |= unlike[0] if len(unlike) == 1 else {"anyOf": unlike}
    return whole


def _route(
    method: str, path: str, handlers: Mapping[tuple[str, str], HTTPRouteHandler], known: Known
) -> describing.Route:
    handler = handlers.get((method, path))
    if handler is None:
        reached = _joined([reach(known.front[method, path])])
        told = known.described.refusals.get((method, path), ())
        return describing.Route(method, path, "", frozenset({"user", "data"}), reached, told, known.everywhere)
    names = frozenset(handler.parsed_fn_signature.parameters)
    provided = handler.resolve_dependencies()
    reached = _joined([reach(handler.fn), *(reach(provided[name].dependency) for name in names if name in provided)])
    told = tuple(handler.opt.get("refusals", ()))
    return describing.Route(method, path, handler.fn.__name__, names, reached, told, known.everywhere)


def _joined(parts: Iterable[Reached]) -> Reached:
    all_parts = list(parts)
    return Reached(
        frozenset[type[Refusal]]().union(*(part.refusals for part in all_parts)),
        frozenset[str]().union(*(part.functions for part in all_parts)),
    )


def _handlers(litestar: Litestar) -> dict[tuple[str, str], HTTPRouteHandler]:
    return {
        (method, route.path_format): handler
        for route in litestar.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }


def merged(document: Mapping[str, Any], described: Described) -> dict[str, Any]:
    """The document with further operations in it."""
    paths = {path: dict(operations) for path, operations in document.get("paths", {}).items()}
    for path, operations in described.paths.items():
        paths.setdefault(path, {}).update(operations)
    components = dict(document.get("components", {}))
    components["schemas"] = {**components.get("schemas", {}), **described.schemas}
    whole = {**document, "paths": paths, "components": components}
    return {**whole, "webhooks": described.webhooks} if described.webhooks else whole
