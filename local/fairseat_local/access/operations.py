"""What can be asked: the operations of the API document, and for each a request about any thing."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fairseat_common.ids import new_id

METHODS = ("get", "post", "put", "patch", "delete")
UNHEARD = "unheard_of"
KINDS = {
    "/api/favourites": {"show_id": "favourite"},
    "/api/teams": {"who": "member", "organiser_id": "membership"},
    "/api/listings/bulk": {"ids": "listing"},
    "/api/onsales/": {"show_id": "sale"},
    "/api/queues": {"show_id": "sale"},
}
"""What an id is of, where its name does not say so."""
OTHERWISE = {
    "DELETE /api/orders/{order_id}": "hold",
    "GET /api/queues/{show_id}/entries/mine": "place",
    "POST /api/queues/{show_id}/entries": "place",
    "DELETE /api/queues/{show_id}/entries/mine": "place",
}
"""What single operations are about: what may be ended, and one's own part of what is public."""
FIXED = {"kind": "shows", "slug": "weimar-de", "consumer": "nobody", "event_id": str(new_id())}
"""Parts of paths that name nothing of anybody's."""
SCANNED_AT = datetime.now(UTC).isoformat()
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/orders": {"listing_id": None, "quantity": 1},
    "POST /api/listings": {
        "show_id": None, "section": "Stalls", "row": "B", "seats": ["1"],
        "unit_price": {"amount": 4500, "currency": "EUR"},
    },
    "POST /api/listings/bulk": {"ids": None, "versions": [1], "withdraw": True},
    "PATCH /api/listings/{listing_id}": {"notes": "Not yours"},
    "POST /api/claims": {"ticket_id": None, "reason": "refused"},
    "POST /api/orders/{order_id}/refunds": {"reason": "goodwill"},
    "POST /api/scans": {"code": "nonsense", "show_id": None, "gate": "North"},
    "POST /api/scans/batch": {
        "show_id": None, "gate": "North",
        "scans": [{"scan_id": str(new_id()), "reference": None, "let_in": False, "scanned_at": SCANNED_AT}],
    },
    "POST /api/payments": {"order_id": None, "payment_method": "pm_card_visa"},
    "POST /api/payouts/account": {},
    "POST /api/imports": {"source": "source", "records": [{}], "dry_run": True},
    "POST /api/shows": {
        "title": "Not yours", "category": "concert", "venue_id": None, "starts_at": "2031-06-01T18:30:00Z"
    },
    "POST /api/venues": {
        "name": "Nowhere", "city": "Weimar", "country": "DE", "timezone": "Europe/Berlin", "lat": 1.0, "lon": 1.0,
        "capacity": 1, "currency": "EUR",
        "chart": {"sections": [{"name": "Pit", "kind": "standing", "rows": [], "capacity": 1}]},
    },
}  # fmt: skip
"""Bodies that are right for one thing, where the document's example shows all fields at once; None: the id."""


@dataclass(frozen=True)
class Operation:
    """A route with what it takes."""

    method: str
    path: str
    subject: str
    """The parameter or field with the id that it is about; empty for lists and for what is new."""
    within: str
    """Where that is: path, query or body."""
    kind: str
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None
    public: bool
    """Whether the document says that nobody has to sign in."""

    @property
    def name(self) -> str:
        """Method and path, as everybody knows it."""
        return f"{self.method} {self.path}"

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"

    def request(self, ids: Mapping[str, str], identity: str, unheard: bool = False) -> dict[str, Any]:
        """The request about one thing; `ids` are those of the things beside it, `unheard` adds an unknown field."""
        names = {name: identity if name == self.subject else self._id(name, ids) for name in _names(self.path)}
        asked: dict[str, Any] = {"method": self.method, "url": self.path.format(**names)}
        if self.query or self.within == "query":
            asked["params"] = {**self.query, **({self.subject: identity} if self.within == "query" else {})}
        if self.changes:
            asked["headers"] = {"Idempotency-Key": str(new_id()), "If-Match": '"1"'}
        if self.body is not None:
            asked["json"] = {**self._filled(identity), **({UNHEARD: 1} if unheard else {})}
        return asked

    def _id(self, name: str, ids: Mapping[str, str]) -> str:
        return FIXED.get(name) or ids[kind_of(self.path, name)]

    def _filled(self, identity: str) -> dict[str, Any]:
        body = copy.deepcopy(dict(self.body or {}))
        if self.within == "body":
            body[self.subject] = [identity] if self.subject.endswith("ids") else identity
        return body


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """All operations of a document, in its order."""
    return [
        _operation(method.upper(), path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def kind_of(path: str, name: str) -> str:
    """What an id in a path, a query or a body is of: `order_id` is an order's."""
    known = next((kinds for prefix, kinds in KINDS.items() if path.startswith(prefix) and name in kinds), {})
    return known.get(name) or name.removesuffix("s").removesuffix("_id")


def _operation(method: str, path: str, said: Mapping[str, Any]) -> Operation:
    name = f"{method} {path}"
    body = _body(name, said)
    asked = {each["name"] for each in said.get("parameters", ()) if each["in"] == "query"}
    within, subject = next(_subjects(path, body, asked), ("", ""))
    query = {"section": "Stalls"} if {"section", "show_id"} <= asked and path.startswith("/api/listings/") else {}
    query |= {"token": "c2VhbGVkLXRva2Vu"} if "token" in asked else {}
    kind = OTHERWISE.get(name) or (kind_of(path, subject) if subject else "")
    security = said.get("security", [])
    return Operation(method, path, subject, within, kind, query, body, not security or {} in security)


def _subjects(path: str, body: Mapping[str, Any] | None, asked: set[str]) -> Iterator[tuple[str, str]]:
    """Where ids are, the most telling first: the last in the path, then in the body, then in the query."""
    yield from (("path", name) for name in reversed(_names(path)) if name not in FIXED)
    given = body or {}
    yield from (
        ("body", name)
        for name in ("ids", "ticket_ids", "ticket_id", "order_id", "listing_id", "venue_id")
        if name in given
    )
    yield from (("body", name) for name in given if name == "show_id")
    yield from (("query", name) for name in ("order_id", "show_id") if name in asked and path != "/api/listings")


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _body(name: str, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if name in BODIES:
        return BODIES[name]
    content = said.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    example = content.get("example")
    if example is None and content.get("examples"):
        example = next(iter(content["examples"].values()))["value"]
    assert isinstance(example, dict), f"{name} has a body without an example"
    return example
