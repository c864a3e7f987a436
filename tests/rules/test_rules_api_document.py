"""The API document: valid, whole, and with examples that fit, for every route that any service has."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
import pytest_asyncio
from schemathesis.specs.openapi.definitions import OPENAPI_31

from fairseat_common.web.scopes import scope_of
from fairseat_local.operations.api import document as whole_document
from web.api_document import operations_in
from web.words_developers import ABOUT

SERVICES = ("auth", "catalog", "tickets", "orders", "payments", "notifications")
CHANGES = ("put", "post", "patch", "delete")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def document() -> dict[str, Any]:
    return await whole_document()


def shown(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example: where it stands, its schema, and itself."""
    for verb, path, operation in operations_in(document["paths"]):
        for parameter in operation["parameters"]:
            if "example" in parameter:
                yield f"{verb} {path} {parameter['name']}", parameter["schema"], parameter["example"]
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in part.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    yield f"{verb} {path}", content["schema"], example["value"]
                if "example" in content:
                    yield f"{verb} {path}", content["schema"], content["example"]
    for subject, item in document["webhooks"].items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        yield subject, content["schema"], content["example"]


def test_the_document_is_openapi(document: dict[str, Any]) -> None:
    errors = jsonschema_rs.Draft202012Validator(OPENAPI_31).iter_errors(document)
    assert [f"{list(error.instance_path)}: {error.message[:200]}" for error in errors] == []
    text = repr(document)
    named = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", text))
    assert named <= document["components"]["schemas"].keys()


def test_every_example_fits(document: dict[str, Any]) -> None:
    # All in one, since putting a validator together takes longer than asking it.
    examples = {
        f"{number} {where}": (schema, example) for number, (where, schema, example) in enumerate(shown(document))
    }
    whole = {
        "properties": {where: schema for where, (schema, _) in examples.items()},
        "components": document["components"],
    }
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    errors = validator.iter_errors({where: example for where, (_, example) in examples.items()})
    assert [f"{list(error.instance_path)}: {error.message[:200]}" for error in errors] == []
    assert not validator.is_valid(dict.fromkeys(examples, ""))


def test_every_operation_says_everything(document: dict[str, Any]) -> None:
    missing: list[str] = []
    ids = [operation["operationId"] for _, _, operation in operations_in(document["paths"])]
    assert sorted(ids) == sorted(set(ids)), "two operations have one name"
    for verb, path, operation in operations_in(document["paths"]):
        where = f"{verb} {path}"
        missing += [f"{where}: {word}" for word in ("summary", "description") if not operation.get(word)]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", operation["operationId"]):
            missing.append(f"{where}: a name that is no name")
        bodies = [
            operation.get("requestBody"),
            *(operation["responses"][s] for s in operation["responses"] if s[0] == "2"),
        ]
        for body in bodies:
            for media_type, content in (body or {}).get("content", {}).items():
                if media_type == "application/json" and "example" not in content:
                    missing.append(f"{where}: an example")
        if not any(status.startswith("2") for status in operation["responses"]):
            missing.append(f"{where}: a success")
        scope = scope_of(verb.upper(), path)
        bearer = [each["bearer"] for each in operation["security"] if "bearer" in each]
        if bearer and bearer != [[scope]]:
            missing.append(f"{where}: the scope {scope}")
        if verb in CHANGES and "403" not in operation["responses"]:
            missing.append(f"{where}: 403")
    assert missing == []


def test_every_part_is_told_about(document: dict[str, Any]) -> None:
    assert {tag["name"] for tag in document["tags"]} <= ABOUT.keys()


@pytest.mark.parametrize("service", SERVICES)
async def test_every_route_is_in_the_document(service: str, document: dict[str, Any]) -> None:
    app = importlib.import_module(f"{service}.main").create_app({"LOG_LEVEL": "error"})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as client:
        own = (await client.get("/openapi.json")).json()
    routes = {(verb, path) for verb, path, _ in operations_in(own["paths"])}
    assert routes <= {(verb, path) for verb, path, _ in operations_in(document["paths"])}


@pytest.mark.parametrize(
    ("verb", "path", "status", "slugs"),
    [
        ("post", "/api/orders", "409", {"seats-unavailable", "own-listing", "show-over"}),
        ("post", "/api/orders", "400", {"idempotency-key-missing", "idempotency-key-malformed", "malformed-json"}),
        ("patch", "/api/listings/{listing_id}", "428", {"if-match-missing"}),
        ("patch", "/api/listings/{listing_id}", "412", {"version-stale"}),
        ("post", "/api/webhooks", "409", {"webhook-limit"}),
        ("post", "/api/users/signin", "401", {"bad-credentials"}),
        ("get", "/api/ledger/accounts", "403", {"not-for-keys"}),
        ("get", "/api/orders", "403", {"scope-missing"}),
        ("post", "/api/payments", "402", {"card-declined"}),
    ],
)
def test_refusals_are_read_from_the_code(
    verb: str, path: str, status: str, slugs: set[str], document: dict[str, Any]
) -> None:
    answer = document["paths"][path][verb]["responses"][status]
    assert slugs <= answer["content"]["application/problem+json"]["examples"].keys()


def test_headers_are_described(document: dict[str, Any]) -> None:
    edit = document["paths"]["/api/listings/{listing_id}"]["patch"]
    assert [each["name"] for each in edit["parameters"] if each["in"] == "header"] == ["If-Match"]
    assert "ETag" in edit["responses"]["200"]["headers"]
    hold = document["paths"]["/api/orders"]["post"]
    (key,) = [each for each in hold["parameters"] if each["in"] == "header"]
    assert (key["name"], key["required"]) == ("Idempotency-Key", True)
    assert "Retry-After" in hold["responses"]["429"]["headers"]
