"""OpenAPI for routes that the router does not know, since they are dispatched before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fairseat_common.contracts.refusals import Refusal
from fairseat_common.web import problems

REF = "#/components/schemas/{name}"


@dataclass(frozen=True)
class Described:
    """Paths and schemas to merge into a service's document."""

    paths: dict[str, dict[str, Any]] = field(default_factory=dict)
    schemas: dict[str, Any] = field(default_factory=dict)


def describe_create(
    path: str, summary: str, body: type, answer: type, refusals: Sequence[type[Refusal]], tags: Sequence[str]
) -> Described:
    """A ``POST`` that takes `body` as JSON with a required Idempotency-Key and answers 201 with `answer`."""
    (body_schema, answer_schema), schemas = msgspec.json.schema_components([body, answer], ref_template=REF)
    responses: dict[str, Any] = {
        "201": {"description": "Created", "content": {"application/json": {"schema": answer_schema}}}
    }
    for refusal in refusals:
        code = str(refusal.status)
        entry = responses.setdefault(code, {"description": "", "content": {problems.MEDIA_TYPE: {"schema": {}}}})
        entry["description"] = ", ".join(filter(None, [entry["description"], f"`{refusal.slug}`"]))
    operation = {
        "summary": summary,
        "operationId": summary.replace(" ", ""),
        "tags": list(tags),
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "maxLength": 255},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body_schema}}},
        "responses": responses,
    }
    return Described({path: {"post": operation}}, dict(schemas))


def merged(document: Mapping[str, Any], described: Described | None) -> dict[str, Any]:
    """The document with further operations in it."""
    if described is None:
        return dict(document)
    paths = {path: dict(operations) for path, operations in document.get("paths", {}).items()}
    for path, operations in described.paths.items():
        paths.setdefault(path, {}).update(operations)
    components = dict(document.get("components", {}))
    components["schemas"] = {**components.get("schemas", {}), **described.schemas}
    return {**document, "paths": paths, "components": components}
