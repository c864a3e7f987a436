"""One API document out of several: public paths only, and no schema overwrites another's."""

from typing import Any

from web.api_document import merge, operations


def part(path: str, reference: str, fields: dict[str, Any]) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": reference}}}}
    operation = {
        "summary": "Do",
        "description": "Do it.\nAt length.",
        "requestBody": body,
        "responses": {"201": {}, "409": {}},
    }
    return {
        "paths": {path: {"post": operation}, "/internal": {"get": {"responses": {}}}},
        "components": {"schemas": {"New": {"properties": fields, "required": ["a"]}}},
    }


def test_documents_are_merged_under_their_services_names() -> None:
    merged = merge(
        {
            "orders": part("/api/orders", "#/components/schemas/orders.New", {"a": {}, "b": {}}),
            "tickets": part("/api/listings", "#/components/schemas/tickets.New", {"a": {}}),
        }
    )
    assert list(merged["paths"]) == ["/api/listings", "/api/orders"]
    assert set(merged["components"]["schemas"]) == {"orders.New", "tickets.New"}
    (operation,) = operations(merged)["orders"]
    assert operation == ("POST", "/api/orders", "Do it.", "a, b?", "201, 409")
