"""Mails: one per fact, whatever is delivered twice or late, and whatever the mail server does."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from fairseat_common.contracts import (
    CancelReason,
    IssuedTicket,
    Money,
    OrderCancelled,
    OrderConfirmed,
    ShowChanged,
    ShowPublished,
    TicketsIssued,
    UserRegistered,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
STARTS = datetime(2026, 12, 5, 19, 0, tzinfo=UTC)
Deed = Callable[["MailServer", SMTP], Awaitable[str]]


class MailServer:
    """A real SMTP server on a port of its own; `deed` is what it does once it has a mail."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.taken: list[tuple[list[str], EmailMessage]] = []
        self.deed: Deed | None = None
        self.sources: list[bytes] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[MailServer]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True, hostname="mail.example"), "127.0.0.1", self.port
        )
        try:
            yield self
        finally:
            server.close()

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = cast(bytes, envelope.content)
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.sources.append(content)
        self.taken.append((list(envelope.rcpt_tos), message))
        return await self.deed(self, server) if self.deed else "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for recipients, message in self.taken if recipients == [address]]

    async def one_to(self, address: str) -> EmailMessage:
        async def some() -> list[EmailMessage]:
            return self.to(address)

        return (await eventually(some, 20))[0]


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    async with MailServer().running() as server:
        yield server


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


class World:
    """A buyer, a seller, a show and an order between them."""

    def __init__(self) -> None:
        self.buyer = UserRegistered(
            user_id=new_id(), email="bea@example.com", name="Bea", roles=("user",), version=1, occurred_at=NOW
        )
        self.seller = UserRegistered(
            user_id=new_id(), email="sam@example.com", name="Sam", roles=("user",), version=1, occurred_at=NOW
        )
        self.show = ShowPublished(
            show_id=new_id(),
            title="The Herons",
            category="concert",
            performers=("The Herons",),
            venue_id=new_id(),
            venue_name="Tempodrom",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            starts_at=STARTS,
            status="scheduled",
            currency="EUR",
            image_url=None,
            version=1,
            occurred_at=NOW,
        )
        self.order: dict[str, Any] = {
            "order_id": new_id(),
            "buyer_id": self.buyer.user_id,
            "seller_id": self.seller.user_id,
            "listing_id": new_id(),
            "show_id": self.show.show_id,
            "section": "Block A",
            "row": "3",
            "seats": ("12", "13"),
            "quantity": 2,
            "unit_price": Money(62_500, "EUR"),
            "fees": Money(12_500, "EUR"),
            "total": Money(137_500, "EUR"),
            "expires_at": NOW + timedelta(minutes=10),
            "version": 2,
            "occurred_at": NOW,
        }

    @property
    def order_id(self) -> UUID:
        return UUID(str(self.order["order_id"]))

    @property
    def confirmed(self) -> OrderConfirmed:
        return OrderConfirmed(**self.order)

    def cancelled(self, reason: CancelReason) -> OrderCancelled:
        return OrderCancelled(**self.order, reason=reason)

    @property
    def issued(self) -> TicketsIssued:
        return TicketsIssued(
            order_id=self.order_id,
            show_id=self.show.show_id,
            holder_id=self.buyer.user_id,
            tickets=tuple(IssuedTicket(new_id(), "Block A", "3", seat) for seat in ("12", "13")),
            version=1,
            occurred_at=NOW,
        )

    async def known_to(self, service: RunningService) -> None:
        for event in (self.buyer, self.seller, self.show):
            await service.publish(event)


async def started(start: StartService, server: MailServer, **environ: str) -> RunningService:
    return await start("notifications", SMTP_URL=server.url, MAIL_FROM="Fairseat <tickets@fairseat.example>", **environ)


async def all_ended(service: RunningService, count: int, status: str = "sent") -> None:
    async def look() -> bool:
        async with service.database.connection() as connection:
            states = await connection.fetch("select status from mails")
        assert [row["status"] for row in states] == [status] * count
        return True

    await eventually(look, 20)


async def test_the_buyer_gets_tickets_with_a_receipt_and_no_code(start: StartService, mail_server: MailServer) -> None:
    service, world = await started(start, mail_server, PUBLIC_URL="https://fairseat.example"), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    await service.publish(world.issued)
    mail = await mail_server.one_to("bea@example.com")
    assert mail["Subject"] == "Your tickets: The Herons"
    assert mail["From"] == "Fairseat <tickets@fairseat.example>"
    assert mail["To"] == "Bea <bea@example.com>"
    assert mail["Message-ID"] == f"<tickets.{world.order_id}@fairseat.example>"
    assert mail["Date"]
    for said in (body(mail, "plain"), body(mail, "html")):
        for part in (
            "Hello Bea,",
            "Tempodrom, Berlin",
            "Saturday, 5 December 2026, 20:00 CET (Europe/Berlin)",
            "Block A, row 3, seats 12, 13",
            "2 × EUR 625.00",
            "EUR 1,250.00",
            "Service fee",
            "EUR 125.00",
            "EUR 1,375.00",
            "https://fairseat.example/tickets",
        ):
            assert part in said, part
        assert "http://" not in said
    for ticket in world.issued.tickets:
        assert str(ticket.ticket_id) not in mail.as_string()


async def test_the_seller_hears_the_price_but_not_what_the_buyer_paid(
    start: StartService, mail_server: MailServer
) -> None:
    service, world = await started(start, mail_server), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    mail = await mail_server.one_to("sam@example.com")
    assert mail["Subject"] == "Sold: The Herons"
    assert mail["Message-ID"] == f"<sold.{world.order_id}@fairseat.example>"
    for said in (body(mail, "plain"), body(mail, "html")):
        assert "You sold 2 seats." in said
        assert "EUR 1,250.00" in said
        for secret in ("1,375", "125.00", "Bea", "bea@"):
            assert secret not in said
    assert mail_server.to("bea@example.com") == []


@pytest.mark.parametrize(
    ("reason", "subject", "said"),
    [
        ("expired", "Your hold has ended: The Herons", "time to pay for your seats is over"),
        ("payment_failed", "Your payment did not go through: The Herons", "payment did not go through"),
    ],
)
async def test_the_buyer_hears_of_a_lost_hold_and_that_it_cost_nothing(
    start: StartService, mail_server: MailServer, reason: CancelReason, subject: str, said: str
) -> None:
    service, world = await started(start, mail_server), World()
    await world.known_to(service)
    given_up = World()
    await given_up.known_to(service)
    heard = await service.publish(given_up.cancelled("buyer"))
    await service.publish(world.cancelled(reason))
    mail = await mail_server.one_to("bea@example.com")
    assert mail["Subject"] == subject
    for text in (body(mail, "plain"), body(mail, "html")):
        assert said in text
        assert "You were not charged." in text
    await eventually(lambda: service.heard(heard))
    await all_ended(service, 1)


async def test_duplicates_and_any_order_give_one_mail_each(start: StartService, mail_server: MailServer) -> None:
    service, world = await started(start, mail_server), World()
    issued, confirmed = world.issued, world.confirmed
    moved = ShowChanged(**{name: getattr(world.show, name) for name in world.show.__struct_fields__} | {"version": 2})
    moved = msgspec.structs.replace(moved, title="The Herons (moved)", timezone="Asia/Tokyo")
    for event in (issued, confirmed, moved, world.show, world.seller, world.buyer):
        event_id = await service.publish(event)
        await service.publish(event, event_id)
        again = await service.publish(event)
        await eventually(lambda heard=again: service.heard(heard))  # type: ignore[misc]
    await all_ended(service, 2)
    assert Counter(to for recipients, _ in mail_server.taken for to in recipients) == {
        "bea@example.com": 1,
        "sam@example.com": 1,
    }
    mail = await mail_server.one_to("bea@example.com")
    assert mail["Subject"] == "Your tickets: The Herons (moved)"
    assert "Sunday, 6 December 2026, 04:00 JST (Asia/Tokyo)" in body(mail, "plain")


async def test_a_mail_waits_for_what_it_is_written_from(start: StartService, mail_server: MailServer) -> None:
    service, world = await started(start, mail_server), World()
    for event in (world.issued, world.buyer, world.show):
        heard = await service.publish(event)
        await eventually(lambda heard=heard: service.heard(heard))  # type: ignore[misc]
    async with service.database.connection() as connection:
        rows = await connection.fetch("select status, attempts from mails")
    assert [tuple(row) for row in rows] == [("queued", 0)]
    assert mail_server.taken == []
    await service.publish(world.confirmed)
    await mail_server.one_to("bea@example.com")


async def test_a_server_that_was_down_gets_every_mail(start: StartService) -> None:
    server, world = MailServer(), World()
    service = await started(start, server)
    await world.known_to(service)
    await service.publish(world.confirmed)
    await service.publish(world.issued)

    async def tried() -> bool:
        async with service.database.connection() as connection:
            tries = await connection.fetch("select last_error from mails")
        return len(tries) == 2 and all(row["last_error"] for row in tries)

    await eventually(tried)
    async with server.running():
        await all_ended(service, 2)
    assert len(server.taken) == 2


async def _drop(server: MailServer, smtp: SMTP) -> str:
    server.deed = None
    assert isinstance(smtp.transport, asyncio.WriteTransport)
    smtp.transport.abort()
    return "250 OK"


async def _say_later(server: MailServer, _smtp: SMTP) -> str:
    server.deed = None
    return "451 Try again later"


async def _say_nothing(server: MailServer, _smtp: SMTP) -> str:
    server.deed = None
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@pytest.mark.parametrize("deed", [_drop, _say_later, _say_nothing])
async def test_a_mail_without_an_answer_is_sent_again_under_its_message_id(
    start: StartService, mail_server: MailServer, deed: Deed
) -> None:
    mail_server.deed = deed
    service, world = await started(start, mail_server, SMTP_TIMEOUT_SECONDS="1"), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    await all_ended(service, 1)
    assert len(mail_server.taken) == 2
    assert {str(message["Message-ID"]) for _, message in mail_server.taken} == {
        f"<sold.{world.order_id}@fairseat.example>"
    }
    assert mail_server.sources[0] == mail_server.sources[1]


async def test_a_service_that_stops_hands_its_mails_to_the_next(start: StartService, mail_server: MailServer) -> None:
    accepted = asyncio.Event()

    async def accept_and_hang(server: MailServer, _smtp: SMTP) -> str:
        accepted.set()
        server.deed = None
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    mail_server.deed = accept_and_hang
    service, world = await started(start, mail_server, SMTP_TIMEOUT_SECONDS="60", MAIL_LEASE_SECONDS="600"), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    await asyncio.wait_for(accepted.wait(), 20)
    await service.stop()
    again = await start("notifications", keep_data=True, SMTP_URL=mail_server.url)
    await all_ended(again, 1)
    assert len({str(message["Message-ID"]) for _, message in mail_server.taken}) == 1
    assert len(mail_server.taken) == 2


async def test_a_mail_whose_sender_died_before_it_could_note_the_success_is_sent_again(
    start: StartService, mail_server: MailServer
) -> None:
    service, world = await started(start, mail_server), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    await all_ended(service, 1)
    async with service.database.connection() as connection:
        # What a kill between the server's answer and the commit leaves behind: claimed, until the lease ends.
        await connection.execute(
            "update mails set status = 'queued', ended_at = null, due_at = now() + interval '1 second'"
        )
    await all_ended(service, 1)
    assert len(mail_server.taken) == 2
    assert mail_server.sources[0] == mail_server.sources[1]


async def test_two_senders_send_each_mail_once(start: StartService, mail_server: MailServer) -> None:
    first, world = await started(start, mail_server), World()
    second = await start("notifications", keep_data=True, SMTP_URL=mail_server.url)
    await world.known_to(first)
    orders = [new_id() for _ in range(40)]
    for order_id in orders:
        await first.publish(msgspec.structs.replace(world.confirmed, order_id=order_id))
    await all_ended(second, 40)
    sent = Counter(str(message["Message-ID"]) for _, message in mail_server.taken)
    assert sent == {f"<sold.{order_id}@fairseat.example>": 1 for order_id in orders}


async def test_a_refused_mail_is_parked_and_seen(start: StartService, mail_server: MailServer) -> None:
    async def refuse(_server: MailServer, _smtp: SMTP) -> str:
        return "554 No such person here"

    mail_server.deed = refuse
    service, world = await started(start, mail_server), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    await all_ended(service, 1, "parked")
    assert len(mail_server.taken) == 1
    [shown] = (await service.client(world.seller.user_id).get("/api/notifications")).json()["items"]
    assert (shown["status"], shown["subject"]) == ("parked", "Sold: The Herons")
    async with service.database.connection() as connection:
        assert "No such person" in await connection.fetchval("select last_error from mails")


async def test_attempts_have_a_limit(start: StartService, mail_server: MailServer) -> None:
    async def later(_server: MailServer, _smtp: SMTP) -> str:
        return "451 Try again later"

    mail_server.deed = later
    service, world = await started(start, mail_server, MAIL_ATTEMPTS_MAX="2"), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    await all_ended(service, 1, "parked")
    assert len(mail_server.taken) == 2


async def test_names_and_titles_cannot_break_out(start: StartService, mail_server: MailServer) -> None:
    service, world = await started(start, mail_server), World()
    world.seller = msgspec.structs.replace(world.seller, name='Sam"\r\nBcc: <eve@example.com>\r\n\r\n<b>x</b>')
    world.show = msgspec.structs.replace(
        world.show, title="<script>alert(1)</script>\r\nBcc: eve@example.com", venue_name='"><img src=x onerror=y>'
    )
    await world.known_to(service)
    await service.publish(world.confirmed)
    mail = await mail_server.one_to("sam@example.com")
    assert [recipients for recipients, _ in mail_server.taken] == [["sam@example.com"]]
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec == "sam@example.com"
    assert "Bcc:" in mail["Subject"]
    html = body(mail, "html")
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "\nBcc:" not in body(mail, "plain")


async def test_an_address_that_cannot_be_one_is_parked_and_holds_up_nobody(
    start: StartService, mail_server: MailServer
) -> None:
    service, world = await started(start, mail_server), World()
    world.buyer = msgspec.structs.replace(world.buyer, email="a@b@c\r\nBcc: eve@example.com")
    await world.known_to(service)
    await service.publish(world.issued)
    await service.publish(world.confirmed)
    await mail_server.one_to("sam@example.com")

    async def parked() -> bool:
        async with service.database.connection() as connection:
            states = await connection.fetch("select kind, status from mails order by kind")
        return [tuple(row) for row in states] == [("sold", "sent"), ("tickets", "parked")]

    await eventually(parked)
    assert len(mail_server.taken) == 1


async def test_an_address_in_another_script_gets_its_mail(start: StartService, mail_server: MailServer) -> None:
    service, world = await started(start, mail_server), World()
    world.seller = msgspec.structs.replace(world.seller, email="sämi@example.com", name="Sämi 東京")
    world.buyer = msgspec.structs.replace(world.buyer, email="bea@bücher.example")
    await world.known_to(service)
    await service.publish(world.confirmed)
    await mail_server.one_to("sämi@example.com")
    assert "Sämi 東京".encode() in mail_server.sources[0]
    await service.publish(world.issued)
    await mail_server.one_to("bea@xn--bcher-kva.example")


async def test_everybody_sees_their_own_mails_only(start: StartService, mail_server: MailServer) -> None:
    service, world = await started(start, mail_server), World()
    await world.known_to(service)
    await service.publish(world.confirmed)
    await service.publish(world.issued)
    await all_ended(service, 2)
    await service.publish(msgspec.structs.replace(world.cancelled("expired"), order_id=new_id()))
    await all_ended(service, 3)
    buyer = service.client(world.buyer.user_id)
    first = (await buyer.get("/api/notifications", params={"limit": 1})).json()
    assert [item["kind"] for item in first["items"]] == ["hold-expired"]
    assert set(first["items"][0]) == {"id", "kind", "subject", "status", "created_at"}
    rest = (await buyer.get("/api/notifications", params={"cursor": first["next_cursor"]})).json()
    assert [(item["kind"], item["subject"], item["status"]) for item in rest["items"]] == [
        ("tickets", "Your tickets: The Herons", "sent")
    ]
    assert rest["next_cursor"] is None
    assert (await service.client(new_id()).get("/api/notifications")).json() == {"items": [], "next_cursor": None}


async def test_bad_requests_are_problems(start: StartService, mail_server: MailServer) -> None:
    service = await started(start, mail_server)
    user = new_id()
    expired = service.client(token=service.issuer.token(user, lifetime_s=-10))
    forged = service.client(token="nonsense")
    for client, slug in (
        (service.client(), "sign-in-required"),
        (expired, "token-expired"),
        (forged, "token-invalid"),
    ):
        answer = await client.get("/api/notifications")
        assert (answer.status_code, answer.json()["type"]) == (401, slug)
    for query in ("cursor=nonsense", "limit=0", "limit=101", "limit=x"):
        answer = await service.client(user).get(f"/api/notifications?{query}")
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid"), query
    answer = await service.client(user).post("/api/notifications")
    assert (answer.status_code, answer.json()["type"]) == (405, "method-not-allowed")
