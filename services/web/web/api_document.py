"""One OpenAPI document out of those of the services, and what the docs page needs of it."""

import asyncio
import time
from typing import Any, NamedTuple

import msgspec
import structlog

from web.services import Caller, ServiceDown, ServiceProblem, Services
from web.settings import SERVICES

log = structlog.get_logger(__name__)

KEEP_S = 60.0
PUBLIC = ("/api/", "/.well-known/")
VERBS = ("get", "put", "post", "patch", "delete")


class Operation(NamedTuple):
    """One line of the docs page."""

    verb: str
    path: str
    summary: str
    fields: str
    answers: str


class ApiDocument:
    """The merged document, asked for again after a minute."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._merged: dict[str, Any] = {}
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def merged(self) -> dict[str, Any]:
        """The document of all services that answer; a service that does not is missing until it does."""
        async with self._asking:
            if time.monotonic() >= self._until:
                parts = await asyncio.gather(*(self._part(name) for name in SERVICES))
                self._merged = merge({name: part for name, part in zip(SERVICES, parts, strict=True) if part})
                self._until = time.monotonic() + (KEEP_S if all(parts) else 1.0)
            return self._merged

    async def _part(self, service: str) -> dict[str, Any] | None:
        try:
            reply = await self._services.send(Caller(), service, "GET", "/openapi.json")
            found: dict[str, Any] = msgspec.json.decode(_renamed(reply.body, service), type=dict[str, Any])
        except (ServiceDown, ServiceProblem, msgspec.DecodeError) as failure:
            log.warning("web.openapi_missing", service=service, why=repr(failure))
            return None
        return found


def _renamed(document: bytes, service: str) -> bytes:
    """References to schemas with the service's name before theirs: two services may use one name differently."""
    return document.replace(b'"#/components/schemas/', f'"#/components/schemas/{service}.'.encode())


def merge(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One document: public paths only, tagged by service, schemas named `service.Schema`."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for service, part in parts.items():
        for path, item in part.get("paths", {}).items():
            if path.startswith(PUBLIC):
                paths[path] = {**paths.get(path, {}), **_tagged(item, service)}
        for name, schema in part.get("components", {}).get("schemas", {}).items():
            schemas[f"{service}.{name}"] = schema
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fairseat", "version": "1", "description": "An open ticket marketplace."},
        "tags": [{"name": service} for service in parts],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas},
    }


def _tagged(item: dict[str, Any], service: str) -> dict[str, Any]:
    return {verb: {**value, "tags": [service]} if verb in VERBS else value for verb, value in item.items()}


def operations(document: dict[str, Any]) -> dict[str, list[Operation]]:
    """The operations of a merged document by service, in the order of their paths."""
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document.get("tags", [])}
    for path, item in document.get("paths", {}).items():
        for verb in VERBS:
            if verb in item:
                found[item[verb]["tags"][0]].append(_operation(document, verb, path, item[verb]))
    return found


def _operation(document: dict[str, Any], verb: str, path: str, value: dict[str, Any]) -> Operation:
    summary = str(value.get("description") or value.get("summary") or "").strip().split("\n")[0]
    return Operation(
        verb.upper(), path, summary, _fields(document, value), ", ".join(sorted(value.get("responses", {})))
    )


def _fields(document: dict[str, Any], value: dict[str, Any]) -> str:
    """Names of the body's fields; those that may be left out end in a question mark."""
    schema = value.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    schema = document.get("components", {}).get("schemas", {}).get(name, schema)
    required = set(schema.get("required", ()))
    return ", ".join(field if field in required else f"{field}?" for field in schema.get("properties", {}))
