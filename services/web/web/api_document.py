"""One OpenAPI document out of those of the services."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import structlog

from fairseat_common.web.scopes import NOUNS
from web.services import Caller, ServiceDown, ServiceProblem, Services
from web.settings import SERVICES

log = structlog.get_logger(__name__)

Document = dict[str, Any]

KEEP_S = 60.0
PUBLIC = ("/api/", "/.well-known/", "/operations/")
VERBS = ("get", "put", "post", "patch", "delete")
REF = "#/components/schemas/"
ABOUT = """Everything that the pages of Fairseat do, for programs: JSON in snake_case, times in UTC, amounts of money as
whole numbers in minor units with their currency.

- **Lists** are pages: `{"items": [...], "next_cursor": ...}`; send `next_cursor` as `cursor` for the next one.
- **Refusals** are `application/problem+json` (RFC 9457). Decide by `type`, which is stable; `detail` says what to do.
- **Changes** name the version that they are based on, in `If-Match`: the `ETag` of the last answer.
- **Creating** takes an `Idempotency-Key`, so that a request may be repeated without a second effect.
- **429 and 503** say in `Retry-After` when to try again.
"""
BESIDE = {
    "keys": "API keys: only for somebody who is signed in",
    "ledger": "the double-entry ledger: for operators",
    "operations": "inside of each service: for operators",
    "users": "accounts, sessions and tokens",
}


class ApiDocument:
    """The merged document, asked for again after a minute."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._merged: Document = {}
        self._until = 0.0
        self.complete = False
        """Whether all services had answered."""
        self._asking = asyncio.Lock()

    async def merged(self) -> Document:
        """The document of all services that answer; a service that does not is missing until it does."""
        async with self._asking:
            if time.monotonic() >= self._until:
                parts = await asyncio.gather(*(self._part(name) for name in SERVICES))
                self._merged = merge({name: part for name, part in zip(SERVICES, parts, strict=True) if part})
                self.complete = all(parts)
                self._until = time.monotonic() + (KEEP_S if self.complete else 1.0)
            return self._merged

    async def _part(self, service: str) -> Document | None:
        try:
            reply = await self._services.send(Caller(), service, "GET", "/openapi.json")
            found: Document = msgspec.json.decode(reply.body, type=dict[str, Any])
        except (ServiceDown, ServiceProblem, msgspec.DecodeError) as failure:
            log.warning("web.openapi_missing", service=service, why=repr(failure))
            return None
        return found


def merge(parts: Mapping[str, Document]) -> Document:
    """One document: what is public, by what it is about; a schema that means two things has two names."""
    paths: Document = {}
    webhooks: Document = {}
    schemas: Document = {}
    security: Document = {}
    for service, part in _with_own_names(parts).items():
        for path, item in part.get("paths", {}).items():
            if path.startswith(PUBLIC):
                paths[path] = {**paths.get(path, {}), **_tagged(item, path, service)}
        components = part.get("components", {})
        schemas |= components.get("schemas", {})
        security |= components.get("securitySchemes", {})
        webhooks |= part.get("webhooks", {})
    paths = dict(sorted(paths.items()))
    _tell_apart(paths)
    tags = sorted({tag for _, _, operation in operations_in(paths) for tag in operation["tags"]})
    used = _reachable({"paths": paths, "webhooks": webhooks}, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fairseat", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": {**NOUNS, **BESIDE}.get(tag, tag).capitalize() + "."} for tag in tags],
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": {name: schemas[name] for name in sorted(used)},
            "securitySchemes": security,
        },
    }


def operations_in(paths: Mapping[str, Any]) -> Iterator[tuple[str, str, Document]]:
    """Verb, path and operation of everything in the paths of a document, in their order."""
    for path, item in paths.items():
        yield from ((verb, path, item[verb]) for verb in VERBS if verb in item)


def _tell_apart(paths: Mapping[str, Any]) -> None:
    """Put what an operation is about before a name that another one has as well."""
    names = Counter(operation["operationId"] for _, _, operation in operations_in(paths))
    for _, _, operation in operations_in(paths):
        if names[operation["operationId"]] > 1:
            operation["operationId"] = f"{operation['tags'][0]}_{operation['operationId']}"


def _tagged(item: Document, path: str, service: str) -> Document:
    """The operations of a path under the noun that they are about; what each service has is named by the service."""
    parts = path.split("/")
    noun = "operations" if parts[1] == "operations" else parts[2] if parts[1] == "api" else "keys"
    before = f"{service}_" if noun == "operations" else ""
    return {
        verb: {**value, "tags": [noun], "operationId": before + value.get("operationId", "")}
        if verb in VERBS
        else value
        for verb, value in item.items()
    }


def _with_own_names(parts: Mapping[str, Document]) -> Document:
    """The parts with names of schemas that are good in one document: the service is named where two would differ."""
    found = {service: part.get("components", {}).get("schemas", {}) for service, part in parts.items()}
    short = {service: _short_names(schemas) for service, schemas in found.items()}
    texts: dict[str, dict[str, bytes]] = {}
    for service, schemas in found.items():
        for name, schema in schemas.items():
            texts.setdefault(short[service][name], {})[service] = _renamed(schema, short[service])
    unlike = {name for name, said in texts.items() if len(set(said.values())) > 1}
    while more := {
        name
        for name, said in texts.items()
        if name not in unlike
        and len(said) > 1
        and any(f'"{REF}{other}"'.encode() in said_by for other in unlike for said_by in said.values())
    }:
        unlike |= more
    names = {
        service: {long: f"{service.capitalize()}{name}" if name in unlike else name for long, name in mapping.items()}
        for service, mapping in short.items()
    }
    return {service: _part_renamed(part, names[service]) for service, part in parts.items()}


def _short_names(schemas: Mapping[str, Any]) -> dict[str, str]:
    """Names without modules, where that leaves them different; a page of things is a `ThingPage`."""
    wanted = {name: _short(name) for name in schemas}
    taken = list(wanted.values())
    return {
        name: short if taken.count(short) == 1 else re.sub(r"\W+", "_", name).strip("_")
        for name, short in wanted.items()
    }


def _short(name: str) -> str:
    page = re.fullmatch(r"Page_(?:.*\.)?(\w+?)_", name)
    return f"{page[1]}Page" if page else name.rpartition(".")[2].strip("_")


def _renamed(value: Any, names: Mapping[str, str]) -> bytes:
    """JSON with its references renamed."""
    return re.sub(
        rb'"#/components/schemas/([^"]+)"',
        lambda match: f'"{REF}{names.get(match[1].decode(), match[1].decode())}"'.encode(),
        msgspec.json.encode(value),
    )


def _part_renamed(part: Document, names: Mapping[str, str]) -> Document:
    whole: Document = msgspec.json.decode(_renamed(part, names))
    components = whole.get("components", {})
    renamed = {names[name]: schema for name, schema in components.get("schemas", {}).items()}
    return {**whole, "components": {**components, "schemas": renamed}}


def _reachable(start: Any, schemas: Mapping[str, Any]) -> set[str]:
    """The schemas that a part of the document refers to, and those that these refer to."""
    used: set[str] = set()
    waiting = [start]
    while waiting:
        text = msgspec.json.encode(waiting.pop())
        names = {match.decode() for match in re.findall(rb'"#/components/schemas/([^"]+)"', text)} - used
        used |= names
        waiting.extend(schemas[name] for name in names)
    return used
