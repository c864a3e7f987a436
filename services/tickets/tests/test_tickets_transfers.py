"""Giving tickets away: who may, who sees what, and that the old code ends when the new one begins."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    Event,
    ListingPublished,
    Money,
    OrderHeld,
    OrderRefundDue,
    ShowChanged,
    TicketsTransferred,
    TransferEnded,
    TransferOffered,
    UserChanged,
    UserErased,
    UserRegistered,
    UserVerified,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.consumers import consumers

SEATS = tuple(str(number) for number in range(1, 31))
ROUNDS_MAX = 5


class House:
    """A running service with a show, people who have accounts, and tickets that they bought."""

    def __init__(self, tickets: RunningService) -> None:
        self.tickets = tickets
        self.harness = Harness(tickets, consumers)
        self.show = show_published()
        self.seller = new_id()
        self.seats = iter(SEATS)

    async def open(self) -> None:
        sections = (
            ChartSection("Stalls", "seated", (ChartRow("A", SEATS), ChartRow("B", SEATS)), 60),
            ChartSection("Pit", "standing", (), 6),
        )
        venue = VenuePublished(
            venue_id=self.show.venue_id,
            name="Theater am Ufer",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            capacity=66,
            sections=sections,
            version=1,
            occurred_at=now(),
        )
        await self.deliver(venue, self.show)

    async def deliver(self, *events: Event) -> None:
        waiting = list(self.harness.deliveries(events))
        for _ in range(ROUNDS_MAX):
            waiting = [one for one in waiting if not await self.harness.deliver(one)]
        assert not waiting

    async def person(self, name: str, email: str | None = None) -> tuple[UUID, str]:
        """Somebody with an account: id and address."""
        user_id, address = new_id(), email or f"{name}-{new_id().hex}@Example.com"
        event = UserVerified(user_id=user_id, email=address, name=name, roles=("user",), version=1, occurred_at=now())
        await self.deliver(event)
        return user_id, address

    async def ask(self, who: UUID, method: str, path: str, **more: Any) -> tuple[int, Any]:
        answer = await self.tickets.client(who).request(method, path, **more)
        return answer.status_code, answer.json() if answer.content else None

    async def listed(self, who: UUID, *seats: str, **more: Any) -> ListingPublished:
        status, view = await self.put_on_sale(who, *seats, **more)
        assert status == 201, view
        said = await self.tickets.published(ListingPublished)
        return next(event for event in said if str(event.listing_id) == view["id"])

    async def put_on_sale(self, who: UUID, *seats: str, row: str = "A", **more: Any) -> tuple[int, Any]:
        place = {"section": "Stalls", "row": row, "seats": list(seats)} if seats else {}
        body = {"show_id": str(self.show.show_id), "unit_price": {"amount": 5000, "currency": "EUR"}}
        return await self.ask(who, "POST", "/api/listings", json=body | place | more)

    async def bought(self, who: UUID, *seats: str, row: str = "A") -> tuple[OrderHeld, list[str]]:
        """Seats that somebody has bought: the order, and the ids of the tickets."""
        listing = await self.listed(self.seller, *seats, row=row)
        hold = order_held(listing, quantity=len(seats), seats=seats, buyer_id=who)
        await self.deliver(hold, order_confirmed(hold))
        return hold, await self.held_by(who, *seats, row=row)

    async def held_by(self, who: UUID, *seats: str, row: str = "A") -> list[str]:
        _, page = await self.ask(who, "GET", "/api/tickets", params={"status": "valid", "limit": 100})
        return [item["id"] for item in page["items"] if item["row"] == row and item["seat"] in seats]

    async def offer(self, who: UUID, ids: Sequence[str], email: str, **more: Any) -> dict[str, Any]:
        status, view = await self.ask(
            who, "POST", "/api/transfers", json={"ticket_ids": list(ids), "email": email, **more}
        )
        assert status == 202, view
        found: dict[str, Any] = view
        return found

    async def code(self, who: UUID, ticket_id: str) -> tuple[int, Any]:
        return await self.ask(who, "GET", f"/api/tickets/{ticket_id}/code")

    async def one_valid_each(self) -> None:
        """S3, without the help of the index."""
        async with self.tickets.database.connection() as connection:
            rows = await connection.fetch("select row, seat from tickets where status in ('valid', 'used')")
        assert len({tuple(row) for row in rows}) == len(rows)

    async def past(self, transfer_id: str) -> None:
        """Let an offer's time be over."""
        async with self.tickets.database.connection() as connection:
            await connection.execute("update transfers set expires_at = now() where id = $1", UUID(transfer_id))


def refund_due(hold: OrderHeld, *seats: str) -> OrderRefundDue:
    fields = {name: getattr(hold, name) for name in hold.__struct_fields__}
    amount = Money(hold.total.amount // hold.quantity * len(seats), hold.total.currency)
    more = {"version": 3, "refund_id": new_id(), "refund_reason": "goodwill", "refund_seats": seats}
    return OrderRefundDue(**fields | more | {"refund_amount": amount})


@pytest_asyncio.fixture(loop_scope="session")
async def house(start: StartService) -> House:
    world = House(await start("tickets"))
    await world.open()
    return world


async def test_the_receiver_has_new_codes_and_the_sender_none(house: House) -> None:
    (ana, _), (ben, bens), (eve, _) = await house.person("Ana"), await house.person("Ben"), await house.person("Eve")
    hold, ids = await house.bought(ana, "1", "2")
    before = {(await house.code(ana, ticket_id))[1]["code"] for ticket_id in ids}
    offer = await house.offer(ana, ids, bens.upper(), message="See you there")
    path = f"/api/transfers/{offer['id']}"
    assert (offer["status"], offer["box"], offer["to_email"]) == ("offered", "sent", bens.lower())
    assert (await house.code(ana, ids[0]))[0] == 200
    assert (await house.ask(eve, "GET", path))[0] == (await house.ask(eve, "POST", f"{path}/accept"))[0] == 404
    assert (await house.ask(ana, "POST", f"{path}/accept"))[0] == 404

    status, taken = await house.ask(ben, "POST", f"{path}/accept")
    assert (status, taken["status"], taken["from_name"], taken["to_email"]) == (200, "accepted", "Ana", None)
    assert taken["message"] == "See you there"
    new = [place["ticket_id"] for place in taken["tickets"]]
    assert await house.held_by(ben, "1", "2") == new
    assert (await house.ask(ben, "POST", f"{path}/accept")) == (200, taken)
    for ticket_id in ids:
        assert (await house.code(ana, ticket_id))[1]["type"] == "ticket-void"
        assert (await house.code(ben, ticket_id))[0] == 404
        assert (await house.ask(ana, "GET", f"/api/tickets/{ticket_id}"))[1]["status"] == "transferred"
    assert not before & {(await house.code(ben, ticket_id))[1]["code"] for ticket_id in new}
    assert (await house.ask(ben, "GET", f"/api/tickets/{new[0]}"))[1]["order_id"] == str(hold.order_id)
    async with house.tickets.database.connection() as connection:
        assert await connection.fetchval("select count(distinct serial) from tickets where row = 'A'") == 6
    [offered], [said] = (
        await house.tickets.published(TransferOffered),
        await house.tickets.published(TicketsTransferred),
    )
    assert (offered.version, said.version, said.to_id, said.to_email) == (1, 2, ben, bens.lower())
    assert [str(place.new_ticket_id) for place in said.tickets] == new
    assert "See you" not in str(offered)
    await house.one_valid_each()


async def test_an_offer_looks_the_same_whether_or_not_the_address_has_an_account(house: House) -> None:
    (ana, _), (_, bens) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, "1", "2")
    first, second = await house.offer(ana, ids[:1], bens), await house.offer(ana, ids[1:], "nobody@example.com")
    assert {name: value for name, value in first.items() if name in ("status", "to_name", "from_name")} == {
        name: value for name, value in second.items() if name in ("status", "to_name", "from_name")
    }
    late, _ = await house.person("Nora", "Nobody@example.com")
    status, page = await house.ask(late, "GET", "/api/transfers", params={"box": "received", "waiting": "true"})
    assert (status, [item["id"] for item in page["items"]]) == (200, [second["id"]])
    assert page["items"][0]["to_email"] is None
    assert (await house.ask(late, "POST", f"/api/transfers/{second['id']}/accept"))[0] == 200
    status, page = await house.ask(ana, "GET", "/api/transfers", params={"box": "sent", "limit": 1})
    assert ([item["to_name"] for item in page["items"]], bool(page["next_cursor"])) == (["Nora"], True)


async def test_an_offer_is_taken_back_or_declined_once(house: House) -> None:
    (ana, _), (ben, bens) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, "1")
    for undo, who, outcome in [("DELETE", ana, "cancelled"), ("POST", ben, "declined")]:
        offer = await house.offer(ana, ids, bens)
        path = f"/api/transfers/{offer['id']}"
        other = ben if who is ana else ana
        wrong = ("DELETE", path) if other is ben else ("POST", f"{path}/decline")
        assert (await house.ask(other, *wrong))[0] == 404
        for _ in range(2):
            status, _ = await house.ask(who, undo, path if undo == "DELETE" else f"{path}/decline")
            assert status == (204 if undo == "DELETE" else 200)
        status, problem = await house.ask(ben, "POST", f"{path}/accept")
        assert (status, problem["type"], problem["status_of_transfer"]) == (409, "transfer-ended", outcome)
        assert (await house.code(ana, ids[0]))[0] == 200
    offer = await house.offer(ana, ids, bens)
    await house.ask(ben, "POST", f"/api/transfers/{offer['id']}/accept")
    assert (await house.ask(ana, "DELETE", f"/api/transfers/{offer['id']}"))[1]["type"] == "transfer-ended"
    said = await house.tickets.published(TransferEnded)
    assert [(event.version, event.outcome) for event in said] == [(2, "cancelled"), (2, "declined")]


async def test_nobody_accepts_after_the_time_is_over(house: House) -> None:
    (ana, _), (ben, bens) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, "1")
    offer = await house.offer(ana, ids, bens)
    await house.past(offer["id"])
    path = f"/api/transfers/{offer['id']}"
    assert (await house.ask(ben, "POST", f"{path}/accept"))[1]["status_of_transfer"] == "expired"
    assert (await house.ask(ben, "POST", f"{path}/decline"))[0] == 409
    assert (await house.ask(ana, "DELETE", path))[0] == 204

    async def told() -> list[str]:
        return [str(event.outcome) for event in await house.tickets.published(TransferEnded)]

    assert await eventually(told) == ["expired"]
    assert (await house.offer(ana, ids, bens))["status"] == "offered"


async def test_an_offer_ends_with_the_beginning_of_the_show(house: House) -> None:
    (ana, _), (ben, bens) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, "1", "2")
    soon = now() + timedelta(hours=3)
    fields = {name: getattr(house.show, name) for name in house.show.__struct_fields__}
    first = await house.offer(ana, ids[:1], bens)
    await house.deliver(ShowChanged(**fields | {"version": 2, "starts_at": soon}))
    _, view = await house.ask(ana, "GET", f"/api/transfers/{first['id']}")
    second = await house.offer(ana, ids[1:], bens)
    assert view["expires_at"] == second["expires_at"] == soon.isoformat().replace("+00:00", "Z")
    await house.deliver(ShowChanged(**fields | {"version": 3, "status": "cancelled"}))
    assert (await house.ask(ben, "POST", f"/api/transfers/{first['id']}/accept"))[0] == 409

    async def told() -> list[str] | None:
        said: list[str] = [event.outcome for event in await house.tickets.published(TransferEnded)]
        return said if len(said) == 2 else None

    assert await eventually(told) == ["void", "void"]
    status, problem = await house.ask(
        ana, "POST", f"/api/tickets/{ids[0]}/transfer", json={"email": "somebody@example.com"}
    )
    assert (status, problem["type"]) == (422, "show-over")


async def test_what_is_on_sale_is_not_given_away_and_the_other_way_round(house: House) -> None:
    (ana, _), (ben, bens) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, "1", "2")
    listing = await house.listed(ana, "1")
    status, problem = await house.ask(ana, "POST", "/api/transfers", json={"ticket_ids": ids, "email": bens})
    assert (status, problem["type"], problem["seats"]) == (409, "ticket-listed", ["1"])
    offer = await house.offer(ana, ids[1:], bens)
    status, problem = await house.put_on_sale(ana, "2")
    assert (status, problem["type"], problem["seats"]) == (409, "ticket-in-transfer", ["2"])
    status, problem = await house.ask(ana, "POST", "/api/transfers", json={"ticket_ids": ids[1:], "email": bens})
    assert (status, problem["type"]) == (409, "ticket-in-transfer")
    _, view = await house.ask(ana, "GET", f"/api/tickets/{ids[1]}")
    assert (view["transfer_id"], view["listing_id"]) == (offer["id"], None)
    assert (await house.ask(ana, "GET", f"/api/tickets/{ids[0]}"))[1]["listing_id"] == str(listing.listing_id)
    await house.ask(ben, "POST", f"/api/transfers/{offer['id']}/accept")
    resale = await house.listed(ben, "2")
    sale = order_held(resale, seats=("2",))
    await house.deliver(sale, order_confirmed(sale))
    assert await house.held_by(sale.buyer_id, "2")
    assert not await house.held_by(ben, "2")
    await house.one_valid_each()


async def test_standing_places_in_transfer_are_left_out_of_a_sale(house: House) -> None:
    (ana, _), (_, bens) = await house.person("Ana"), await house.person("Ben")
    listing = await house.listed(house.seller, section="Pit", quantity=2)
    hold = order_held(listing, quantity=2, buyer_id=ana)
    await house.deliver(hold, order_confirmed(hold))
    ids = await house.held_by(ana, *listing.seats, row="")
    await house.offer(ana, ids[:1], bens)
    status, view = await house.put_on_sale(ana, section="Pit", quantity=1)
    assert (status, view["seats"]) == (201, [listing.seats[1]])


async def test_a_refund_ends_the_receivers_ticket_and_open_offers(house: House) -> None:
    (ana, _), (ben, bens) = await house.person("Ana"), await house.person("Ben")
    hold, ids = await house.bought(ana, "1", "2", "3")
    given = await house.offer(ana, ids[:1], bens)
    await house.ask(ben, "POST", f"/api/transfers/{given['id']}/accept")
    [received] = await house.held_by(ben, "1")
    offer = await house.offer(ana, ids[1:], bens)
    due = refund_due(hold, "1", "2")
    await house.deliver(due, due)
    assert (await house.code(ben, received))[1]["type"] == "ticket-void"
    assert (await house.ask(ben, "POST", f"/api/transfers/{offer['id']}/accept"))[1]["status_of_transfer"] == "void"
    assert await house.held_by(ana, "1", "2", "3") == ids[2:]
    [said] = await house.tickets.published(TransferEnded)
    assert (str(said.transfer_id), said.outcome) == (offer["id"], "void")
    assert (await house.offer(ana, ids[2:], bens))["status"] == "offered"


async def test_a_sale_that_was_first_takes_the_place_from_whoever_was_given_it(house: House) -> None:
    (ana, _), (ben, bens) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, "1", "2")
    listing = await house.listed(ana, "1", "2")
    hold = order_held(listing, quantity=2, seats=("1", "2"))
    assert (await house.ask(ana, "DELETE", f"/api/listings/{listing.listing_id}"))[0] == 204
    given, open_ = await house.offer(ana, ids[:1], bens), await house.offer(ana, ids[1:], bens)
    assert (await house.ask(ben, "POST", f"/api/transfers/{given['id']}/accept"))[0] == 200
    await house.deliver(hold)
    assert (await house.ask(ben, "POST", f"/api/transfers/{open_['id']}/accept"))[1]["type"] == "ticket-listed"
    await house.deliver(order_confirmed(hold))
    assert len(await house.held_by(hold.buyer_id, "1", "2")) == 2
    assert not await house.held_by(ben, "1", "2")
    assert not await house.held_by(ana, "1", "2")
    assert (await house.ask(ben, "POST", f"/api/transfers/{open_['id']}/accept"))[1]["status_of_transfer"] == "void"
    await house.one_valid_each()


async def test_bad_offers_are_refused_with_their_reasons(house: House) -> None:
    (ana, anas), (ben, _) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, "1", "2")
    body: dict[str, Any] = {"ticket_ids": ids, "email": "friend@example.com"}
    changes: list[tuple[dict[str, Any], int, str]] = [
        ({"email": anas.lower()}, 422, "own-address"),
        ({"email": "no address"}, 422, "invalid"),
        ({"email": "a@b.de\r\nBcc: c@d.de"}, 422, "invalid"),
        ({"email": "a@b.de, c@d.de"}, 422, "invalid"),
        ({"email": "Friend <a@b.de>"}, 422, "invalid"),
        ({"ticket_ids": []}, 422, "invalid"),
        ({"ticket_ids": [str(new_id())]}, 404, "not-found"),
        ({"ticket_ids": [str(new_id()) for _ in range(21)]}, 422, "invalid"),
        ({"message": "x" * 501}, 422, "invalid"),
        ({"price": 1}, 422, "invalid"),
    ]
    for change, status, slug in changes:
        found, problem = await house.ask(ana, "POST", "/api/transfers", json=body | change)
        assert (found, problem["type"]) == (status, slug), change
    assert (await house.ask(ben, "POST", "/api/transfers", json=body))[0] == 404
    async with house.tickets.database.connection() as connection:
        await connection.execute("update tickets set status = 'used', ended_at = now() where id = $1", UUID(ids[0]))
    status, problem = await house.ask(ana, "POST", "/api/transfers", json=body)
    assert (status, problem["type"]) == (409, "ticket-used")
    assert await house.tickets.published(TransferOffered) == []
    nobody = house.tickets.client()
    for path in ("/api/transfers", f"/api/transfers/{new_id()}"):
        assert (await nobody.get(path)).status_code == 401


async def test_a_repeated_request_makes_one_offer(house: House) -> None:
    ana, _ = await house.person("Ana")
    _, ids = await house.bought(ana, "1")
    body = {"ticket_ids": ids, "email": "friend@example.com"}
    answers = [
        await house.ask(ana, "POST", "/api/transfers", json=body, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    assert len(await house.tickets.published(TransferOffered)) == 1


async def test_limits_hold_under_parallel_requests(house: House) -> None:
    ana, _ = await house.person("Ana")
    ids = (await house.bought(ana, *SEATS))[1]
    clients = [house.tickets.client(ana) for _ in range(8)]

    async def offer(number: int, ticket_id: str) -> int:
        body = {"email": f"friend-{number}@example.com"}
        return (await clients[number % 8].post(f"/api/tickets/{ticket_id}/transfer", json=body)).status_code

    answers = Counter(await asyncio.gather(*(offer(number, one) for number, one in enumerate(ids))))
    assert answers == {202: 20, 429: 10}


async def test_of_many_who_act_at_once_one_decides(house: House) -> None:
    (ana, _), (ben, bens) = await house.person("Ana"), await house.person("Ben")
    _, ids = await house.bought(ana, *SEATS[:6])
    sender, receiver = house.tickets.client(ana), house.tickets.client(ben)
    for ticket_id in ids:
        offers = await asyncio.gather(
            *(sender.post(f"/api/tickets/{ticket_id}/transfer", json={"email": bens}) for _ in range(4))
        )
        assert Counter(answer.status_code for answer in offers) == {202: 1, 409: 3}
        path = next(f"/api/transfers/{a.json()['id']}" for a in offers if a.status_code == 202)
        answers = await asyncio.gather(
            receiver.post(f"{path}/accept"),
            sender.delete(path),
            receiver.post(f"{path}/decline"),
            receiver.post(f"{path}/accept"),
        )
        view = (await sender.get(path)).json()
        accepted = view["status"] == "accepted"
        assert {answers[0].status_code, answers[3].status_code} == ({200} if accepted else {409})
        assert view["status"] in ("accepted", "cancelled", "declined")
    await house.one_valid_each()
    ended = len(await house.tickets.published(TransferEnded)) + len(await house.tickets.published(TicketsTransferred))
    assert ended == len(ids)


async def test_nobody_receives_what_is_meant_for_an_address_that_is_not_shown_to_be_theirs(house: House) -> None:
    (ana, _), ben, bens = await house.person("Ana"), new_id(), f"ben-{new_id().hex}@example.com"
    fields: dict[str, Any] = {"user_id": ben, "name": "Ben", "roles": ("user",), "occurred_at": now()}
    await house.deliver(UserRegistered(**fields, email=bens, version=1))
    _, ids = await house.bought(ana, "1")
    path = f"/api/transfers/{(await house.offer(ana, ids, bens))['id']}/accept"
    # Each step: what auth says next, and whether the address is Ben's then. The later fact may come first.
    steps: list[tuple[list[Event], bool]] = [
        (
            [UserVerified(**fields, email="old@example.com", version=2), UserChanged(**fields, email=bens, version=3)],
            False,
        ),
        (
            [UserChanged(**fields, email="new@example.com", version=5), UserVerified(**fields, email=bens, version=4)],
            False,
        ),
        ([UserVerified(**fields, email=bens, version=6)], True),
    ]
    for events, his in steps:
        await house.deliver(*events)
        status, answer = await house.ask(ben, "POST", path)
        assert (status, answer.get("type")) in (
            [(200, None)] if his else [(409, "address-unverified"), (404, "not-found")]
        )


async def test_whoever_is_erased_is_named_no_more(house: House) -> None:
    (ana, anas), (ben, bens) = await house.person("Anamaria"), await house.person("Ben")
    _, ids = await house.bought(ana, "1", "2")
    given = await house.offer(ana, ids[:1], bens, message="From Anamaria")
    await house.ask(ben, "POST", f"/api/transfers/{given['id']}/accept")
    back = await house.offer(ben, await house.held_by(ben, "1"), anas)
    await house.put_on_sale(ana, "9", notes="Ask for Anamaria")
    gone = UserErased(user_id=ana, pseudonym="erased-1", version=9, occurred_at=now())
    late = UserVerified(user_id=ana, email=anas, name="Anamaria", roles=("user",), version=1, occurred_at=now())
    await house.deliver(gone, late)
    async with house.tickets.database.connection() as connection:
        for table in ("users", "transfers", "listings"):
            kept = await connection.fetch(f"select t::text as row from {table} t")
            assert not [row for row in kept if "Anamaria" in row["row"] or anas.lower() in row["row"].lower()], table
    for transfer, name in ((given, "from_name"), (back, "to_email")):
        shown = (await house.ask(ben, "GET", f"/api/transfers/{transfer['id']}"))[1]
        assert shown[name] in ("", "erased-1")
