"""What holders take along: codes for a day without a network, codes on paper, and what happened to their place."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fairseat_common.contracts import ChartRow, ChartSection, Event, ListingPublished, UserVerified, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from tickets.consumers import consumers
from tickets.domain_codes import (
    SHEET_AHEAD,
    SHEET_FROM,
    SHEET_UNTIL,
    SHEETS_PER_HOUR_MAX,
    STEP_S,
    CodeKeys,
    CodesNotYet,
    CodeStale,
    code_admits,
    code_make,
    code_print,
    code_read,
    sheet_make,
    sheet_steps,
)
from tickets.domain_tickets import Ticket, TicketVoid

START = datetime(2027, 3, 1, 19, 0, tzinfo=UTC)
SEATS = ("1", "2", "3", "4")


def keys() -> CodeKeys:
    key = Ed25519PrivateKey.generate()
    return CodeKeys("k1", key, {"k1": key.public_key()})


def ticket(status: Any = "valid") -> Ticket:
    return Ticket(
        id=new_id(),
        show_id=new_id(),
        section="Stalls",
        row="A",
        seat="1",
        holder_id=new_id(),
        status=status,
        order_id=None,
        serial=uuid4(),
        version=1,
        issued_at=START,
        ended_at=None,
    )


def put_together(sheet: Any, number: int) -> str:
    """A code as the phone makes it from a sheet."""
    place = base64.urlsafe_b64decode(sheet.place + "=")
    payload = place + struct.pack(">Q", sheet.first_step + number)
    text = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    return f"{sheet.key_id}.{text}.{sheet.signatures[number]}"


def test_the_codes_of_a_sheet_are_the_rotating_ones() -> None:
    signing, mine = keys(), ticket()
    when = START - timedelta(hours=1)
    steps = sheet_steps(START, when)
    sheet = sheet_make(signing, mine, steps, when)
    assert sheet.ends_at == START + SHEET_UNTIL
    assert len(sheet.signatures) == len(steps) == (SHEET_UNTIL + timedelta(hours=1)).total_seconds() // STEP_S + 1
    for number in (0, 1, 700, len(steps) - 1):
        at = datetime.fromtimestamp((sheet.first_step + number) * STEP_S, UTC)
        assert put_together(sheet, number) == code_make(signing, mine, at)[0]
        code_admits(code_read(signing.verifying, put_together(sheet, number), at), mine, mine.show_id)
        with pytest.raises(CodeStale):
            code_read(signing.verifying, put_together(sheet, number), at + timedelta(minutes=5))
    with pytest.raises(TicketVoid):
        sheet_make(signing, ticket("void"), steps, when)


def test_a_sheet_is_for_the_day_of_the_show() -> None:
    a_second = timedelta(seconds=1)
    for when in (START - SHEET_AHEAD - a_second, START + SHEET_UNTIL):
        with pytest.raises(CodesNotYet):
            sheet_steps(START, when)
    whole = sheet_steps(START, START - SHEET_AHEAD)
    assert len(whole) == (SHEET_FROM + SHEET_UNTIL).total_seconds() // STEP_S
    assert len(sheet_steps(START, START + SHEET_UNTIL - a_second)) == 2


def test_a_code_on_paper_holds_as_long_as_its_ticket() -> None:
    signing, mine = keys(), ticket()
    code = code_print(signing, mine)
    for when in (START, START + timedelta(days=400)):
        read = code_read(signing.verifying, code, when)
        assert (read.printed, code_admits(read, mine, mine.show_id)) == (True, mine)
    assert not code_read(signing.verifying, code_make(signing, mine, START)[0], START).printed
    sold = ticket("transferred")
    with pytest.raises(TicketVoid):
        code_print(signing, sold)
    with pytest.raises(TicketVoid):
        code_admits(code_read(signing.verifying, code_print(signing, mine), START), void_of(mine), mine.show_id)


def void_of(mine: Ticket) -> Ticket:
    return Ticket(**{name: getattr(mine, name) for name in mine.__struct_fields__} | {"status": "void"})


class Door:
    """A running service, a show that begins soon, and people with tickets for it."""

    def __init__(self, tickets: RunningService, starts_in: timedelta) -> None:
        self.tickets = tickets
        self.show = show_published(starts_at=now() + starts_in)

    async def open(self) -> None:
        venue = VenuePublished(
            venue_id=self.show.venue_id,
            name="Theater am Ufer",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            capacity=4,
            sections=(ChartSection("Stalls", "seated", (ChartRow("A", SEATS),), 4),),
            version=1,
            occurred_at=now(),
        )
        await self.deliver(venue, self.show)

    async def deliver(self, *events: Event) -> None:
        harness = Harness(self.tickets, consumers)
        for delivery in harness.deliveries(events):
            assert await harness.deliver(delivery)

    async def person(self, name: str) -> UUID:
        user_id = new_id()
        email = f"{name}@example.com"
        await self.deliver(
            UserVerified(user_id=user_id, email=email, name=name, roles=("user",), version=1, occurred_at=now())
        )
        return user_id

    async def ask(self, who: UUID, method: str, path: str, **more: Any) -> tuple[int, Any]:
        answer = await self.tickets.client(who).request(method, path, **more)
        return answer.status_code, answer.json()

    async def sell(self, seller: UUID, buyer: UUID, *seats: str) -> list[str]:
        body = {"show_id": str(self.show.show_id), "unit_price": {"amount": 5000, "currency": "EUR"}}
        place = {"section": "Stalls", "row": "A", "seats": list(seats)}
        status, view = await self.ask(seller, "POST", "/api/listings", json=body | place)
        assert status == 201, view
        said = await self.tickets.published(ListingPublished)
        listing = next(event for event in said if str(event.listing_id) == view["id"])
        hold = order_held(listing, quantity=len(seats), seats=seats, buyer_id=buyer)
        await self.deliver(hold, order_confirmed(hold))
        return await self.tickets_of(buyer)

    async def tickets_of(self, who: UUID) -> list[str]:
        _, page = await self.ask(who, "GET", "/api/tickets", params={"status": "valid"})
        return [item["id"] for item in page["items"]]

    async def give(self, sender: UUID, ticket_ids: Sequence[str], receiver: UUID, email: str) -> list[str]:
        status, offer = await self.ask(
            sender, "POST", "/api/transfers", json={"ticket_ids": list(ticket_ids), "email": email}
        )
        assert status == 202, offer
        assert (await self.ask(receiver, "POST", f"/api/transfers/{offer['id']}/accept"))[0] == 200
        return await self.tickets_of(receiver)

    async def history(self, who: UUID, ticket_id: str) -> list[tuple[str, str]]:
        status, page = await self.ask(who, "GET", f"/api/tickets/{ticket_id}/history")
        assert status == 200, page
        return [(entry["what"], entry["partner"]) for entry in page["items"]]


async def test_a_holder_takes_the_codes_of_the_day_along(start: StartService) -> None:
    door = Door(await start("tickets"), timedelta(hours=2))
    await door.open()
    seller, buyer = await door.person("Selma"), await door.person("Bruno")
    [mine] = await door.sell(seller, buyer, "1")
    status, sheet = await door.ask(buyer, "GET", f"/api/tickets/{mine}/codes")
    assert (status, sheet["step_seconds"]) == (200, STEP_S)
    assert len(sheet["signatures"]) in (1201, 1202)
    assert (await door.ask(seller, "GET", f"/api/tickets/{mine}/codes"))[0] == 404
    answers = [(await door.ask(buyer, "GET", f"/api/tickets/{mine}/codes"))[0] for _ in range(SHEETS_PER_HOUR_MAX)]
    assert answers == [200] * (SHEETS_PER_HOUR_MAX - 1) + [429]


async def test_codes_are_not_handed_out_before_the_day(start: StartService) -> None:
    door = Door(await start("tickets"), timedelta(hours=25))
    await door.open()
    [mine] = await door.sell(await door.person("Selma"), buyer := await door.person("Bruno"), "1")
    status, problem = await door.ask(buyer, "GET", f"/api/tickets/{mine}/codes")
    assert (status, problem["type"]) == (409, "codes-not-yet")


async def test_everybody_reads_their_own_part_of_a_places_history(start: StartService) -> None:
    door = Door(await start("tickets"), timedelta(days=20))
    await door.open()
    ana, ben, cleo, dora = [await door.person(name) for name in ("Ana", "Ben", "Cleo", "Dora")]
    [anas] = await door.sell(ana, ben, "1")
    status, printed = await door.ask(ben, "POST", f"/api/tickets/{anas}/print")
    assert (status, printed["code"].count(".")) == (200, 2)
    assert (await door.ask(ana, "POST", f"/api/tickets/{anas}/print"))[0] == 404
    [cleos] = await door.give(ben, [anas], cleo, "cleo@example.com")
    assert await door.history(ben, anas) == [
        ("brought", ""), ("listed", ""), ("bought", ""), ("printed", ""), ("offered", "Cleo"), ("given", "Cleo"),
    ]  # fmt: skip
    assert (await door.ask(ben, "POST", f"/api/tickets/{anas}/print"))[1]["type"] == "ticket-void"
    [doras] = await door.sell(cleo, dora, "1")
    assert await door.history(cleo, cleos) == [
        ("brought", ""), ("listed", ""), ("changed_hands", ""), ("offered", "Ben"), ("received", "Ben"),
        ("listed", ""), ("sold", ""),
    ]  # fmt: skip
    assert await door.history(dora, doras) == [
        ("brought", ""), ("listed", ""), ("changed_hands", ""), ("changed_hands", ""), ("listed", ""), ("bought", ""),
    ]  # fmt: skip
    assert len(await door.history(ben, anas)) == 6, "what becomes of a place is nobody's who has let go of it"
    assert (await door.ask(ana, "GET", f"/api/tickets/{doras}/history"))[0] == 404
