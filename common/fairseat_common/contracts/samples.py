"""A full example of any event, the same on every machine: for golden files and for documentation."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import inspect

from fairseat_common.contracts.base import Event, Money

MOMENT = "2026-06-01T18:30:00Z"
WORDS: dict[str, Any] = {
    "category": "concert",
    "city": "Berlin",
    "country": "DE",
    "currency": "EUR",
    "email": "fan@fairseat.example",
    "image_url": "https://fairseat.example/lanterns.jpg",
    "duties": ["scan"],
    "gate": "North",
    "kind": "seated",
    "locale": "de",
    "name": "Stalls",
    "notes": "Aisle seats.",
    "performers": ["The Lanterns"],
    "reason": "expired",
    "roles": ["user"],
    "row": "C",
    "seat": "12",
    "seats": ["12", "13"],
    "section": "Stalls",
    "split": "any",
    "status": "scheduled",
    "timezone": "Europe/Berlin",
    "title": "The Lanterns",
    "to_email": "friend@fairseat.example",
    "venue_name": "Theater am Ufer",
}
"""What fields of these names hold, where the type allows any text."""
AMOUNTS = {
    "penalty": 5000,
    "cap_amount": 12000,
    "unit_price": 5000,
    "unit_fee": 500,
    "unit_seller_fee": 250,
    "fees": 1000,
    "seller_fees": 500,
    "total": 11000,
    "amount": 11000,
    "refund_amount": 5500,
    "refunded": 5500,
    "disputed": 5500,
}
NUMBERS: dict[str, int] = {
    "capacity": 2400,
    "quantity": 2,
    "version": 3,
    "resale_rule": 2,
    "cap_percent": 110,
    "buyer_fee_percent": 8,
    "seller_fee_percent": 3,
}


def example_of(event_type: type[Event]) -> dict[str, Any]:
    """An example with every field set, as JSON values."""
    info = inspect.type_info(event_type)
    assert isinstance(info, inspect.StructType)
    example = msgspec.convert(_struct(info), event_type)
    written: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(example))
    return written


def _struct(info: inspect.StructType) -> dict[str, Any]:
    return {field.encode_name: _value(field.type, field.encode_name) for field in info.fields}


def _value(kind: inspect.Type, name: str) -> Any:
    """A value of the type; raises AssertionError for a type that no event has used so far."""
    if isinstance(kind, inspect.UnionType):
        return _value(next(part for part in kind.types if not isinstance(part, inspect.NoneType)), name)
    if isinstance(kind, inspect.StructType):
        return {"amount": AMOUNTS.get(name, 5000), "currency": "EUR"} if kind.cls is Money else _struct(kind)
    if isinstance(kind, inspect.LiteralType):
        return WORDS[name] if WORDS.get(name) in kind.values else kind.values[0]
    if isinstance(kind, inspect.UUIDType):
        return str(uuid5(NAMESPACE_URL, f"https://fairseat.example/{name}"))
    if isinstance(kind, inspect.DateTimeType):
        return MOMENT
    if isinstance(kind, inspect.BoolType):
        return False
    if isinstance(kind, inspect.IntType):
        return NUMBERS.get(name, 1)
    if isinstance(kind, inspect.VarTupleType):
        given = WORDS.get(name) if isinstance(kind.item_type, inspect.StrType) else None
        return given or [_value(kind.item_type, name)]
    assert isinstance(kind, inspect.StrType), f"{name} is a {type(kind).__name__}: give it an example"
    word = WORDS.get(name, name)
    return word if isinstance(word, str) else word[0]
