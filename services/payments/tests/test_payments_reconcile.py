"""Reconciliation: what agrees is silent, what does not is a break, once, until it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import stripe

from fairseat_common.contracts import (
    Event,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
    OrderRefundDue,
    ShowPublished,
)
from fairseat_common.ids import new_id
from fairseat_common.outbox import Telling
from fairseat_common.telemetry import Metrics, Tracing
from fairseat_common.testing.builders import show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.inside import ProviderInside
from payments import actions_reconcile, domain, domain_reconcile, main, store_breaks, store_reconcile
from payments.actions_measuring import Seen
from payments.actions_reconcile import Pace
from payments.domain_reconcile import (
    AttemptRow,
    DisputeFact,
    DisputeRow,
    Finding,
    IntentFact,
    PayoutRow,
    RefundFact,
    RefundRow,
    TransferFact,
)
from payments.store_provider import Provider

NOW = timedelta(0)
EUR = Money(5_500, "EUR")
OFTEN_S = 0.1


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payments looks every tenth of a second whether something is due, and soon tries again what failed."""
    monkeypatch.setattr(main, "POLL_S", OFTEN_S)
    monkeypatch.setattr(main, "FEED_POLL_S", OFTEN_S)
    monkeypatch.setattr(domain, "RETRY_FIRST_S", OFTEN_S)


@pytest.fixture
async def stand_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderInside]:
    """A journal of its own for each test: what others left there would be breaks."""
    process = ProviderInside(tmp_path_factory.mktemp("provider") / "provider.sqlite")
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def payments(start: StartService, stand_in: ProviderInside) -> RunningService:
    """Its own reconciliation looks once, at the start, and then not for a day."""
    return await start(
        "payments", STRIPE_API_URL=stand_in.url, PAYOUT_DELAY_SECONDS="0", RECONCILE_SECONDS=str(24 * 3600)
    )


@pytest.fixture
async def provider(stand_in: ProviderInside) -> AsyncIterator[Provider]:
    made = Provider("sk_test_reconcile", stand_in.url)
    async with made.running():
        yield made


async def control(stand_in: ProviderInside, path: str, body: dict[str, Any]) -> Any:
    async with httpx.AsyncClient(base_url=stand_in.url) as client:
        answer = await client.post(f"/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def tell(payments: RunningService, event: Event) -> None:
    heard = await payments.publish(event)
    await eventually(lambda: payments.heard(heard))


async def sql(payments: RunningService, statement: str, *values: Any) -> list[Any]:
    """As the owner of the database, who can do what the service never could."""
    async with payments.database.connection() as connection:
        return list(await connection.fetch(statement, *values))


async def breaks(payments: RunningService, provider: Provider) -> set[str]:
    """The kinds of the breaks that are open after one more look, without any grace."""
    await actions_reconcile.reconcile(payments.database, provider, NOW)
    rows = await sql(payments, "select kind from breaks where resolved_at is null")
    return {row["kind"] for row in rows}


def fields_of(event: OrderHeld) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


async def held(payments: RunningService, show: ShowPublished | None = None, seller_id: UUID | None = None) -> OrderHeld:
    """An order of two seats that was paid, not confirmed yet."""
    order = OrderHeld(
        order_id=new_id(),
        buyer_id=new_id(),
        seller_id=seller_id or new_id(),
        listing_id=new_id(),
        show_id=show.show_id if show else new_id(),
        section="Stalls",
        row="C",
        seats=("1", "2"),
        quantity=2,
        unit_price=Money(5_000, "EUR"),
        fees=Money(1_000, "EUR"),
        total=Money(11_000, "EUR"),
        expires_at=datetime.now(UTC) + timedelta(minutes=10),
        version=1,
        occurred_at=datetime.now(UTC),
        seller_fees=Money(500, "EUR"),
        fee_rule=1,
    )
    await tell(payments, order)
    body = {"order_id": str(order.order_id), "payment_method": "pm_card_visa"}
    client = payments.client(order.buyer_id)
    answer = await client.post("/api/payments", json=body, headers={"Idempotency-Key": new_id().hex})
    assert answer.status_code == 201
    return order


async def state_of(payments: RunningService, order: OrderHeld, table: str = "attempts") -> set[str]:
    rows = await sql(payments, f"select status from {table} where order_id = $1", order.order_id)
    return {row["status"] for row in rows}


async def bought(
    payments: RunningService, show: ShowPublished | None = None, seller_id: UUID | None = None
) -> OrderHeld:
    order = await held(payments, show, seller_id)
    await tell(payments, OrderConfirmed(**fields_of(order) | {"version": 2}))

    async def captured() -> bool:
        return await state_of(payments, order) == {"captured"}

    await eventually(captured)
    return order


async def refunded(payments: RunningService, order: OrderHeld, *seats: str) -> None:
    due = {
        "refund_id": new_id(),
        "refund_reason": "goodwill",
        "refund_seats": seats,
        "refund_amount": Money(5_500 * len(seats), "EUR"),
        "version": 3,
    }
    await tell(payments, OrderRefundDue(**fields_of(order) | due))

    async def done() -> bool:
        return await state_of(payments, order, "refunds") == {"refunded"}

    await eventually(done)


async def intent_of(payments: RunningService, order: OrderHeld) -> str:
    [row] = await sql(payments, "select intent_id from attempts where order_id = $1", order.order_id)
    return str(row["intent_id"])


async def paid_out(payments: RunningService, stand_in: ProviderInside) -> str:
    """A sale whose show is over and whose seller was paid; answers the transfer."""
    seller_id = new_id()
    show = show_published(starts_at=datetime.now(UTC) - timedelta(hours=1))
    await tell(payments, show)
    seller = payments.client(seller_id)
    answer = await seller.post("/api/payouts/account", json={"return_url": "http://localhost:8000/sales"})
    account_id = answer.json()["onboarding_url"].partition("/onboarding/")[2].partition("?")[0]
    await control(stand_in, f"accounts/{account_id}", {"onboarded": True})
    assert (await seller.get("/api/payouts/account")).json()["status"] == "active"
    await bought(payments, show, seller_id)

    async def transfer() -> str | None:
        [*payouts] = (await seller.get("/api/payouts")).json()["items"]
        return str(payouts[0]["transfer_id"]) if payouts and payouts[0]["status"] == "sent" else None

    return await eventually(transfer)


# All is well


async def test_whatever_happened_leaves_no_break(
    payments: RunningService, provider: Provider, stand_in: ProviderInside
) -> None:
    """Bought, refunded in part and whole, refused, disputed, paid out and taken back: all of it is explained."""
    await bought(payments)
    await refunded(payments, await bought(payments), "2")
    await refunded(payments, await bought(payments), "1", "2")
    refused = await held(payments)
    await tell(payments, OrderCancelled(**fields_of(refused) | {"version": 2, "reason": "expired"}))
    [attempt] = await sql(payments, "select id from attempts where order_id = $1", refused.order_id)
    verdict = {"version": 3, "payment_id": attempt["id"], "cancel_reason": "expired"}
    await tell(payments, OrderPaymentRefused(**fields_of(refused) | verdict))
    transfer_id = await paid_out(payments, stand_in)
    await control(stand_in, f"transfers/{transfer_id}/reverse", {})
    stray = await held(payments)
    await control(stand_in, f"payment_intents/{await intent_of(payments, stray)}/capture", {})
    [attempt] = await sql(payments, "select id from attempts where order_id = $1", stray.order_id)
    verdict = {"version": 2, "payment_id": attempt["id"], "cancel_reason": None}
    await tell(payments, OrderPaymentRefused(**fields_of(stray) | verdict))

    async def settled() -> bool:
        return not await breaks(payments, provider)

    await eventually(settled, 30)
    [row] = await sql(payments, "select count(*) from payouts where status = 'reversed'")
    assert row["count"] == 1, "the reversal that nobody told of was found"


async def test_a_dispute_is_explained_while_it_is_open_and_after(
    payments: RunningService, provider: Provider, stand_in: ProviderInside
) -> None:
    order = await bought(payments)
    dispute = await control(stand_in, f"payment_intents/{await intent_of(payments, order)}/dispute", {})

    async def stage(wanted: str) -> bool:
        rows = await sql(payments, "select stage from disputes")
        return [row["stage"] for row in rows] == [wanted]

    await eventually(lambda: stage("opened"), 30)
    assert await breaks(payments, provider) == set()
    await control(stand_in, f"disputes/{dispute['id']}", {"outcome": "lost"})
    await eventually(lambda: stage("lost"), 30)
    assert await breaks(payments, provider) == set()


# Planted differences: each is found, under its name


async def test_a_charge_that_somebody_else_made_is_found(
    payments: RunningService, provider: Provider, stand_in: ProviderInside
) -> None:
    order = await bought(payments)
    http_client = stripe.AIOHTTPClient(timeout=10)
    sdk = stripe.StripeClient("sk_test_x", base_addresses={"api": stand_in.url}, http_client=http_client)
    charge: Any = {
        "amount": 11_000,
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "metadata": {"order_id": str(order.order_id)},
    }
    await sdk.v1.payment_intents.create_async(charge)
    await http_client.close_async()  # type: ignore[no-untyped-call]
    assert await breaks(payments, provider) == {"payment-unknown", "paid-twice"}


async def test_a_refund_without_a_key_of_ours_is_found(
    payments: RunningService, provider: Provider, stand_in: ProviderInside
) -> None:
    order = await bought(payments)
    refund: Any = {"payment_intent": await intent_of(payments, order), "amount": 5_500}
    await provider.client.v1.refunds.create_async(refund)
    assert await breaks(payments, provider) == {"refund-unknown"}


async def test_a_transfer_that_was_made_twice_is_found(
    payments: RunningService, provider: Provider, stand_in: ProviderInside
) -> None:
    transfer = await provider.client.v1.transfers.retrieve_async(await paid_out(payments, stand_in))
    again: Any = {
        "amount": transfer.amount,
        "currency": transfer.currency,
        "destination": transfer.destination,
        "transfer_group": transfer.transfer_group,
        "metadata": transfer.metadata.to_dict(),
    }
    await provider.client.v1.transfers.create_async(again)
    assert await breaks(payments, provider) == {"transfer-unknown", "paid-out-twice"}


TAMPERED = {
    "captured without a confirmation": (
        "update orders set status = 'held'",
        {"captured-unconfirmed", "entry-unexplained"},
    ),
    "a running total that drifts": (
        "update ledger_balances set balance = balance + 1 where account = 'provider_clearing'",
        {"balance-differs", "account-unexplained"},
    ),
    "a charge that was never made": (
        "update attempts set intent_id = 'pi_nowhere'",
        {"payment-missing", "payment-unknown"},
    ),
    "a charge of another amount": (
        "update attempts set amount = 12000",
        {"payment-amount", "entry-amount", "account-unexplained"},
    ),
    "a seat out of the escrow": (
        "update sale_lines set price = price - 1 where line = 1",
        {"account-unexplained"},
    ),
    "a charge that is not booked": (
        (
            "delete from ledger_lines where entry_id in"
            " (select id from ledger_entries where cause like 'payment-captured:%');"
            " delete from ledger_entries where cause like 'payment-captured:%'"
        ),
        {"entry-missing", "balance-differs", "clearing-open"},
    ),
    "an entry nobody can explain": (
        (
            "begin; insert into ledger_entries (id, cause) values (gen_random_uuid(), 'gift');"
            " insert into ledger_lines (entry_id, line, account, currency, amount)"
            " select id, n, 'platform_revenue', 'EUR', a from ledger_entries, (values (1, 5), (2, -5)) as t (n, a)"
            " where cause = 'gift'; commit"
        ),
        {"entry-unexplained"},
    ),
    "a confirmed order that is not charged": (
        "update sale_lines set captured_at = null",
        {"confirmed-uncaptured"},
    ),
}


@pytest.mark.parametrize("planted", TAMPERED)
async def test_a_planted_difference_is_found(payments: RunningService, provider: Provider, planted: str) -> None:
    await bought(payments)
    assert await breaks(payments, provider) == set()
    statement, kinds = TAMPERED[planted]
    async with payments.database.connection() as connection:
        await connection.execute(statement)
    assert await breaks(payments, provider) == kinds


# Breaks come and go


async def noted(payments: RunningService, *findings: Finding, grace: timedelta = NOW, untouched: str = "") -> bool:
    async with payments.database.transaction() as tx:
        _, suspected = await store_breaks.findings_note(tx, findings, [untouched] if untouched else [], grace)
    return suspected


async def listed(payments: RunningService) -> list[tuple[str, str, bool]]:
    rows = await sql(payments, "select kind, reference, resolved_at from breaks order by id")
    return [(row["kind"], row["reference"], row["resolved_at"] is not None) for row in rows]


async def test_what_is_in_flight_is_no_break(payments: RunningService) -> None:
    late, missing = Finding("refund-late", "r", "due"), Finding("payment-missing", "p", "gone")
    assert await noted(payments, late, missing, grace=timedelta(seconds=60))
    assert await listed(payments) == []
    assert await noted(payments, late, grace=timedelta(seconds=60))
    await sql(payments, "update break_suspects set seen_at = now() - interval '61 s'")
    assert not await noted(payments, late, missing, grace=timedelta(seconds=60)) or await listed(payments)
    assert await listed(payments) == [("refund-late", "r", False)]


async def test_a_break_is_written_once_and_closed_when_it_is_gone(payments: RunningService) -> None:
    found = Finding("refund-late", "r", "due")
    for _ in range(3):
        await noted(payments, found)
    assert await listed(payments) == [("refund-late", "r", False)]
    await noted(payments, untouched="refund-late")
    assert await listed(payments) == [("refund-late", "r", False)]
    await noted(payments)
    assert await listed(payments) == [("refund-late", "r", True)]
    await noted(payments, found)
    assert await listed(payments) == [("refund-late", "r", True), ("refund-late", "r", False)]


async def test_without_the_provider_its_breaks_stay_as_they_are(
    payments: RunningService, provider: Provider, stand_in: ProviderInside
) -> None:
    order = await bought(payments)
    refund: Any = {"payment_intent": await intent_of(payments, order), "amount": 5_500}
    await provider.client.v1.refunds.create_async(refund)
    assert await breaks(payments, provider) == {"refund-unknown"}
    await stand_in.stop()
    await sql(payments, "update sale_lines set captured_at = null")
    assert await breaks(payments, provider) == {"refund-unknown", "confirmed-uncaptured"}


async def test_lists_that_cannot_be_read_are_a_break_and_hide_nothing(
    payments: RunningService, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreadable(*_: Any) -> list[Any]:
        raise AttributeError("capabilities")

    await bought(payments)
    await sql(payments, "update sale_lines set captured_at = null")
    monkeypatch.setattr("payments.store_provider_lists.transfers_since", unreadable)
    assert await breaks(payments, provider) == {"not-compared", "confirmed-uncaptured"}
    monkeypatch.undo()
    assert await breaks(payments, provider) == {"confirmed-uncaptured"}


async def test_one_process_at_a_time_looks_and_not_before_it_is_due(
    payments: RunningService, provider: Provider
) -> None:
    await sql(payments, "delete from turns")
    holders = [new_id() for _ in range(8)]

    async def take(holder: UUID) -> bool:
        async with payments.database.connection() as connection:
            return await store_breaks.turn_take(connection, "test", holder, timedelta(minutes=1))

    taken = await asyncio.gather(*(take(holder) for holder in holders))
    assert sum(taken) == 1
    winner = holders[taken.index(True)]
    async with payments.database.connection() as connection:
        await store_breaks.turn_end(connection, "test", new_id(), NOW)
        assert not await store_breaks.turn_take(connection, "test", new_id(), NOW), "somebody else ended the turn"
        await store_breaks.turn_end(connection, "test", winner, NOW)
        assert await store_breaks.turn_take(connection, "test", new_id(), NOW)


async def test_metrics_tell_how_much_money_is_where(
    payments: RunningService, provider: Provider, stand_in: ProviderInside
) -> None:
    await bought(payments)
    metrics = Metrics("payments")
    seen = Seen(metrics, Telling(metrics, Tracing("payments")))
    await seen.read(payments.database)
    await seen.read_money(payments.database)
    value, of = metrics.registry.get_sample_value, {"service": "payments"}
    assert value("fairseat_money_minor", {**of, "state": "escrow", "currency": "EUR"}) == 11_000
    assert value("fairseat_reconciliation_breaks", of) == 0
    await paid_out(payments, stand_in)
    async with payments.database.connection() as connection:
        assert sorted(await store_reconcile.money_by_state(connection)) == [
            ("escrow", "EUR", 11_000),
            ("in_transit", "EUR", 0),
            ("payable", "EUR", 0),
        ]


def test_what_is_suspected_is_looked_at_again_soon() -> None:
    pace = Pace(interval=timedelta(seconds=300), grace=timedelta(seconds=60))
    assert pace.pause(suspected=False) == timedelta(seconds=300)
    assert pace.pause(suspected=True) == timedelta(seconds=61)
    assert replace(pace, interval=timedelta(seconds=30)).pause(suspected=True) == timedelta(seconds=30)


# One by one, without a database

ATTEMPT = AttemptRow(id=new_id(), order_id=new_id(), status="captured", amount=EUR, intent_id="pi_1", expected=True)
INTENT = IntentFact(
    id="pi_1", status="succeeded", received=EUR, attempt_id=str(ATTEMPT.id), order_id=str(ATTEMPT.order_id)
)
REFUND = RefundRow(id=new_id(), status="refunded", amount=EUR, provider_id="re_1", expected=True)
BACK = RefundFact(id="re_1", intent_id="pi_1", amount=EUR, refund_id=str(REFUND.id), made=True)
DISPUTE = DisputeRow(provider_id="dp_1", stage="opened", amount=EUR, expected=True)
CLAIM = DisputeFact(id="dp_1", intent_id="pi_1", amount=EUR, stage="opened")
PAYOUT = PayoutRow(id=new_id(), status="sent", amount=EUR, reversed=Money(0, "EUR"), transfer_id="tr_1", expected=True)
TRANSFER = TransferFact(id="tr_1", amount=EUR, reversed=Money(0, "EUR"), payout_id=str(PAYOUT.id))
OTHER = Money(1, "EUR")


@pytest.mark.parametrize(
    ("found", "ours", "kinds"),
    [
        ([INTENT], [ATTEMPT], []),
        ([INTENT], [], ["payment-unknown"]),
        ([replace(INTENT, status="requires_capture")], [], []),
        ([], [ATTEMPT], ["payment-missing"]),
        ([], [replace(ATTEMPT, expected=False)], []),
        ([INTENT], [replace(ATTEMPT, status="authorized")], ["payment-not-noted"]),
        ([INTENT], [replace(ATTEMPT, status="failed", intent_id=None)], ["payment-not-noted"]),
        ([replace(INTENT, status="canceled")], [ATTEMPT], ["payment-not-made"]),
        ([replace(INTENT, status="canceled")], [replace(ATTEMPT, status="authorized")], ["payment-not-noted"]),
        ([replace(INTENT, status="requires_capture")], [replace(ATTEMPT, status="voided")], ["payment-not-made"]),
        ([replace(INTENT, received=OTHER)], [ATTEMPT], ["payment-amount"]),
        ([INTENT, replace(INTENT, id="pi_2")], [ATTEMPT], ["payment-unknown", "paid-twice"]),
        ([replace(INTENT, id="pi_2")], [ATTEMPT], ["payment-unknown", "payment-missing"]),
    ],
)
def test_payments_are_compared_one_to_one(found: list[IntentFact], ours: list[AttemptRow], kinds: list[str]) -> None:
    assert [each.kind for each in domain_reconcile.compare_payments(found, ours)] == kinds


def test_a_stray_charge_beside_the_wanted_one_is_not_paid_twice() -> None:
    stray = replace(ATTEMPT, id=new_id(), status="stray", intent_id="pi_2")
    second = replace(INTENT, id="pi_2", attempt_id=str(stray.id))
    assert list(domain_reconcile.compare_payments([INTENT, second], [ATTEMPT, stray])) == []


@pytest.mark.parametrize(
    ("found", "ours", "kinds"),
    [
        ([BACK], [REFUND], []),
        ([replace(BACK, refund_id=None)], [], ["refund-unknown"]),
        ([replace(BACK, refund_id=None, intent_id="pi_of_others")], [], []),
        ([BACK], [replace(REFUND, status="due", provider_id=None)], ["refund-not-noted"]),
        ([replace(BACK, made=False)], [REFUND], ["refund-not-made"]),
        ([replace(BACK, amount=OTHER)], [REFUND], ["refund-amount"]),
        ([BACK, replace(BACK, id="re_2")], [REFUND], ["refunded-twice"]),
        ([], [REFUND], ["refund-missing"]),
    ],
)
def test_refunds_are_compared_one_to_one(found: list[RefundFact], ours: list[RefundRow], kinds: list[str]) -> None:
    assert [each.kind for each in domain_reconcile.compare_refunds(found, ours, {"pi_1": ATTEMPT.id})] == kinds


@pytest.mark.parametrize(
    ("found", "ours", "kinds"),
    [
        ([CLAIM], [DISPUTE], []),
        ([CLAIM], [], ["dispute-unknown"]),
        ([replace(CLAIM, intent_id="pi_of_others")], [], []),
        ([replace(CLAIM, stage="won")], [DISPUTE], ["dispute-state"]),
        ([replace(CLAIM, amount=OTHER)], [DISPUTE], ["dispute-amount"]),
        ([], [DISPUTE], ["dispute-missing"]),
    ],
)
def test_disputes_are_compared_one_to_one(found: list[DisputeFact], ours: list[DisputeRow], kinds: list[str]) -> None:
    assert [each.kind for each in domain_reconcile.compare_disputes(found, ours, {"pi_1": ATTEMPT.id})] == kinds


@pytest.mark.parametrize(
    ("found", "ours", "kinds"),
    [
        ([TRANSFER], [PAYOUT], []),
        ([TRANSFER], [], ["transfer-unknown"]),
        ([TRANSFER], [replace(PAYOUT, status="due", transfer_id=None)], ["transfer-not-noted"]),
        ([replace(TRANSFER, amount=OTHER)], [PAYOUT], ["transfer-amount"]),
        ([replace(TRANSFER, reversed=OTHER)], [PAYOUT], ["transfer-reversal"]),
        ([TRANSFER, replace(TRANSFER, id="tr_2")], [PAYOUT], ["transfer-unknown", "paid-out-twice"]),
        ([], [PAYOUT], ["transfer-missing"]),
    ],
)
def test_transfers_are_compared_one_to_one(found: list[TransferFact], ours: list[PayoutRow], kinds: list[str]) -> None:
    assert [each.kind for each in domain_reconcile.compare_transfers(found, ours)] == kinds
