"""Examples for the API document, made from its schemas: the same on every machine, and always of the right shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fairseat_common.contracts import samples

MOMENT = "2026-06-01T18:30:00Z"
DATE = "2026-06-01"
DEPTH_MAX = 12
ENDING_IN_MOMENT = ("_at", "_until", "_on")

WORDS: dict[str, Any] = {
    **{name: word for name, word in samples.WORDS.items() if isinstance(word, str)},
    "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
    "account": "escrow",
    "action": "key-made",
    "address": "203.0.113.7",
    "after": "",
    "anchor": "12",
    "body": '{"subject":"orders.confirmed.v1"}',
    "code": "fs1.eyJ0IjoiMDFhMiJ9.c2lnbmF0dXJl",
    "consumer": "orders-listings-published-v1",
    "cursor": None,
    "detail": "What to do about it.",
    "error": "no answer within 10 seconds",
    "from": DATE,
    "hint": "fsk_3q2-7wVn",
    "locale": "en",
    "max_price": "9000",
    "message": "Must have 8 to 128 characters",
    "min_price": "1000",
    "name": "Ada",
    "near": "52.52,13.405",
    "next_cursor": "WyIwMWEyMDQ2OSJd",
    "notes": "Aisle seats.",
    "password": "a heron over still water",
    "payment_method": "pm_card_visa",
    "prefix": "escrow",
    "q": "lanterns",
    "quote": "v1.eyJsIjoiMDFhMiJ9.c2lnbmF0dXJl",
    "scope": "listings:read orders:write",
    "scopes": ["listings:read", "orders:write"],
    "secret": "whsec_mV3kQ1Zr",
    "slug": "berlin",
    "subject": "orders.confirmed.v1",
    "subjects": ["orders.confirmed.v1", "tickets.issued.v1"],
    "to": "2026-06-30",
    "token": "c2VhbGVkLXRva2Vu",
    "token_type": "Bearer",
    "type": "not-found",
    "url": "https://example.com/fairseat",
    "user_agent": "Firefox on Linux",
    "when": "weekend",
    "who": "ada@example.com",
}
"""What fields and parameters of these names hold, where their schema allows it."""

NUMBERS: dict[str, int | float] = {
    **samples.NUMBERS,
    "amount": 5500,
    "answer": 204,
    "attempts": 1,
    "available": 2,
    "expires_in": 300,
    "expires_in_days": 90,
    "lat": 52.52,
    "limit": 20,
    "listings_count": 14,
    "lon": 13.405,
    "number": 1,
    "per_minute": 600,
    "radius_km": 25,
    "requests_per_minute": 600,
    "took_ms": 84,
}

BY_PATTERN = {
    "^[A-Z]{3}$": "EUR",
    "^[A-Za-z0-9_-]+$": "c2lnbmF0dXJl",
    "^/static/": "/static/art/concert.svg",
}
"""What fits a pattern that begins so, whatever the field's name."""


def example_of(schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits a JSON schema (of those that our types make); `components` are the schemas it may refer to."""
    if "$ref" in schema:
        return example_of(components[str(schema["$ref"]).rpartition("/")[2]], components, name, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        values = [value for value in schema["enum"] if value is not None]
        return WORDS[name] if WORDS.get(name) in values else values[0]
    for words in ("anyOf", "oneOf", "allOf"):
        if words in schema:
            beside = {key: value for key, value in schema.items() if key != words}
            return _of_several([{**beside, **part} for part in schema[words]], components, name, depth)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    return _of_kind(str(kind), schema, components, name, depth)


def _of_several(parts: list[Mapping[str, Any]], components: Mapping[str, Any], name: str, depth: int) -> Any:
    if name == "cursor":
        return None
    usable = [part for part in parts if part.get("type") != "null"]
    return example_of(usable[0], components, name, depth)


def _of_kind(kind: str, schema: Mapping[str, Any], components: Mapping[str, Any], name: str, depth: int) -> Any:
    if kind == "object":
        return _object(schema, components, depth)
    if kind == "array":
        return _array(schema, components, name, depth)
    if kind == "null":
        return None
    if kind == "boolean":
        return schema.get("default", name in ("active", "current", "open", "wanted"))
    if kind in ("integer", "number"):
        return _number(kind, schema, name)
    return _text(schema, name) if kind == "string" else {}


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth > DEPTH_MAX:
        return {}
    fields = schema.get("properties", {})
    return {name: example_of(part, components, name, depth + 1) for name, part in fields.items()}


def _array(schema: Mapping[str, Any], components: Mapping[str, Any], name: str, depth: int) -> list[Any]:
    if isinstance(WORDS.get(name), list):
        return list(WORDS[name])
    if "prefixItems" in schema:
        return [example_of(part, components, name, depth + 1) for part in schema["prefixItems"]]
    item = schema.get("items")
    if not isinstance(item, Mapping) or depth > DEPTH_MAX:
        return []
    single = name.removesuffix("s")
    one = example_of(item, components, single, depth + 1)
    return [one] * max(1, int(schema.get("minItems", 1)))


def _number(kind: str, schema: Mapping[str, Any], name: str) -> int | float:
    wanted = NUMBERS.get(name, schema.get("default"))
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", 10**12) - 1)
    value = min(max(1 if wanted is None else wanted, low), high)
    return int(value) if kind == "integer" else value


def _text(schema: Mapping[str, Any], name: str) -> str:
    form = schema.get("format")
    if form == "uuid":
        return str(uuid5(NAMESPACE_URL, f"https://fairseat.example/{name or 'id'}"))
    if form == "date-time":
        return MOMENT
    if form == "date":
        return DATE
    for start, fitting in BY_PATTERN.items():
        if str(schema.get("pattern", "")).startswith(start):
            return fitting
    word = WORDS.get(name)
    if isinstance(word, str):
        return word
    if name.endswith(ENDING_IN_MOMENT):
        return MOMENT
    if name.endswith(("_url", "_link")):
        return "https://fairseat.example/"
    text = (name or "text").replace("_", " ")
    return text.ljust(int(schema.get("minLength", 0)), "x")[: int(schema.get("maxLength", 200))]
