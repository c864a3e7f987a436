"""Doors: a ticket lets one person in, once, whatever happens to it at the same moment and at how many doors."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    ClaimDecided,
    Event,
    ListingPublished,
    Money,
    OrderHeld,
    OrderRefundDue,
    ShowChanged,
    TeamChanged,
    TeamMember,
    TicketScanned,
    UserVerified,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from tickets.consumers import consumers

SEATS = tuple(str(number) for number in range(1, 61))
ROUNDS_MAX = 5
PENALTY = Money(1000, "EUR")


class Doors:
    """A running service with a show that begins in an hour, its staff, and tickets that people bought."""

    def __init__(self, tickets: RunningService) -> None:
        self.tickets = tickets
        self.harness = Harness(tickets, consumers)
        self.organiser, self.usher, self.seller = new_id(), new_id(), new_id()
        self.show = show_published(starts_at=now() + timedelta(hours=1), organiser_id=self.organiser)
        self.later = show_published(
            starts_at=now() + timedelta(days=3), venue_id=self.show.venue_id, organiser_id=self.organiser
        )
        self.seats = iter(SEATS)

    async def open(self) -> None:
        venue = VenuePublished(
            venue_id=self.show.venue_id,
            name="Theater am Ufer",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            capacity=60,
            sections=(ChartSection("Stalls", "seated", (ChartRow("A", SEATS),), 60),),
            version=1,
            occurred_at=now(),
        )
        members = (TeamMember(self.usher, ("scan",)),)
        team = TeamChanged(organiser_id=self.organiser, members=members, version=1, occurred_at=now())
        await self.deliver(venue, self.show, self.later, team)

    async def deliver(self, *events: Event) -> None:
        waiting = list(self.harness.deliveries(events))
        for _ in range(ROUNDS_MAX):
            waiting = [one for one in waiting if not await self.harness.deliver(one)]
        assert not waiting

    async def ask(self, who: UUID, method: str, path: str, *roles: str, **more: Any) -> tuple[int, Any]:
        answer = await self.tickets.client(who, ("user", *roles)).request(method, path, **more)
        return answer.status_code, answer.json() if answer.content else None

    async def listed(self, who: UUID, seat: str, **more: Any) -> tuple[int, Any]:
        place = {"section": "Stalls", "row": "A", "seats": [seat], "unit_price": {"amount": 5000, "currency": "EUR"}}
        body = {"show_id": str(self.show.show_id), **place, **more}
        return await self.ask(who, "POST", "/api/listings", json=body)

    async def listing(self, who: UUID, seat: str, **more: Any) -> ListingPublished:
        status, view = await self.listed(who, seat, **more)
        assert status == 201, view
        said = await self.tickets.published(ListingPublished)
        return next(event for event in said if str(event.listing_id) == view["id"])

    async def bought(
        self, who: UUID, seat: str | None = None, seller: UUID | None = None, **more: Any
    ) -> tuple[OrderHeld, str]:
        """A seat that somebody has bought: the order, and the ticket."""
        seat = seat or next(self.seats)
        listing = await self.listing(seller or self.seller, seat, **more)
        hold = order_held(listing, seats=(seat,), buyer_id=who)
        await self.deliver(hold, order_confirmed(hold))
        return hold, await self.ticket_of(who, seat)

    async def ticket_of(self, who: UUID, seat: str) -> str:
        _, page = await self.ask(who, "GET", "/api/tickets", params={"limit": 100})
        return next(str(item["id"]) for item in page["items"] if item["seat"] == seat)

    async def code(self, who: UUID, ticket_id: str) -> str:
        status, view = await self.ask(who, "GET", f"/api/tickets/{ticket_id}/code")
        assert status == 200, view
        return str(view["code"])

    async def scan(self, code: str, who: UUID | None = None, **more: Any) -> tuple[int, Any]:
        body = {"code": code, "show_id": str(self.show.show_id), "gate": "North", **more}
        return await self.ask(who or self.usher, "POST", "/api/scans", json=body)

    async def batch(self, *scans: dict[str, Any], gate: str = "South", **more: Any) -> list[dict[str, Any]]:
        body = {"show_id": str(self.show.show_id), "gate": gate, "scans": list(scans), **more}
        status, view = await self.ask(self.usher, "POST", "/api/scans/batch", json=body)
        assert status == 200, view
        found: list[dict[str, Any]] = view["items"]
        return found

    async def refund(self, hold: OrderHeld) -> None:
        fields: dict[str, Any] = {name: getattr(hold, name) for name in hold.__struct_fields__} | {"version": 3}
        fields |= {"refund_id": new_id(), "refund_reason": "goodwill", "refund_seats": hold.seats}
        await self.deliver(OrderRefundDue(**fields, refund_amount=hold.total))

    async def admissions(self, ticket_id: str) -> int:
        """How often a ticket has let somebody in, by its rows."""
        async with self.tickets.database.connection() as connection:
            query = "select count(*) from scans where ticket_id = $1 and let_in and result = 'admitted'"
            return int(await connection.fetchval(query, UUID(ticket_id)))


@pytest_asyncio.fixture
async def doors(start: StartService) -> Doors:
    found = Doors(await start("tickets"))
    await found.open()
    return found


def reference_of(code: str) -> str:
    """A ticket's reference, as a device works it out from a code."""
    payload = base64.urlsafe_b64decode(code.split(".")[1] + "=" * (-len(code.split(".")[1]) % 4))
    return base64.urlsafe_b64encode(hashlib.sha256(payload[:16]).digest()[:16]).decode().rstrip("=")


def offline(code: str | None, *, let_in: bool = True, **more: Any) -> dict[str, Any]:
    reference = None if code is None else reference_of(code)
    at = now().isoformat()
    return {"scan_id": str(new_id()), "reference": reference, "let_in": let_in, "scanned_at": at, **more}


async def test_a_ticket_lets_its_holder_in_once(doors: Doors) -> None:
    fan, scan_id = new_id(), str(new_id())
    hold, ticket = await doors.bought(fan)
    code = await doors.code(fan, ticket)
    first = await doors.scan(code, scan_id=scan_id)
    assert first[0] == 200
    assert (first[1]["result"], first[1]["gate"], first[1]["ticket"]["seat"]) == ("admitted", "North", hold.seats[0])
    # A lost answer is asked for again; another scan is another matter.
    assert await doors.scan(code, scan_id=scan_id) == first
    assert (await doors.ask(doors.usher, "GET", f"/api/scans/{scan_id}"))[1]["result"] == "admitted"
    assert (await doors.ask(fan, "GET", f"/api/scans/{scan_id}"))[0] == 404
    status, problem = await doors.scan(code, gate="South")
    assert (status, problem["type"], problem["used_gate"]) == (409, "already-used", "North")
    assert datetime.fromisoformat(problem["used_at"]) <= now()
    assert (await doors.ask(fan, "GET", f"/api/tickets/{ticket}"))[1]["status"] == "used"
    said = await doors.tickets.published(TicketScanned)
    assert [(event.ticket_id, event.order_id, event.gate) for event in said] == [(UUID(ticket), hold.order_id, "North")]
    # What was used is neither sold nor given away, and its holder reads that it let them in.
    assert (await doors.listed(fan, hold.seats[0]))[1]["type"] == "ticket-used"
    body = {"email": "friend@example.org"}
    assert (await doors.ask(fan, "POST", f"/api/tickets/{ticket}/transfer", json=body))[1]["type"] == "ticket-used"
    _, history = await doors.ask(fan, "GET", f"/api/tickets/{ticket}/history")
    assert history["items"][-1]["what"] == "admitted"
    # The counts, gate by gate.
    view = (await doors.ask(doors.usher, "GET", f"/api/gates/{doors.show.show_id}"))[1]
    assert (view["admitted"], view["expected"], view["wrong"]) == (1, 0, [])
    assert [(g["gate"], g["admitted"], g["refused"]) for g in view["gates"]] == [("North", 1, 0), ("South", 0, 1)]


async def test_each_refusal_says_why(doors: Doors) -> None:
    fan, friend = new_id(), new_id()
    hold, ticket = await doors.bought(fan)
    code = await doors.code(fan, ticket)
    refusals: dict[str, tuple[int, Any]] = {"forged": await doors.scan("k.e.y")}
    refusals["wrong-show"] = await doors.scan(code, show_id=str(doors.later.show_id))
    refusals["code-stale"] = await doors.scan(code, scanned_at=(now() - timedelta(hours=1)).isoformat())
    brought = await doors.listing(doors.seller, next(doors.seats))
    refusals["unproven"] = await doors.scan(
        await doors.code(doors.seller, await doors.ticket_of(doors.seller, brought.seats[0]))
    )
    status, own = await doors.listed(fan, hold.seats[0])
    resale = await doors.listing(fan, hold.seats[0]) if status != 201 else None
    said = [event for event in await doors.tickets.published(ListingPublished) if str(event.listing_id) == own["id"]]
    again = order_held(resale or said[0], seats=hold.seats, buyer_id=friend)
    await doors.deliver(again)
    refusals["on-sale"] = await doors.scan(code)
    await doors.deliver(order_confirmed(again))
    refusals["void"] = await doors.scan(code)
    assert {name: (s, p["type"]) for name, (s, p) in refusals.items()} == {name: (409, name) for name in refusals}
    assert refusals["void"][1]["why"] == "resold"
    status, _ = await doors.scan(await doors.code(friend, await doors.ticket_of(friend, hold.seats[0])))
    assert status == 200
    # Before the doors open, after the show was called off, and for refunded money.
    early, stranger = new_id(), new_id()
    refunded, theirs = await doors.bought(early)
    code = await doors.code(early, theirs)
    changed = {name: getattr(doors.show, name) for name in doors.show.__struct_fields__}
    tomorrow = ShowChanged(**changed | {"version": 2, "starts_at": now() + timedelta(hours=7)})
    await doors.deliver(tomorrow)
    status, problem = await doors.scan(code)
    assert (status, problem["type"], "opens_at" in problem) == (409, "not-yet", True)
    await doors.deliver(ShowChanged(**changed | {"version": 3, "status": "cancelled"}))
    assert (await doors.scan(code))[1]["why"] == "show-cancelled"
    await doors.refund(refunded)
    assert (await doors.scan(code))[1]["why"] == "refunded"
    # Nobody scans but the organiser, whoever of the team has that duty, and operators.
    assert (await doors.scan(code, stranger))[0] == 403
    for path in ("", "/offline"):
        assert (await doors.ask(stranger, "GET", f"/api/gates/{doors.show.show_id}{path}"))[0] == 403
    body = {"show_id": str(doors.show.show_id), "scans": [offline(None, let_in=False)]}
    assert (await doors.ask(stranger, "POST", "/api/scans/batch", json=body))[0] == 403
    assert (await doors.ask(doors.organiser, "GET", "/api/gates", "organiser"))[1]["items"]
    assert (await doors.ask(doors.usher, "GET", "/api/gates"))[1]["items"]
    assert (await doors.ask(stranger, "GET", "/api/gates"))[1]["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "x" * 300}, "code"),
        ({"gate": ""}, "gate"),
        ({"gate": "a\nb"}, "gate"),
        ({"scanned_at": "2020-01-01T00:00:00Z"}, "scanned_at"),
        ({"let_in": True}, "let_in"),
    ],
)
async def test_what_makes_no_sense_is_refused(doors: Doors, body: dict[str, Any], field: str) -> None:
    status, problem = await doors.scan(body.pop("code", "a.b.c"), **body)
    assert (status, problem["errors"][0]["field"]) == (422, field)


async def test_the_list_tells_no_code_and_verifies_all(doors: Doors) -> None:
    fan, friend = new_id(), new_id()
    hold, ticket = await doors.bought(fan)
    _, second = await doors.bought(fan)
    old = await doors.code(fan, ticket)
    resale = order_held(await doors.listing(fan, hold.seats[0]), seats=hold.seats, buyer_id=friend)
    await doors.deliver(resale, order_confirmed(resale))
    fresh = await doors.code(friend, await doors.ticket_of(friend, hold.seats[0]))
    assert (await doors.scan(await doors.code(fan, second)))[0] == 200
    _, page = await doors.ask(doors.usher, "GET", f"/api/gates/{doors.show.show_id}/offline")
    document = json.loads(page["document"])
    states = {reference: (state, seat) for reference, state, _, _, seat in document["tickets"]}
    assert states[reference_of(old)] == ("r", hold.seats[0])
    assert states[reference_of(fresh)] == ("v", hold.seats[0])
    assert Counter(state for state, _ in states.values())["u"] == 1
    assert page["next_cursor"] is None
    assert document["good_until"] > document["made_at"]
    # The document is signed, and its keys verify codes; nothing of a code is in it.
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(document["keys"][page["key_id"]] + "="))
    signature = base64.urlsafe_b64decode(page["signature"] + "==")
    key.verify(signature, f"fairseat-gate-list-v1.{page['key_id']}.{page['document']}".encode())
    assert not any(part in page["document"] for part in fresh.split(".")[1:])


async def test_what_was_scanned_without_a_network_is_heard_once(doors: Doors) -> None:
    fan = new_id()
    hold, ticket = await doors.bought(fan)
    code = await doors.code(fan, ticket)
    first, second = offline(code), offline(code)
    assert [item["result"] for item in await doors.batch(first, gate="North")] == ["admitted"]
    # The device repeats what it got no answer to; the other one's holder is in by a copy of the code.
    again, copied = await doors.batch(first, second, gate="South")
    assert (again["result"], again["gate"]) == ("admitted", "North")
    assert (copied["result"], copied["let_in"], copied["used_gate"]) == ("already-used", True, "North")
    view = (await doors.ask(doors.usher, "GET", f"/api/gates/{doors.show.show_id}"))[1]
    assert [(one["gate"], one["used_gate"], one["ticket"]["seat"]) for one in view["wrong"]] == [
        ("South", "North", hold.seats[0])
    ]
    assert [(g["gate"], g["admitted"], g["wrong"]) for g in view["gates"]] == [("North", 1, 0), ("South", 0, 1)]
    # A refusal that never reached the door: what happened there counts, and is told of once.
    lost = str(new_id())
    assert (await doors.scan(code, scan_id=lost))[0] == 409
    for _ in range(2):
        (heard,) = await doors.batch(offline(code) | {"scan_id": lost})
        assert (heard["result"], heard["let_in"], heard["scan_id"] == lost) == ("already-used", True, False)
    view = (await doors.ask(doors.usher, "GET", f"/api/gates/{doors.show.show_id}"))[1]
    assert len(view["wrong"]) == 2
    # What a device refused stays refused, also a good ticket that its list did not have.
    _, late = await doors.bought(new_id())
    holder = (await doors.tickets.published(TicketScanned))[0]
    assert holder.gate == "North"
    unknown = offline(code, let_in=False, reference="A" * 22)
    results = [item["result"] for item in await doors.batch(offline(None, let_in=False), unknown)]
    assert results == ["forged", "forged"]
    assert await doors.admissions(late) == 0


@pytest.mark.parametrize("number", range(3))
async def test_two_devices_at_once_let_one_person_in(doors: Doors, number: int) -> None:
    fan = new_id()
    _, ticket = await doors.bought(fan)
    code = await doors.code(fan, ticket)

    async def online(gate: str) -> str:
        _, answer = await doors.scan(code, gate=gate)
        return str(answer.get("result", answer.get("type")))

    async def later(gate: str) -> str:
        return str((await doors.batch(offline(code), gate=gate))[0]["result"])

    results = await asyncio.gather(online("North"), online("South"), later("East"), later("West"))
    assert Counter(results) == {"admitted": 1, "already-used": 3}, number
    assert await doors.admissions(ticket) == 1


async def test_a_scan_and_a_gift_at_the_same_moment(doors: Doors) -> None:
    email = f"friend-{new_id().hex}@example.org"
    friend = UserVerified(user_id=new_id(), email=email, name="Friend", roles=("user",), version=1, occurred_at=now())
    await doors.deliver(friend)
    seen = set()
    for round_ in range(4):
        fan = new_id()
        hold, ticket = await doors.bought(fan)
        code = await doors.code(fan, ticket)
        _, offer = await doors.ask(fan, "POST", f"/api/tickets/{ticket}/transfer", json={"email": email})
        accept = doors.ask(friend.user_id, "POST", f"/api/transfers/{offer['id']}/accept")
        calls = [doors.scan(code), accept] if round_ % 2 else [accept, doors.scan(code)]
        one, other = await asyncio.gather(*calls)
        scanned, accepted = (one, other) if round_ % 2 else (other, one)
        seen.add((scanned[0], accepted[0]))
        # Whoever was first: one of the two is the holder of a ticket that lets in, or is in.
        assert sorted((scanned[0], accepted[0])) == [200, 409], (scanned, accepted)
        heirs = (await doors.ask(friend.user_id, "GET", "/api/tickets", params={"status": "valid"}))[1]["items"]
        assert (hold.seats[0] in {item["seat"] for item in heirs}) == (accepted[0] == 200)
    assert seen


async def test_a_scan_and_a_sale_at_the_same_moment(doors: Doors) -> None:
    for scans_first in (True, False):
        fan, buyer = new_id(), new_id()
        hold, ticket = await doors.bought(fan)
        code = await doors.code(fan, ticket)
        listing = await doors.listing(fan, hold.seats[0])
        sale = order_held(listing, seats=hold.seats, buyer_id=buyer)
        if scans_first:
            # In at the door: the seat leaves the sale, and an order that was faster elsewhere is made good at once.
            assert (await doors.scan(code))[0] == 200
            assert (await doors.ask(fan, "GET", f"/api/listings/{listing.listing_id}"))[1]["status"] == "withdrawn"
            await doors.deliver(sale, order_confirmed(sale))
        else:
            scanned, _ = await asyncio.gather(doors.scan(code), doors.deliver(sale, order_confirmed(sale)))
        _, mine = await doors.ask(buyer, "GET", "/api/tickets")
        decided = [e for e in await doors.tickets.published(ClaimDecided) if e.order_id == sale.order_id]
        if scans_first or scanned[0] == 200:
            assert [item["status"] for item in mine["items"]] == ["void"]
            assert [(e.outcome, e.penalty, e.seller_id) for e in decided] == [("refund", PENALTY, fan)]
        else:
            assert [item["status"] for item in mine["items"]] == ["valid"]
            assert not decided


async def test_a_scan_and_a_refund_at_the_same_moment(doors: Doors) -> None:
    for _ in range(3):
        fan = new_id()
        hold, ticket = await doors.bought(fan)
        code = await doors.code(fan, ticket)
        (status, problem), _ = await asyncio.gather(doors.scan(code), doors.refund(hold))
        assert status == 200 or (problem["type"], problem["why"]) == ("void", "refunded")
        view = (await doors.ask(fan, "GET", f"/api/tickets/{ticket}"))[1]
        # Money went back, so nobody goes in by it again, whoever was first.
        assert view["status"] == "void"
        assert (await doors.scan(code))[1]["type"] == "void"
