"""The guarantee: who is refused at the door with a good ticket is made good, and whoever is at fault pays for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    ClaimDecided,
    ClaimOpened,
    Event,
    ListingChanged,
    ListingPublished,
    Money,
    OrderHeld,
    TeamChanged,
    TeamMember,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from tickets.consumers import consumers
from tickets.domain_faults import Facts, Link, Reason, fault_of, penalty_of, sales_undone

SEATS = tuple(str(number) for number in range(1, 31))
A, B, C, D = (UUID(int=number) for number in range(1, 5))
FIRST, SECOND = UUID(int=11), UUID(int=12)


class Door:
    """A running service with a show that begins in an hour, an usher, and what is sold."""

    def __init__(self, tickets: RunningService) -> None:
        self.tickets = tickets
        self.harness = Harness(tickets, consumers)
        self.usher, self.seller, self.operator = new_id(), new_id(), new_id()
        self.show = show_published(starts_at=now() + timedelta(hours=1), organiser_id=new_id())

    async def open(self) -> None:
        rows = (ChartRow("A", SEATS), ChartRow("B", SEATS))
        venue = VenuePublished(
            venue_id=self.show.venue_id,
            name="Theater am Ufer",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            capacity=60,
            sections=(ChartSection("Stalls", "seated", rows, 60),),
            version=1,
            occurred_at=now(),
        )
        assert self.show.organiser_id is not None
        team = TeamChanged(
            organiser_id=self.show.organiser_id,
            members=(TeamMember(self.usher, ("scan",)),),
            version=1,
            occurred_at=now(),
        )
        await self.deliver(venue, self.show, team)

    async def deliver(self, *events: Event) -> None:
        waiting = list(self.harness.deliveries(events))
        for _ in range(5):
            waiting = [one for one in waiting if not await self.harness.deliver(one)]
        assert not waiting

    async def ask(self, who: UUID, method: str, path: str, *roles: str, **more: Any) -> tuple[int, Any]:
        answer = await self.tickets.client(who, ("user", *roles)).request(method, path, **more)
        return answer.status_code, answer.json() if answer.content else None

    async def listing(self, who: UUID, *seats: str, row: str = "B", amount: int = 5000) -> ListingPublished:
        body = {"show_id": str(self.show.show_id), "section": "Stalls", "row": row, "seats": list(seats)}
        price = {"unit_price": {"amount": amount, "currency": "EUR"}}
        status, view = await self.ask(who, "POST", "/api/listings", json=body | price)
        assert status == 201, view
        said = await self.tickets.published(ListingPublished)
        return next(event for event in said if str(event.listing_id) == view["id"])

    async def sold(self, seller: UUID, buyer: UUID, seat: str) -> tuple[OrderHeld, str]:
        listing = await self.listing(seller, seat)
        hold = order_held(listing, seats=(seat,), buyer_id=buyer)
        await self.deliver(hold, order_confirmed(hold))
        _, page = await self.ask(buyer, "GET", "/api/tickets", params={"status": "valid"})
        return hold, next(item["id"] for item in page["items"] if item["seat"] == seat)

    async def scanned(self, who: UUID, ticket: str) -> tuple[int, Any]:
        _, view = await self.ask(who, "GET", f"/api/tickets/{ticket}/code")
        body = {"code": view["code"], "show_id": str(self.show.show_id)}
        return await self.ask(self.usher, "POST", "/api/scans", json=body)

    async def claim(self, who: UUID, ticket: str, reason: str, **more: Any) -> tuple[int, Any]:
        return await self.ask(who, "POST", "/api/claims", json={"ticket_id": ticket, "reason": reason, **more})

    async def decided(self) -> Sequence[ClaimDecided]:
        return await self.tickets.published(ClaimDecided)


@pytest_asyncio.fixture
async def door(start: StartService) -> Door:
    found = Door(await start("tickets"))
    await found.open()
    return found


async def test_staff_who_see_that_a_seat_is_taken_settle_it_at_once(door: Door) -> None:
    fan = new_id()
    hold, ticket = await door.sold(door.seller, fan, "1")
    assert (await door.claim(fan, ticket, "seat-taken"))[1]["type"] == "refusal-missing"
    assert (await door.scanned(fan, ticket))[0] == 200
    # Its holder may say so too; what a person says of themselves is for an operator to judge.
    assert (await door.claim(fan, ticket, "seat-taken"))[1]["type"] == "refusal-missing"
    status, view = await door.claim(door.usher, ticket, "seat-taken", note="A family sits there.")
    assert (status, view["outcome"], view["side"], view["penalty"]) == (201, "refund", "staff", None)
    (event,) = await door.decided()
    assert (event.order_id, event.seat, event.buyer_id, event.seller_id) == (hold.order_id, "1", fan, door.seller)
    assert (event.outcome, event.penalty) == ("refund", Money(1000, "EUR"))
    assert (await door.claim(door.usher, ticket, "seat-taken"))[1]["type"] == "already-claimed"
    # Each side reads its own of it: only the seller what it costs them, and not what was said at the door.
    _, mine = await door.ask(fan, "GET", f"/api/claims/{view['id']}")
    assert (mine["side"], mine["penalty"], mine["status"]) == ("buyer", None, "decided")
    _, theirs = await door.ask(door.seller, "GET", "/api/claims", params={"box": "sold"})
    assert [(c["penalty"]["amount"], c["note"], c["side"]) for c in theirs["items"]] == [(1000, "", "seller")]
    assert (await door.ask(new_id(), "GET", f"/api/claims/{view['id']}"))[0] == 404
    assert (await door.ask(fan, "GET", "/api/claims", params={"box": "all"}))[0] == 403
    _, seen = await door.ask(door.usher, "GET", "/api/claims", params={"show_id": str(door.show.show_id)})
    assert [c["side"] for c in seen["items"]] == ["staff"]


async def test_a_device_that_turned_a_good_ticket_away_is_made_good_without_a_penalty(door: Door) -> None:
    fan = new_id()
    assert door.show.organiser_id is not None
    _, ticket = await door.sold(door.show.organiser_id, fan, "2")
    assert (await door.claim(fan, ticket, "refused"))[1]["type"] == "refusal-missing"
    _, page = await door.ask(door.usher, "GET", f"/api/gates/{door.show.show_id}/offline")
    reference = page["document"].split('"tickets":')[1]
    known = next(part for part in reference.split("[") if ',"v",' in part and '"2"' in part).split('"')[1]
    scan = {"scan_id": str(new_id()), "reference": known, "let_in": False, "scanned_at": now().isoformat()}
    body = {"show_id": str(door.show.show_id), "scans": [scan]}
    _, batch = await door.ask(door.usher, "POST", "/api/scans/batch", json=body)
    assert [item["result"] for item in batch["items"]] == ["not-listed"]
    status, view = await door.claim(fan, ticket, "refused")
    assert (status, view["outcome"], view["side"]) == (201, "refund", "buyer")
    assert [(e.outcome, e.penalty) for e in await door.decided()] == [("refund", None)]
    assert [e.reason for e in await door.tickets.published(ClaimOpened)] == ["refused"]


async def test_sales_in_between_are_undone(door: Door) -> None:
    first, last = new_id(), new_id()
    bought, _ = await door.sold(door.seller, first, "3")
    resold, ticket = await door.sold(first, last, "3")
    await door.scanned(last, ticket)
    assert (await door.claim(door.usher, ticket, "code-dead"))[1]["outcome"] == "refund"
    said = {event.order_id: event for event in await door.decided()}
    # Whoever bought in good faith and sold on pays nothing; whoever brought the place in does.
    assert {order: event.penalty for order, event in said.items()} == {
        resold.order_id: None,
        bought.order_id: Money(1000, "EUR"),
    }
    assert said[bought.order_id].seller_id == door.seller


async def test_an_operator_decides_what_is_not_clear(door: Door) -> None:
    fan = new_id()
    _, ticket = await door.sold(door.seller, fan, "4")
    await door.scanned(fan, ticket)
    async with door.tickets.database.connection() as connection:
        serial = await connection.fetchval("select id from tickets where id = $1", UUID(ticket))
        # A copy of the code came first at another door.
        await connection.execute(
            "insert into scans (id, show_id, ticket_id, gate, result, scanned_by, let_in, scanned_at)"
            " values ($1, $2, $3, 'South', 'already-used', $4, false, now())",
            new_id(),
            door.show.show_id,
            serial,
            door.usher,
        )
    status, view = await door.claim(fan, ticket, "refused", note="Somebody came in before me.")
    assert (status, view["status"]) == (201, "open")
    path = f"/api/claims/{view['id']}/decision"
    body = {"outcome": "replacement", "verdict": "A copy was used."}
    assert (await door.ask(fan, "POST", path, json=body))[0] == 403
    status, problem = await door.ask(door.operator, "POST", path, "operator", json=body)
    assert (status, problem["type"]) == (409, "no-replacement")
    # A place of the seller's, no further back: it leaves the sale and is the holder's.
    spare = await door.listing(door.seller, "9", row="A")
    _, open_ = await door.ask(door.operator, "GET", "/api/claims", "operator", params={"box": "open"})
    assert [item["id"] for item in open_["items"]] == [view["id"]]
    status, view = await door.ask(door.operator, "POST", path, "operator", json=body)
    assert (status, view["outcome"]) == (200, "replacement")
    assert (await door.ask(fan, "GET", f"/api/listings/{spare.listing_id}"))[1]["status"] == "withdrawn"
    status, answer = await door.scanned(fan, view["replacement_ticket_id"])
    assert (status, answer["ticket"]["row"], answer["ticket"]["seat"]) == (200, "A", "9")
    assert (await door.ask(door.operator, "POST", path, "operator", json=body))[1]["type"] == "claim-decided"
    (event,) = await door.decided()
    assert (event.outcome, event.penalty, str(event.replacement_ticket_id)) == (
        "replacement",
        Money(1000, "EUR"),
        view["replacement_ticket_id"],
    )
    async with door.tickets.database.connection() as connection:
        actions = await connection.fetch("select action, actor_id from audit_log where action like 'claim%'")
    assert [(row["action"], row["actor_id"]) for row in actions] == [("claim-decided", door.operator)]
    assert not await door.tickets.published(ListingChanged)


def link(holder: UUID, order: UUID | None = None, seller: UUID | None = None, *, let_in: bool = False) -> Link:
    return Link(
        ticket_id=new_id(),
        holder_id=holder,
        status="valid",
        let_in=let_in,
        order_id=order,
        buyer_id=holder if order else None,
        seller_id=seller,
        unit_price=Money(5000, "EUR") if order else None,
    )


BROUGHT = [link(A), link(B, FIRST, A)]
RESOLD = [*BROUGHT, link(C, SECOND, B)]
SNEAKED = [link(A), link(B, FIRST, A, let_in=True), link(C, SECOND, B)]
GIVEN = [link(A), link(B, FIRST, A, let_in=True), link(C, FIRST, A)]


@pytest.mark.parametrize(
    ("reason", "by_staff", "scans", "chain", "fault", "undone"),
    [
        ("refused", False, ["not-listed"], BROUGHT, -1, [FIRST]),
        # The house made the mistake: whoever sold the ticket on does not lose the sale by it.
        ("refused", False, ["not-listed"], RESOLD, None, None),
        ("refused", True, ["already-used"], RESOLD, None, None),
        ("seat-taken", False, ["admitted"], RESOLD, None, None),
        ("seat-taken", True, ["admitted"], BROUGHT, 0, [FIRST]),
        ("code-dead", True, ["admitted"], RESOLD, 0, [SECOND, FIRST]),
        ("seat-taken", False, ["admitted"], SNEAKED, 1, [SECOND]),
        # Who gives a ticket away and goes in with it gets no money for it.
        ("seat-taken", False, ["admitted"], GIVEN, None, None),
        ("seat-taken", True, ["admitted"], GIVEN, None, None),
    ],
)
def test_whose_fault_it_is(
    reason: Reason, by_staff: bool, scans: Any, chain: list[Link], fault: int | None, undone: list[UUID] | None
) -> None:
    facts = Facts(reason=reason, by_staff=by_staff, status="valid", scans=scans, organiser_id=A, chain=chain)
    assert fault_of(facts) == fault
    if fault is not None:
        assert [sale.order_id for sale in sales_undone(chain, fault)] == undone


def test_a_penalty_is_never_nothing() -> None:
    assert penalty_of(Money(5000, "EUR")) == Money(1000, "EUR")
    assert penalty_of(Money(1, "EUR")) == Money(1, "EUR")
    assert penalty_of(Money(1230, "KWD")) == Money(240, "KWD")
