"""Payments' consumers, each event twice, in any order, with crashes between the steps."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from fairseat_common.contracts import OrderConfirmed, OrderPaymentRefused, OrderRefundDue, OrderRefunded, ShowChanged
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import (
    listing_published,
    now,
    order_cancelled,
    order_confirmed,
    order_held,
    show_published,
)
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService, empty
from payments.consumers import consumers

NOWHERE = "http://127.0.0.1:1"
ORDER = (
    "insert into orders (id, buyer_id, version, status, amount, currency, expires_at)"
    " values ('{order}', '{buyer}', 1, 'held', 11000, 'EUR', now() + interval '1 hour')"
)
ATTEMPT = (
    "insert into attempts (id, order_id, buyer_id, idempotency_key, request_hash, payment_method, amount, currency,"
    " status, version, outcome, intent_id, leased_until) values ('{payment}', '{order}', '{buyer}', 'k', '',"
    " 'pm_card_visa', 11000, 'EUR', 'authorized', 1, 'authorized', 'pi_1', now() + interval '1 hour')"
)
PAID = (ORDER, ATTEMPT)
TIMES = ("created_at", "leased_until", "refused_at", "sold_at", "occurred_at")


async def quiet(start: StartService) -> RunningService:
    """Payments without its workers: only the harness writes."""
    payments = await start("payments", STRIPE_API_URL=NOWHERE)
    await payments._serving.stop()
    await empty(payments.database)
    return payments


async def test_a_sale_that_is_refunded_settles_whatever_is_heard_first(start: StartService) -> None:
    payments = await quiet(start)
    show = show_published()
    held = order_held(listing_published(show), 2)
    confirmed = order_confirmed(held)
    refund = {
        "refund_id": new_id(),
        "refund_reason": "show_cancelled",
        "refund_seats": held.seats,
        "refund_amount": held.total,
    }
    due = msgspec.convert(msgspec.structs.asdict(confirmed) | refund | {"version": 3}, OrderRefundDue)
    back = msgspec.convert(msgspec.structs.asdict(due) | {"version": 4, "entire": True}, OrderRefunded)
    ids = {"order": held.order_id, "buyer": held.buyer_id, "payment": new_id()}
    state = await Harness(payments, consumers).settles(
        [held, confirmed, due, back],
        state=["orders", "refunds", "sale_lines", "ledger_balances"],
        without=TIMES,
        prepare=[statement.format(**ids) for statement in PAID],
    )
    assert len(state["refunds"]) == 1
    assert '"refunded"' in state["orders"][0]
    assert len(state["sale_lines"]) == 2


async def test_a_late_payment_settles_whatever_is_heard_first(start: StartService) -> None:
    payments = await quiet(start)
    held = order_held(listing_published(show_published()), 2)
    cancelled = order_cancelled(held, "expired")
    confirmed = msgspec.convert(msgspec.structs.asdict(held) | {"version": 3, "late": True}, OrderConfirmed)
    state = await Harness(payments, consumers).settles([held, cancelled, confirmed], state=["orders", "sale_lines"],
                                                       without=TIMES)  # fmt: skip
    assert '"confirmed"' in state["orders"][0]


async def test_a_refused_payment_settles_whatever_is_heard_first(start: StartService) -> None:
    payments = await quiet(start)
    held = order_held(listing_published(show_published()), 2)
    cancelled = order_cancelled(held, "expired")
    payment_id = new_id()
    verdict = {"version": 3, "payment_id": payment_id, "cancel_reason": "expired"}
    refused = msgspec.convert(msgspec.structs.asdict(held) | verdict, OrderPaymentRefused)
    ids = {"order": held.order_id, "buyer": held.buyer_id, "payment": payment_id}
    state = await Harness(payments, consumers).settles(
        [held, cancelled, refused],
        state=["orders", "attempts"],
        without=TIMES,
        prepare=[statement.format(**ids) for statement in PAID],
    )
    assert '"cancelled"' in state["orders"][0]
    async with payments.database.connection() as connection:
        assert await connection.fetchval("select count(*) from attempts where refused_at is not null") == 1


async def test_shows_settle_whatever_is_heard_first(start: StartService) -> None:
    payments = await quiet(start)
    show = show_published()
    later = {"version": 2, "starts_at": now() + timedelta(days=90), "status": "postponed"}
    changed = msgspec.convert(msgspec.structs.asdict(show) | later, ShowChanged)
    state = await Harness(payments, consumers).settles([show, changed], state=["shows"])
    assert '"postponed"' in state["shows"][0]
