"""Bad input on every route: each its own problem type, and nothing is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fairseat_common.contracts import ChartRow, ChartSection, ListingPublished, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.money import AMOUNT_MAX
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets import routes_listings, routes_tickets

EUR = {"amount": 5000, "currency": "EUR"}
LISTED_ROW = {"section": "Stalls", "row": "A", "seats": ["1", "2"]}

BAD_LISTINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"unit_price": None}, "invalid", "unit_price"),
    ({"section": None}, "invalid", "section"),
    ({"show_id": None}, "invalid", "show_id"),
    ({"show_id": "no-id"}, "invalid", "show_id"),
    ({"seller_id": str(new_id())}, "invalid", "seller_id"),
    ({"unit_fee": {"amount": 0, "currency": "EUR"}}, "invalid", "unit_fee"),
    ({"unit_price": {"amount": 0, "currency": "EUR"}}, "invalid", "amount"),
    ({"unit_price": {"amount": -5, "currency": "EUR"}}, "invalid", "amount"),
    ({"unit_price": {"amount": 50.5, "currency": "EUR"}}, "invalid", "amount"),
    ({"unit_price": {"amount": "5000", "currency": "EUR"}}, "invalid", "amount"),
    ({"unit_price": {"amount": AMOUNT_MAX + 1, "currency": "EUR"}}, "invalid", "amount"),
    ({"unit_price": {"amount": 10**30, "currency": "EUR"}}, "invalid", "amount"),
    ({"unit_price": {"amount": 5000, "currency": "eur"}}, "invalid", "currency"),
    ({"unit_price": {"amount": 5000, "currency": "EUR\n"}}, "invalid", "currency"),
    ({"unit_price": {"amount": 5000, "currency": "XTS"}}, "invalid", "currency"),
    ({"unit_price": {"amount": 5000, "currency": "USD"}}, "currency-mismatch", ""),
    ({"unit_price": {"amount": 5000}}, "invalid", "currency"),
    ({"unit_price": 5000}, "invalid", "unit_price"),
    ({"section": "Moon"}, "invalid", "section"),
    ({"section": "Stalls\n"}, "invalid", "section"),
    ({"section": "Sta\x00lls"}, "invalid", "section"),
    ({"section": ["Stalls"]}, "invalid", "section"),
    ({"row": "ZZ"}, "invalid", "row"),
    ({"row": None}, "invalid", "row"),
    ({"row": 7}, "invalid", "row"),
    ({"seats": ["1", "99"]}, "invalid", "seats[1]"),
    ({"seats": ["1", "1"]}, "invalid", "seats"),
    ({"seats": []}, "invalid", "seats"),
    ({"seats": [str(n) for n in range(101)]}, "invalid", "seats"),
    ({"seats": [1, 2]}, "invalid", "seats"),
    ({"seats": "1"}, "invalid", "seats"),
    ({"seats": [""]}, "invalid", "seats"),
    ({"seats": None}, "invalid", "seats"),
    ({"quantity": 2}, "invalid", "seats"),
    ({"seats": None, "quantity": 2}, "invalid", "quantity"),
    ({"section": "Pit", "row": None}, "invalid", "seats"),
    ({"section": "Pit", "seats": None, "quantity": 2}, "invalid", "row"),
    ({"section": "Pit", "row": None, "seats": None, "quantity": 0}, "invalid", "quantity"),
    ({"section": "Pit", "row": None, "seats": None, "quantity": -1}, "invalid", "quantity"),
    ({"section": "Pit", "row": None, "seats": None, "quantity": 101}, "invalid", "quantity"),
    ({"section": "Pit", "row": None, "seats": None, "quantity": "2"}, "invalid", "quantity"),
    ({"section": "Pit", "row": None, "seats": None, "quantity": True}, "invalid", "quantity"),
    ({"section": "Pit", "row": None, "seats": None, "quantity": 1.5}, "invalid", "quantity"),
    ({"seats": ["1"], "split": "pairs"}, "invalid", "split"),
    ({"split": "odd"}, "invalid", "split"),
    ({"notes": "x" * 2001}, "invalid", "notes"),
    ({"notes": "a\x00b"}, "invalid", "notes"),
]

BAD_EDITS: list[tuple[Any, str]] = [
    ({"unit_price": {"amount": 0, "currency": "EUR"}}, "invalid"),
    ({"unit_price": {"amount": -1, "currency": "EUR"}}, "invalid"),
    ({"unit_price": {"amount": 5000, "currency": "USD"}}, "currency-mismatch"),
    ({"unit_price": None}, "invalid"),
    ({"split": "odd"}, "invalid"),
    ({"split": None}, "invalid"),
    ({"notes": 5}, "invalid"),
    ({"seats": ["3"]}, "invalid"),
    ({"status": "withdrawn"}, "invalid"),
    ({"version": 9}, "invalid"),
    ([], "invalid"),
    ("text", "invalid"),
]

BAD_SEARCHES = [
    {},
    {"show_id": "x"},
    {"quantity": "0"},
    {"quantity": "-1"},
    {"quantity": "101"},
    {"quantity": "two"},
    {"max_price": "0"},
    {"max_price": "-5"},
    {"max_price": "99999999999999999999999"},
    {"sort": "random"},
    {"section": ""},
    {"section": "a\x00b"},
    {"seller": "you"},
    {"limit": "0"},
    {"limit": "101"},
    {"limit": "x"},
    {"cursor": "x"},
    {"cursor": "W10"},
    {"cursor": "A" * 5000},
    {"cursor": "Wy0xLCJ4Il0"},
]


STORED = {
    "listings": "t::text",
    "listing_seats": "t::text",
    "tickets": "t::text",
    "outbox": "event_id, payload::text",
    "idempotency_keys": "t::text",
}


class World:
    """A running service with one listing of two seats, and the listing's seller."""

    def __init__(self, tickets: RunningService, show_id: UUID, seller_id: UUID, listing_id: str) -> None:
        self.tickets = tickets
        self.show_id = show_id
        self.seller_id = seller_id
        self.listing_id = listing_id
        self.seller = tickets.client(seller_id)

    async def facts(self) -> list[tuple[Any, ...]]:
        """Everything that is stored, but for how often somebody asked."""
        async with self.tickets.database.connection() as connection:
            return [
                tuple(row)
                for table, columns in STORED.items()
                for row in await connection.fetch(f"select {columns} from {table} t")
            ]


@pytest.fixture
async def world(start: StartService) -> World:
    tickets = await start("tickets")
    show = show_published()
    rows = (ChartRow("A", tuple(str(n) for n in range(1, 21))),)
    sections = (ChartSection("Stalls", "seated", rows, 20), ChartSection("Pit", "standing", (), 200))
    venue = VenuePublished(
        venue_id=show.venue_id,
        name="Theater am Ufer",
        city="Berlin",
        country="DE",
        timezone="Europe/Berlin",
        capacity=220,
        sections=sections,
        version=1,
        occurred_at=now(),
    )
    heard = [await tickets.publish(venue), await tickets.publish(show)]

    async def both() -> bool:
        return all([await tickets.heard(event_id) for event_id in heard])

    await eventually(both)
    seller_id = new_id()
    body = {"show_id": str(show.show_id), **LISTED_ROW, "unit_price": EUR}
    answer = await tickets.client(seller_id).post("/api/listings", json=body)
    assert answer.status_code == 201, answer.text
    return World(tickets, show.show_id, seller_id, answer.json()["id"])


def refused(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    assert (answer.status_code, problem["type"], problem["status"]) == (status, slug, status), answer.text
    assert problem["title"]
    assert problem["request_id"]
    return problem


async def test_bad_listings_are_refused_and_write_nothing(world: World) -> None:
    before = await world.facts()
    good = {"show_id": str(world.show_id), "section": "Stalls", "row": "A", "seats": ["5", "6"], "unit_price": EUR}
    for number, (changes, slug, field) in enumerate(BAD_LISTINGS):
        body = {name: value for name, value in (good | changes).items() if value is not None}
        answer = await world.seller.post("/api/listings", json=body, headers={"Idempotency-Key": f"bad-{number}"})
        problem = refused(answer, 422, slug)
        if slug == "invalid":
            assert field in str(problem["errors"]), (changes, problem)
    assert await world.facts() == before


async def test_bodies_that_are_no_listing_are_refused(world: World) -> None:
    before = await world.facts()
    client = world.seller
    kind = {"content-type": "application/json"}
    for content in (b"{", b"\xff\xfe", b'{"section": "\\ud800"}'):
        refused(await client.post("/api/listings", content=content, headers=kind), 400, "malformed-json")
    for content in (b"", b"[]", b"null", b'"x"', b"1"):
        refused(await client.post("/api/listings", content=content, headers=kind), 422, "invalid")
    huge = b'{"notes": "' + b"x" * 300_000 + b'"}'
    refused(await client.post("/api/listings", content=huge, headers=kind), 413, "body-too-large")
    refused(await client.put("/api/listings", json={}), 405, "method-not-allowed")
    assert await world.facts() == before


async def test_a_taken_seat_and_an_unknown_show_are_refused(world: World) -> None:
    before = await world.facts()
    body = {"show_id": str(world.show_id), "section": "Stalls", "row": "A", "seats": ["2", "3"], "unit_price": EUR}
    for client in (world.seller, world.tickets.client(new_id())):
        problem = refused(await client.post("/api/listings", json=body), 409, "seat-already-listed")
        assert problem["seats"] == ["2"]
    unknown = await world.seller.post("/api/listings", json=body | {"show_id": str(new_id())})
    refused(unknown, 404, "not-found")
    assert await world.facts() == before


async def test_bad_edits_are_refused_and_write_nothing(world: World) -> None:
    before = await world.facts()
    path = f"/api/listings/{world.listing_id}"
    for body, slug in BAD_EDITS:
        refused(await world.seller.patch(path, json=body, headers={"If-Match": '"1"'}), 422, slug)
    refused(await world.seller.patch(path, json={"notes": "x"}), 428, "if-match-missing")
    for stale in ('"2"', "*", "x", '"99999999999"'):
        refused(await world.seller.patch(path, json={"notes": "x"}, headers={"If-Match": stale}), 412, "version-stale")
    assert await world.facts() == before


async def test_what_is_anothers_or_does_not_exist_is_not_found(world: World) -> None:
    before = await world.facts()
    stranger = world.tickets.client(new_id(), roles=("user", "organiser", "operator"))
    [ticket, _] = (await world.seller.get("/api/tickets")).json()["items"]
    for listing_id in (world.listing_id, str(new_id()), "x", "00"):
        path = f"/api/listings/{listing_id}"
        refused(await stranger.patch(path, json={"notes": "x"}, headers={"If-Match": '"1"'}), 404, "not-found")
        refused(await stranger.delete(path), 404, "not-found")
        if listing_id != world.listing_id:
            refused(await stranger.get(path), 404, "not-found")
    for ticket_id in (ticket["id"], str(new_id()), "x"):
        for path in (f"/api/tickets/{ticket_id}", f"/api/tickets/{ticket_id}/code"):
            refused(await stranger.get(path), 404, "not-found")
    assert (await stranger.get("/api/tickets")).json() == {"items": [], "next_cursor": None}
    assert await world.facts() == before


async def test_every_route_but_the_public_ones_needs_a_sign_in(world: World) -> None:
    before = await world.facts()
    tickets, show = world.tickets, {"show_id": str(world.show_id)}
    forged = tickets.issuer.token(world.seller_id, key=Ed25519PrivateKey.generate())
    callers = {
        "sign-in-required": tickets.client(),
        "token-expired": tickets.client(token=tickets.issuer.token(world.seller_id, lifetime_s=-5)),
        "token-invalid": tickets.client(token=forged),
    }
    public = {("GET", "/api/listings"), ("GET", "/api/listings/{listing_id:uuid}")}
    for slug, client in callers.items():
        for route in [*routes_listings.ROUTES, *routes_tickets.ROUTES]:
            [template], [method] = route.paths, route.http_methods - {"OPTIONS"}  # type: ignore[union-attr]
            path = template.replace("{listing_id:uuid}", world.listing_id).replace("{ticket_id:uuid}", str(new_id()))
            body = {"json": {"notes": "x"}} if method == "PATCH" else {"json": {}} if method == "POST" else {}
            answer = await client.request(method, path, params=show, headers={"If-Match": '"1"'}, **body)  # type: ignore[arg-type]
            if (str(method), template) in public:
                assert answer.status_code == 200, answer.text
            else:
                refused(answer, 401, slug)
        refused(await client.get("/api/listings", params={"seller": "me"}), 401, slug)
    assert await world.facts() == before


async def test_bad_searches_are_refused(world: World) -> None:
    for query in BAD_SEARCHES:
        asked = ({"show_id": str(world.show_id)} if query else {}) | query
        refused(await world.tickets.client().get("/api/listings", params=asked), 422, "invalid")
    for sort in ("value", "section"):
        asked = {"show_id": str(world.show_id), "sort": sort, "cursor": "WzEsMiwzXQ"}
        refused(await world.tickets.client().get("/api/listings", params=asked), 422, "invalid")
    for query in ({"limit": "0"}, {"status": "lost"}, {"cursor": "x"}, {"cursor": "Wy0xLCJ4Il0"}):
        refused(await world.seller.get("/api/tickets", params=query), 422, "invalid")


async def test_a_code_goes_with_the_ticket(world: World) -> None:
    [ticket, _] = (await world.seller.get("/api/tickets")).json()["items"]
    path = f"/api/tickets/{ticket['id']}"
    assert (await world.seller.get(path)).json() == ticket
    answer = await world.seller.get(f"{path}/code")
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"code", "rotates_at"}
    hold = order_held(await _listing_event(world), buyer_id=new_id(), seats=(ticket["seat"],), quantity=1)
    heard = [await world.tickets.publish(hold), await world.tickets.publish(order_confirmed(hold))]
    await eventually(lambda: world.tickets.heard(heard[1]))
    refused(await world.seller.get(f"{path}/code"), 409, "ticket-void")
    buyer = world.tickets.client(hold.buyer_id)
    [bought] = (await buyer.get("/api/tickets")).json()["items"]
    assert (bought["status"], bought["order_id"], bought["seat"]) == ("valid", str(hold.order_id), ticket["seat"])
    assert (await buyer.get(f"/api/tickets/{bought['id']}/code")).status_code == 200
    sellers = (await world.seller.get("/api/tickets")).json()["items"]
    assert [item["status"] for item in sellers] == ["valid", "void"]
    [left] = (await world.seller.get("/api/tickets", params={"status": "void"})).json()["items"]
    assert left["id"] == ticket["id"]
    page = (await world.seller.get("/api/tickets", params={"limit": 1})).json()
    rest = (await world.seller.get("/api/tickets", params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert [*page["items"], *rest["items"]] == sellers
    assert rest["next_cursor"] is None


async def _listing_event(world: World) -> ListingPublished:
    [said] = await world.tickets.published(ListingPublished)
    return said
