"""Mails about money: who is told what, once, in figures that add up."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from fairseat_common.contracts import (
    CancelReason,
    DisputeStage,
    Event,
    IssuedTicket,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    PaymentDisputed,
    PaymentRefunded,
    PayoutReversed,
    PayoutSent,
    RefundReason,
    ReturnReason,
    ShowPublished,
    TicketsIssued,
    UserRegistered,
)
from fairseat_common.ids import new_id
from fairseat_common.money import MINOR_UNITS
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from notifications import domain_buyers, domain_sellers
from notifications.domain import Agreed, Letter, Person, Show

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ORIGIN = "https://fairseat.example"
BUYER, SELLER = Person("bea@example.com", "Bea"), Person("sam@example.com", "Sam")
BEA, SAM = new_id(), new_id()
SHOW = Show(new_id(), "The Herons", "Tempodrom", "Berlin", "Europe/Berlin", NOW + timedelta(days=30), "scheduled")
REASONS: tuple[RefundReason, ...] = ("show_cancelled", "gate", "goodwill", "show_moved")


def order(
    currency: str = "EUR", unit: int = 62_500, fee: int = 6_250, kept: int = 3_120, seats: int = 2
) -> dict[str, Any]:
    """What every event about an order says: `unit`, `fee` and `kept` are of one seat."""
    return {
        "order_id": new_id(),
        "buyer_id": BEA,
        "seller_id": SAM,
        "listing_id": new_id(),
        "show_id": SHOW.id,
        "section": "Block A",
        "row": "3",
        "seats": tuple(str(12 + n) for n in range(seats)),
        "quantity": seats,
        "unit_price": Money(unit, currency),
        "fees": Money(fee * seats, currency),
        "total": Money((unit + fee) * seats, currency),
        "seller_fees": Money(kept * seats, currency),
        "fee_rule": 1,
        "expires_at": NOW,
        "version": 2,
        "occurred_at": NOW,
    }


def refund(agreed: dict[str, Any], seats: int, reason: RefundReason = "goodwill") -> dict[str, Any]:
    each = agreed["total"].amount // agreed["quantity"]
    return agreed | {
        "refund_id": new_id(),
        "refund_reason": reason,
        "refund_seats": agreed["seats"][:seats],
        "refund_amount": Money(each * seats, agreed["total"].currency),
    }


def issued_for(agreed: dict[str, Any]) -> TicketsIssued:
    return TicketsIssued(
        order_id=agreed["order_id"],
        show_id=SHOW.id,
        holder_id=BEA,
        tickets=tuple(IssuedTicket(new_id(), "Block A", "3", seat) for seat in agreed["seats"]),
        version=1,
        occurred_at=NOW,
    )


def returned(agreed: dict[str, Any], reason: ReturnReason, refund_id: UUID | None = None) -> PaymentRefunded:
    return PaymentRefunded(
        payment_id=new_id(),
        order_id=agreed["order_id"],
        buyer_id=BEA,
        amount=agreed["total"],
        refund_id=refund_id or new_id(),
        refunded=agreed["total"],
        reason=reason,
        version=4,
        occurred_at=NOW,
    )


def disputed(agreed: dict[str, Any], stage: DisputeStage, dispute_id: UUID) -> PaymentDisputed:
    return PaymentDisputed(
        payment_id=new_id(),
        order_id=agreed["order_id"],
        buyer_id=BEA,
        amount=agreed["total"],
        dispute_id=dispute_id,
        disputed=agreed["total"],
        stage=stage,
        version=5,
        occurred_at=NOW,
    )


def payout(currency: str = "EUR") -> dict[str, Any]:
    return {
        "payout_id": new_id(),
        "seller_id": SAM,
        "amount": Money(118_760, currency),
        "transfer_id": "tr_1Nn",
        "version": 2,
        "occurred_at": NOW,
    }


def refused(agreed: dict[str, Any], reason: CancelReason | None) -> OrderPaymentRefused:
    return OrderPaymentRefused(**agreed, payment_id=new_id(), cancel_reason=reason)


def words(letter: Letter) -> str:
    return " ".join((letter.subject, *letter.paragraphs, *(f"{a} {b}" for a, b in (*letter.facts, *letter.amounts))))


def figures(letter: Letter, currency: str) -> list[int]:
    """The amounts of a letter in minor units, read back from its text."""
    decimals = MINOR_UNITS[currency]
    found = []
    for _, text in letter.amounts:
        code, number = text.split(" ")
        assert code == currency
        assert len(number.partition(".")[2]) == decimals
        found.append(int(number.replace(",", "").replace(".", "")))
    return found


@pytest.mark.parametrize("seats", [1, 2, 7])
@pytest.mark.parametrize(
    ("currency", "unit", "fee", "kept"),
    [("EUR", 4_995, 500, 250), ("JPY", 12_345, 1_235, 617), ("KWD", 15_550, 1_560, 780), ("EUR", 1, 0, 0)],
)
def test_the_lines_of_every_letter_add_up(currency: str, unit: int, fee: int, kept: int, seats: int) -> None:
    agreed = order(currency, unit, fee, kept, seats)
    bought = domain_buyers.tickets_letter(BUYER, SHOW, issued_for(agreed), OrderConfirmed(**agreed), ORIGIN)
    assert figures(bought, currency) == [unit * seats, fee * seats, (unit + fee) * seats]
    sold = domain_sellers.sold_letter(SELLER, SHOW, OrderConfirmed(**agreed), ORIGIN)
    assert figures(sold, currency) == [unit * seats, -kept * seats, (unit - kept) * seats]
    for count in range(1, seats + 1):
        facts = refund(agreed, count)
        back = domain_buyers.refunded_letter(BUYER, SHOW, OrderRefunded(**facts, entire=count == seats), ORIGIN)
        assert figures(back, currency) == [unit * count, fee * count, (unit + fee) * count]
        assert back.amounts[-1][1] in words(back)
        lost = domain_sellers.sale_refunded_letter(SELLER, SHOW, OrderRefundDue(**facts), ORIGIN)
        assert figures(lost, currency) == [unit * count, -kept * count, (unit - kept) * count]


def test_a_sale_from_before_seller_fees_brings_in_its_price() -> None:
    agreed = order() | {"seller_fees": None, "fee_rule": None}
    assert figures(domain_sellers.sold_letter(SELLER, SHOW, OrderConfirmed(**agreed), ORIGIN), "EUR") == [
        125_000,
        0,
        125_000,
    ]


def test_a_late_buyer_reads_that_the_seats_are_theirs() -> None:
    agreed = order()
    for late in (False, True):
        confirmed = OrderConfirmed(**agreed, late=late)
        letter = domain_buyers.tickets_letter(BUYER, SHOW, issued_for(agreed), confirmed, ORIGIN)
        assert ("Your hold had ended" in words(letter)) is late
        assert ("so they are yours" in words(letter)) is late


def test_the_seller_reads_when_the_sale_is_paid() -> None:
    letter = domain_sellers.sold_letter(SELLER, SHOW, OrderConfirmed(**order()), ORIGIN)
    assert "You are paid after the show" in words(letter)
    assert letter.amounts[-1] == ("You receive", "EUR 1,187.60")
    assert letter.link == f"{ORIGIN}/sales"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("expired", "after your hold had ended"),
        ("payment_failed", "after your hold had ended"),
        ("buyer", "after you had given your hold up"),
        ("show_cancelled", "The show was cancelled"),
        (None, "did not need this payment"),
    ],
)
def test_a_payment_that_buys_nothing_costs_nothing(reason: CancelReason | None, said: str) -> None:
    letter = domain_buyers.payment_refused_letter(BUYER, SHOW, refused(order(), reason), ORIGIN)
    assert said in words(letter)
    assert "You were not charged." in words(letter)
    assert letter.amounts == ()


@pytest.mark.parametrize("reason", REASONS)
def test_a_refund_names_its_seats_reason_and_days(reason: RefundReason) -> None:
    said = {"show_cancelled": "show was cancelled", "gate": "not accepted at the door", "goodwill": "We have decided"}
    said |= {"show_moved": "show moved"}
    for count in (1, 2):
        facts = refund(order(), count, reason)
        letter = domain_buyers.refunded_letter(BUYER, SHOW, OrderRefunded(**facts, entire=count == 2), ORIGIN)
        text = words(letter)
        assert said[reason] in text
        assert "on your card within 10 days" in text
        assert ("row 3, seats 12, 13" if count == 2 else "row 3, seat 12") in text
        assert ("Your whole order is refunded now." in text) is (count == 2)
        assert letter.link == f"{ORIGIN}/orders/{facts['order_id']}"
        sellers = words(domain_sellers.sale_refunded_letter(SELLER, SHOW, OrderRefundDue(**facts), ORIGIN))
        assert said[reason] in sellers
        assert "not paid out" in sellers


def test_no_seller_reads_what_the_buyer_paid() -> None:
    agreed = order()
    held = msgspec.json.decode(msgspec.json.encode(agreed), type=Agreed)
    letters = [
        domain_sellers.sold_letter(SELLER, SHOW, OrderConfirmed(**agreed), ORIGIN),
        domain_sellers.sale_refunded_letter(SELLER, SHOW, OrderRefundDue(**refund(agreed, 2)), ORIGIN),
        *(domain_sellers.disputed_letter(stage, SELLER, SHOW, held, ORIGIN) for stage in domain_sellers.DISPUTES),
    ]
    for letter in letters:
        for secret in ("1,375", "125.00", "62.50", "Bea", "bea@"):
            assert secret not in words(letter)


class MailServer:
    """A real SMTP server that keeps what it takes."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = email.message_from_bytes(cast(bytes, envelope.content), policy=email.policy.default)
        self.taken += [(str(recipient), message) for recipient in envelope.rcpt_tos]
        return "250 OK"


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    taker = MailServer()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(taker, hostname="mail.example"), "127.0.0.1", 0
    )
    taker.port = int(server.sockets[0].getsockname()[1])
    yield taker
    server.close()


def fact_of(mail: EmailMessage) -> str:
    """Kind and id of what a mail is about; a long header may have been folded on its way."""
    return str(mail["Message-ID"]).strip(" <>").partition("@")[0]


def people_and_show() -> list[Event]:
    people = [
        UserRegistered(user_id=key, email=who.email, name=who.name, roles=("user",), version=1, occurred_at=NOW)
        for key, who in ((BEA, BUYER), (SAM, SELLER))
    ]
    show = ShowPublished(
        show_id=SHOW.id,
        title=SHOW.title,
        category="concert",
        performers=(),
        venue_id=new_id(),
        venue_name=SHOW.venue_name,
        city=SHOW.city,
        country="DE",
        timezone=SHOW.timezone,
        starts_at=SHOW.starts_at,
        status="scheduled",
        currency="EUR",
        image_url=None,
        version=1,
        occurred_at=NOW,
    )
    return [*people, show]


async def hear(service: RunningService, events: Sequence[Event]) -> None:
    """Tell everything, each twice under one id and once more under another, and wait until it is heard."""
    for event in events:
        event_id = await service.publish(event)
        await service.publish(event, event_id)
        again = await service.publish(event)
        await eventually(lambda heard=(event_id, again): _all_heard(service, heard))  # type: ignore[misc]


async def _all_heard(service: RunningService, event_ids: Sequence[UUID]) -> bool:
    return all([await service.heard(event_id) for event_id in event_ids])


@pytest.mark.parametrize("backwards", [False, True])
async def test_each_fact_about_money_is_told_once_to_whom_it_concerns(
    start: StartService, mail_server: MailServer, backwards: bool
) -> None:
    sold, late = order(), order()
    confirmed, unpaid = OrderConfirmed(**sold), refused(late, "expired")
    partly, rest = refund(sold, 1, "gate"), refund(sold, 2)
    dispute_id, paid = new_id(), payout()
    charge = returned(late, "unwanted")
    off = OrderCancelled(**order(), reason="show_cancelled")
    events: list[Event] = [
        *people_and_show(),
        confirmed,
        OrderRefundDue(**partly),
        OrderRefunded(**partly, entire=False),
        OrderRefundDue(**rest),
        OrderRefunded(**rest, entire=True),
        returned(sold, "gate", partly["refund_id"]),
        returned(sold, "goodwill", rest["refund_id"]),
        unpaid,
        charge,
        disputed(sold, "opened", dispute_id),
        disputed(sold, "won", dispute_id),
        disputed(sold, "lost", dispute_id),
        PayoutSent(**paid, sent_at=NOW),
        PayoutReversed(**paid),
        off,
    ]
    service = await start("notifications", SMTP_URL=f"smtp://127.0.0.1:{mail_server.port}")
    await hear(service, events[::-1] if backwards else events)
    expected = {
        ("sam@example.com", f"sold.{confirmed.order_id}"),
        ("sam@example.com", f"sale-refunded.{partly['refund_id']}"),
        ("sam@example.com", f"sale-refunded.{rest['refund_id']}"),
        ("bea@example.com", f"refunded.{partly['refund_id']}"),
        ("bea@example.com", f"refunded.{rest['refund_id']}"),
        ("bea@example.com", f"payment-refused.{unpaid.payment_id}"),
        ("bea@example.com", f"charge-returned.{charge.refund_id}"),
        ("sam@example.com", f"dispute-opened.{dispute_id}"),
        ("sam@example.com", f"dispute-won.{dispute_id}"),
        ("sam@example.com", f"dispute-lost.{dispute_id}"),
        ("sam@example.com", f"payout-sent.{paid['payout_id']}"),
        ("sam@example.com", f"payout-reversed.{paid['payout_id']}"),
        ("bea@example.com", f"hold-show-cancelled.{off.order_id}"),
    }

    async def all_sent() -> bool:
        return len(mail_server.taken) >= len(expected)

    await eventually(all_sent, 30)
    sent = Counter((to, fact_of(mail)) for to, mail in mail_server.taken)
    assert sent == dict.fromkeys(expected, 1)

    async def nothing_left() -> bool:
        async with service.database.connection() as connection:
            left = await connection.fetchrow(
                "select (select count(*) from waiting_facts) as waiting, (select count(*) from dead_letters) as parked,"
                " (select count(*) from mails where status <> 'sent') as unsent"
            )
        assert left is not None
        return tuple(left) == (0, 0, 0)

    await eventually(nothing_left)
    by_kind = {fact_of(mail).partition(".")[0]: mail for _, mail in mail_server.taken}
    paid_out = by_kind["payout-sent"].get_body(("plain",))
    assert paid_out is not None
    assert by_kind["payout-sent"]["Subject"] == "Your payout is on its way: EUR 1,187.60"
    assert "Transfer: tr_1Nn" in paid_out.get_content()
    charged = by_kind["charge-returned"].get_body(("html",))
    assert charged is not None
    for part in ("by mistake", "EUR 1,375.00", "Block A, row 3, seats 12, 13", "within 10 days"):
        assert part in charged.get_content()
    mine = (await service.client(SAM).get("/api/notifications", params={"limit": 50})).json()["items"]
    assert Counter(item["kind"] for item in mine)["sale-refunded"] == 2


async def test_a_fact_waits_for_its_order_for_as_long_as_it_takes(start: StartService, mail_server: MailServer) -> None:
    service = await start("notifications", SMTP_URL=f"smtp://127.0.0.1:{mail_server.port}")
    agreed, dispute_id = order(), new_id()
    await hear(service, [*people_and_show(), disputed(agreed, "opened", dispute_id)])
    async with service.database.connection() as connection:
        assert await connection.fetchval("select count(*) from mails") == 0
        assert await connection.fetchval("select count(*) from waiting_facts") == 1
    await hear(service, [OrderConfirmed(**agreed)])

    async def told() -> bool:
        return {str(mail["Subject"]) for _, mail in mail_server.taken} == {
            "Sold: The Herons",
            "A payment is disputed: The Herons",
        }

    await eventually(told, 20)
