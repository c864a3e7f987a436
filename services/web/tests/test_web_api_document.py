"""One API document out of several, and what the pages read in it."""

from typing import Any

from web import views_developers as views
from web.api_document import merge


def part(path: str, schemas: dict[str, Any], name: str = "New") -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{name}"}
    shown = {"summary": "No", "value": {"type": "no", "title": "No", "status": 409, "detail": "Not now."}}
    operation = {
        "operationId": "thing_create",
        "summary": "Do it.",
        "description": "Do it.\nAt length.",
        "security": [{"session": []}, {"bearer": ["orders:write"]}],
        "parameters": [
            {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}, "example": '"3"'}
        ],
        "requestBody": {"content": {"application/json": {"schema": reference, "example": {"a": "it's"}}}},
        "responses": {
            "201": {
                "description": "Made",
                "content": {"application/json": {"schema": reference, "example": {"a": "1"}}},
            },
            "409": {"description": "", "content": {"application/problem+json": {"examples": {"no": shown}}}},
        },
    }
    return {
        "paths": {path: {"post": operation}, "/internal": {"get": {"responses": {}}}},
        "components": {"schemas": schemas},
    }


def new(*names: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names} | more, "required": ["a"]}


def test_a_schema_that_means_two_things_has_two_names() -> None:
    merged = merge(
        {
            "orders": part("/api/orders", {"New": new("a", "b"), "unused": new("a")}),
            "tickets": part("/api/listings", {"New": new("a")}),
        }
    )
    assert list(merged["paths"]) == ["/api/listings", "/api/orders"]
    assert set(merged["components"]["schemas"]) == {"OrdersNew", "TicketsNew"}
    assert [tag["name"] for tag in merged["tags"]] == ["listings", "orders"]
    ids = [item["post"]["operationId"] for item in merged["paths"].values()]
    assert ids == ["listings_thing_create", "orders_thing_create"]


def test_a_schema_is_told_apart_by_what_it_refers_to() -> None:
    def both(*inner: str) -> dict[str, Any]:
        whole = new("a", inner={"$ref": "#/components/schemas/Inner"})
        return {"New": whole, "Inner": new(*inner), "Page_orders.domain.Same_": new("a")}

    alike = merge({"orders": part("/api/orders", both("a")), "tickets": part("/api/listings", both("a"))})
    assert set(alike["components"]["schemas"]) == {"New", "Inner"}
    unlike = merge({"orders": part("/api/orders", both("a")), "tickets": part("/api/listings", both("a", "b"))})
    assert set(unlike["components"]["schemas"]) == {"OrdersNew", "OrdersInner", "TicketsNew", "TicketsInner"}
    paged = merge({"orders": part("/api/orders", both("a"), "Page_orders.domain.Same_")})
    assert set(paged["components"]["schemas"]) == {"SamePage"}


def test_pages_show_an_operation_as_it_is_typed() -> None:
    inner = {"anyOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]}
    document = merge({"orders": part("/api/orders", {"New": new("a", inner=inner), "Inner": new("b")})})
    (group,) = views.groups(document)
    assert (group.name, group.lines) == ("orders", (("thing_create", "POST", "/api/orders", "Do it."),))
    (operation,) = views.operations(document, "orders", "https://fairseat.example")
    assert (operation.about, operation.access, operation.scope) == ("At length.", "either", "orders:write")
    assert [(field.path, field.kind, field.required) for field in operation.body] == [
        ("a", "string", True),
        ("inner", "Inner | null", False),
        ("inner.b", "string", False),
    ]
    assert operation.refusals == (("409", "no", "No", "Not now."),)
    assert operation.request == (
        "curl -X POST 'https://fairseat.example/api/orders' \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n"
        "  -H 'If-Match: \"3\"' \\\n  -H 'Content-Type: application/json' \\\n  -d '{\n  \"a\": \"it'\\''s\"\n}'"
    )
    assert views.operations(document, "venues", "") == []
