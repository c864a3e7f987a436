"""The ledger on a real database: facts move money once, and nobody can change what was written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import payments
from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Database, migrate
from fairseat_common.ids import new_id
from fairseat_common.testing.running import Servers, empty
from payments import actions_ledger, domain_ledger, store, store_ledger, store_orders, store_reports
from payments.domain import Attempt, Order
from payments.domain_refunds import Dispute, Refund

MIGRATIONS = Path(payments.__file__).parent.parent / "migrations"
DELAY = timedelta(hours=48)


@pytest.fixture
async def owner(servers: Servers) -> AsyncIterator[Database]:
    created = servers.postgres.create_service_database("payments")
    await migrate(created.owner_url, MIGRATIONS, "fairseat_payments")
    servers.prepared["payments"] = created
    database = Database(created.owner_url, application="test", size_max=4)
    await database.open()
    await empty(database)
    yield database
    await database.close()


@pytest.fixture
async def database(owner: Database, servers: Servers) -> AsyncIterator[Database]:
    """As the service sees it: the runtime role."""
    runtime = Database(servers.prepared["payments"].url, application="test", size_max=24)
    await runtime.open()
    yield runtime
    await runtime.close()


def order_of(quantity: int = 2, currency: str = "EUR", **changes: Any) -> Order:
    fields: dict[str, Any] = {
        "id": new_id(),
        "buyer_id": new_id(),
        "version": 2,
        "status": "confirmed",
        "cancel_reason": None,
        "total": Money(5_500 * quantity, currency),
        "expires_at": datetime.now(UTC),
        "show_id": new_id(),
        "seller_id": new_id(),
        "section": "A",
        "row": "1",
        "seats": tuple(str(number) for number in range(1, quantity + 1)),
        "quantity": quantity,
        "unit_price": Money(5_000, currency),
        "fees": Money(500 * quantity, currency),
        "seller_fees": Money(250 * quantity, currency),
        "fee_rule": 1,
    }
    return Order(**fields | changes)


def refund_of(order: Order, attempt: Attempt, *seats: str, **changes: Any) -> Refund:
    fields: dict[str, Any] = {
        "id": new_id(),
        "order_id": order.id,
        "attempt_id": attempt.id,
        "reason": "goodwill",
        "seats": seats,
        "amount": Money(5_500 * len(seats), order.total.currency),
        "status": "due",
        "provider_id": None,
        "settled_by": None,
        "version": 1,
        "keys_used": 0,
        "sent": False,
        "tries": 0,
        "created_at": datetime.now(UTC),
    }
    return Refund(**fields | changes)


def dispute_of(order: Order, attempt: Attempt, stage: str = "opened", **changes: Any) -> Dispute:
    fields: dict[str, Any] = {
        "id": new_id(),
        "attempt_id": attempt.id,
        "order_id": order.id,
        "amount": order.total,
        "provider_id": f"dp_{new_id().hex}",
        "stage": stage,
        "version": 1,
    }
    return Dispute(**fields | changes)


async def sold(database: Database, owner: Database, order: Order, captured: bool = True) -> Attempt:
    """A confirmed order that was charged, as the consumers and the settling worker leave it."""
    async with owner.transaction() as tx:
        await store_orders.order_apply(tx, order)
        attempt_id = new_id()
        await tx.execute(
            "insert into attempts (id, order_id, buyer_id, idempotency_key, request_hash, payment_method, amount,"
            " currency, status, outcome, intent_id, version, leased_until) values ($1, $2, $3, $4, '', 'pm_card_visa',"
            " $5, $6, $7, 'authorized', $8, 2, now())",
            attempt_id,
            order.id,
            order.buyer_id,
            attempt_id.hex,
            order.total.amount,
            order.total.currency,
            "captured" if captured else "authorized",
            f"pi_{attempt_id.hex}",
        )
        attempt = await store.attempt_find(tx, attempt_id)
    assert attempt is not None
    async with database.transaction() as tx:
        await actions_ledger.sold(tx, order)
        if captured:
            await actions_ledger.captured(tx, attempt)
    return attempt


async def show_took_place(owner: Database, show_id: UUID, status: str = "scheduled", ago: timedelta = DELAY) -> None:
    async with owner.connection() as connection:
        await connection.execute(
            "insert into shows (show_id, title, starts_at, status, version)"
            " values ($1, 'T', now() - $2::interval, $3, 1)"
            " on conflict (show_id) do update set starts_at = excluded.starts_at, status = excluded.status",
            show_id,
            ago + timedelta(seconds=1),
            status,
        )


async def told(database: Database, fact: Callable[[Connection], Awaitable[None]]) -> None:
    async with database.transaction() as tx:
        await fact(tx)


async def balances(database: Database) -> dict[str, int]:
    """Every account that is not empty; the running totals must agree with the sums of the lines."""
    async with database.connection() as connection:
        found = await store_reports.balances_page(connection, None, None, None, 1_000)
    assert [each for each in found if each.running != each.total] == []
    return {each.account.partition(":")[0]: each.running for each in found if each.running}


async def states(owner: Database) -> list[str]:
    async with owner.connection() as connection:
        rows = await connection.fetch("select status from sale_lines order by order_id, line")
    return [row["status"] for row in rows]


async def owed(owner: Database) -> list[tuple[str, int]]:
    async with owner.connection() as connection:
        rows = await connection.fetch("select kind, amount from payables order by created_at, id")
    return [(row["kind"], row["amount"]) for row in rows]


# What each fact moves


async def test_a_sale_waits_in_escrow_until_its_show_took_place(owner: Database, database: Database) -> None:
    order = order_of()
    await sold(database, owner, order)
    assert await balances(database) == {"provider_clearing": 11_000, "escrow": -11_000}
    assert await actions_ledger.release_due(database, DELAY) is False
    await show_took_place(owner, order.show_id, ago=DELAY - timedelta(hours=1))
    await actions_ledger.release_due(database, DELAY)
    assert await states(owner) == ["escrow", "escrow"]
    await show_took_place(owner, order.show_id)
    await actions_ledger.release_due(database, DELAY)
    assert await states(owner) == ["released", "released"]
    assert await balances(database) == {
        "provider_clearing": 11_000,
        "seller_payable": -9_500,
        "platform_revenue": -1_500,
    }
    assert await owed(owner) == [("sale", 4_750), ("sale", 4_750)]


@pytest.mark.parametrize("status", ["postponed", "cancelled"])
async def test_a_show_that_did_not_take_place_releases_nothing(
    owner: Database, database: Database, status: str
) -> None:
    order = order_of()
    await sold(database, owner, order)
    await show_took_place(owner, order.show_id, status)
    assert await actions_ledger.release_due(database, DELAY) is False
    assert await states(owner) == ["escrow", "escrow"]


async def test_what_was_not_charged_is_not_released(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order, captured=False)
    await show_took_place(owner, order.show_id)
    assert await actions_ledger.release_due(database, DELAY) is False
    with pytest.raises(asyncpg.CheckViolationError):
        await told(database, lambda tx: store_ledger.sale_lines_release(tx, domain_ledger.lines_of(order)))
    await told(database, lambda tx: actions_ledger.captured(tx, attempt))
    await actions_ledger.release_due(database, DELAY)
    assert await states(owner) == ["released", "released"]


async def test_a_charge_heard_of_before_its_confirmation_counts(owner: Database, database: Database) -> None:
    order = order_of()
    async with owner.transaction() as tx:
        await store_orders.order_apply(tx, order)
    attempt = await sold(database, owner, order, captured=True)
    async with owner.transaction() as tx:
        await tx.execute("truncate ledger_entries, sale_lines, ledger_balances cascade")
    await told(database, lambda tx: actions_ledger.captured(tx, attempt))
    assert await balances(database) == {"provider_clearing": 11_000, "buyer_clearing": -11_000}
    await told(database, lambda tx: actions_ledger.sold(tx, order))
    await show_took_place(owner, order.show_id)
    await actions_ledger.release_due(database, DELAY)
    assert await states(owner) == ["released", "released"]


async def test_a_refund_before_the_release_comes_out_of_the_escrow(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order)
    refund = refund_of(order, attempt, "2")
    await told(database, lambda tx: actions_ledger.refund_due(tx, refund, order))
    assert await balances(database) == {"provider_clearing": 11_000, "escrow": -5_500, "refunds": -5_500}
    done = replace(refund, status="refunded", settled_by="provider", provider_id="re_1")
    await told(database, lambda tx: actions_ledger.refunded(tx, done, attempt))
    await show_took_place(owner, order.show_id)
    await actions_ledger.release_due(database, DELAY)
    assert await states(owner) == ["released", "refunded"]
    assert await owed(owner) == [("sale", 4_750)]
    assert await balances(database) == {"provider_clearing": 5_500, "seller_payable": -4_750, "platform_revenue": -750}


async def test_a_refund_after_the_release_is_owed_by_the_seller(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order)
    await show_took_place(owner, order.show_id)
    await actions_ledger.release_due(database, DELAY)
    refund = refund_of(order, attempt, "1", reason="gate")
    await told(database, lambda tx: actions_ledger.refund_due(tx, refund, order))
    assert await owed(owner) == [("sale", 4_750), ("sale", 4_750), ("refund", -4_750)]
    found = await balances(database)
    assert found["seller_payable"] == -4_750
    assert found["refunds"] == -5_500


async def test_a_refund_of_what_was_never_charged_leaves_nothing(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order, captured=False)
    refund = refund_of(order, attempt, "1", "2", reason="show_cancelled", settled_by="void")
    await told(database, lambda tx: actions_ledger.refund_due(tx, refund, order))
    await told(database, lambda tx: actions_ledger.refunded(tx, refund, attempt))
    assert await balances(database) == {}


async def test_a_charge_that_no_order_wants_goes_back_whole(owner: Database, database: Database) -> None:
    order = order_of(status="cancelled", cancel_reason="expired")
    async with owner.transaction() as tx:
        await store_orders.order_apply(tx, order)
    attempt = await sold_nothing(order)
    refund = refund_of(order, attempt, reason="unwanted", amount=order.total, settled_by="provider")
    await told(database, lambda tx: actions_ledger.stray_captured(tx, attempt))
    assert await balances(database) == {"provider_clearing": 11_000, "buyer_clearing": -11_000}
    await told(database, lambda tx: actions_ledger.refund_due(tx, refund, order))
    await told(database, lambda tx: actions_ledger.refunded(tx, refund, attempt))
    assert await balances(database) == {}
    assert await states(owner) == []


async def sold_nothing(order: Order) -> Attempt:
    return Attempt(
        id=new_id(),
        order_id=order.id,
        buyer_id=order.buyer_id,
        request_hash=b"",
        payment_method="pm_card_visa",
        return_url=None,
        amount=order.total,
        status="stray",
        version=2,
        outcome="late",
        reason=None,
        intent_id="pi_1",
        action_url=None,
        refused=True,
        refunds=Money(0, order.total.currency),
        keys_used=0,
        tries=0,
        created_at=datetime.now(UTC),
    )


async def test_a_dispute_holds_the_lines_and_a_won_one_lets_them_go(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order)
    await show_took_place(owner, order.show_id)
    dispute = dispute_of(order, attempt)
    await told(database, lambda tx: actions_ledger.dispute_opened(tx, dispute, order))
    assert await actions_ledger.release_due(database, DELAY) is False
    assert await balances(database) == {"disputes": 11_000, "escrow": -11_000}
    won = replace(dispute, stage="won")
    await told(database, lambda tx: actions_ledger.dispute_closed(tx, won, order))
    await actions_ledger.release_due(database, DELAY)
    assert await states(owner) == ["released", "released"]
    assert (await balances(database))["provider_clearing"] == 11_000


async def test_a_lost_dispute_takes_the_escrow(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order)
    await told(database, lambda tx: actions_ledger.dispute_closed(tx, dispute_of(order, attempt, "lost"), order))
    assert await balances(database) == {}
    assert await states(owner) == ["charged_back", "charged_back"]
    assert await owed(owner) == []


async def test_a_dispute_lost_after_the_release_is_owed_by_the_seller(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order)
    await show_took_place(owner, order.show_id)
    await actions_ledger.release_due(database, DELAY)
    dispute = dispute_of(order, attempt, "lost")
    await told(database, lambda tx: actions_ledger.dispute_closed(tx, dispute, order))
    assert await balances(database) == {}
    assert sum(amount for _, amount in await owed(owner)) == 0


@pytest.mark.parametrize("lost_first", [True, False])
async def test_a_charge_nobody_wants_that_a_lost_dispute_took_leaves_nothing(
    owner: Database, database: Database, lost_first: bool
) -> None:
    order = order_of(status="cancelled", cancel_reason="expired")
    async with owner.transaction() as tx:
        await store_orders.order_apply(tx, order)
    attempt = await sold_nothing(order)
    refund = refund_of(order, attempt, reason="unwanted", amount=order.total)
    dispute = dispute_of(order, attempt, "lost")
    facts: list[Callable[[Connection], Awaitable[None]]] = [
        lambda tx: actions_ledger.refund_due(tx, refund, order),
        lambda tx: actions_ledger.dispute_closed(tx, dispute, order),
    ]
    await told(database, lambda tx: actions_ledger.stray_captured(tx, attempt))
    for fact in reversed(facts) if lost_first else facts:
        await told(database, fact)
    assert await balances(database) == {"platform_revenue": 11_000, "refunds": -11_000}
    await told(database, lambda tx: actions_ledger.refunded(tx, replace(refund, settled_by="dispute"), attempt))
    assert await balances(database) == {}


@pytest.mark.parametrize("lost_first", [True, False])
async def test_a_refund_that_a_lost_dispute_took_leaves_nothing(
    owner: Database, database: Database, lost_first: bool
) -> None:
    order = order_of()
    attempt = await sold(database, owner, order)
    refund = refund_of(order, attempt, "2")
    dispute = dispute_of(order, attempt, "lost")
    facts: list[Callable[[Connection], Awaitable[None]]] = [
        lambda tx: actions_ledger.refund_due(tx, refund, order),
        lambda tx: actions_ledger.dispute_closed(tx, dispute, order),
    ]
    for fact in reversed(facts) if lost_first else facts:
        await told(database, fact)
    await told(database, lambda tx: actions_ledger.refunded(tx, replace(refund, settled_by="dispute"), attempt))
    assert await balances(database) == {}


async def test_a_fact_told_ten_times_at_once_moves_money_once(owner: Database, database: Database) -> None:
    order = order_of()
    attempt = await sold(database, owner, order)
    refund = refund_of(order, attempt, "1")
    dispute = dispute_of(order, attempt, "lost", amount=Money(5_500, "EUR"))
    done = replace(refund, settled_by="provider")
    facts: list[Callable[[Connection], Awaitable[None]]] = [
        lambda tx: actions_ledger.sold(tx, order),
        lambda tx: actions_ledger.captured(tx, attempt),
        lambda tx: actions_ledger.refund_due(tx, refund, order),
        lambda tx: actions_ledger.refunded(tx, done, attempt),
        lambda tx: actions_ledger.dispute_closed(tx, dispute, order),
    ]
    for fact in facts:
        await asyncio.gather(*(told(database, fact) for _ in range(10)))
    assert await balances(database) == {}
    assert sorted(await states(owner)) == ["charged_back", "refunded"]


async def test_processes_that_release_at_once_release_each_line_once(owner: Database, database: Database) -> None:
    show_id = new_id()
    for _ in range(30):
        await sold(database, owner, order_of(quantity=10, show_id=show_id))
    await show_took_place(owner, show_id)
    while any(await asyncio.gather(*(actions_ledger.release_due(database, DELAY) for _ in range(4)))):
        pass
    assert set(await states(owner)) == {"released"}
    assert len(await owed(owner)) == 300
    assert (await balances(database)).get("escrow") is None


async def test_postings_in_any_order_do_not_wait_for_each_other(owner: Database, database: Database) -> None:
    """Transactions with several entries touch the same accounts the other way round, and none is a victim."""
    seller_id, amount = new_id(), Money(100, "EUR")

    async def post(number: int) -> None:
        entries = [
            domain_ledger.payout_made(new_id(), seller_id, amount),
            domain_ledger.payment_captured(new_id(), amount, new_id()),
            domain_ledger.dispute_opened(new_id(), amount, new_id()),
        ]
        async with database.transaction() as tx:
            for entry in entries if number % 2 else reversed(entries):
                await store_ledger.entries_post(tx, [entry])

    await asyncio.gather(*(post(number) for number in range(60)))
    assert (await balances(database))["disputes"] == 6_000


# What the database itself keeps anybody from doing


FORBIDDEN = [
    "update ledger_entries set cause = 'other'",
    "delete from ledger_entries",
    "truncate ledger_entries cascade",
    "update ledger_lines set amount = amount + 1",
    "delete from ledger_lines",
    "truncate ledger_lines",
    "update ledger_balances set balance = 0",
    "insert into ledger_balances values ('refunds', 'EUR', 1)",
    "delete from ledger_balances",
    "insert into ledger_entries (id, cause, transaction) values (gen_random_uuid(), 'x', '1')",
    "alter table ledger_lines disable trigger all",
    "delete from sale_lines",
    "update sale_lines set price = 0",
    "update payables set amount = 1",
    "delete from payables",
    "update payouts set amount = 1",
    "delete from breaks",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_service_can_change_nothing_that_was_written(
    owner: Database, database: Database, statement: str
) -> None:
    async with database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def post_raw(tx: Connection, cause: str, *amounts: int, currency: str = "EUR") -> UUID:
    entry_id = new_id()
    await tx.execute("insert into ledger_entries (id, cause) values ($1, $2)", entry_id, cause)
    for number, amount in enumerate(amounts, start=1):
        await line_raw(tx, entry_id, number, amount, currency)
    return entry_id


async def line_raw(tx: Connection, entry_id: UUID, number: int, amount: int, currency: str = "EUR") -> None:
    await tx.execute(
        "insert into ledger_lines (entry_id, line, account, currency, amount) values ($1, $2, 'refunds', $3, $4)",
        entry_id,
        number,
        currency,
        amount,
    )


@pytest.mark.parametrize("amounts", [(5, -4), (5,), ()])
async def test_an_entry_that_does_not_sum_to_zero_is_not_committed(
    owner: Database, database: Database, amounts: tuple[int, ...]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await told(database, lambda tx: _ignore(post_raw(tx, "unbalanced", *amounts)))
    assert await balances(database) == {}


async def _ignore(call: Awaitable[UUID]) -> None:
    await call


async def test_currencies_do_not_balance_each_other(owner: Database, database: Database) -> None:
    async def mixed(tx: Connection) -> None:
        entry_id = await post_raw(tx, "mixed", 5)
        await line_raw(tx, entry_id, 2, -5, "JPY")

    with pytest.raises(asyncpg.CheckViolationError):
        await told(database, mixed)


async def test_an_entry_that_was_committed_takes_no_more_lines(owner: Database, database: Database) -> None:
    async with database.transaction() as tx:
        entry_id = await post_raw(tx, "closed", 5, -5)

    async def more(tx: Connection) -> None:
        await line_raw(tx, entry_id, 3, 7)
        await line_raw(tx, entry_id, 4, -7)

    with pytest.raises(asyncpg.CheckViolationError, match="is closed"):
        await told(database, more)


async def test_checking_early_does_not_let_an_unbalanced_entry_through(owner: Database, database: Database) -> None:
    async def early(tx: Connection) -> None:
        entry_id = await post_raw(tx, "early", 5, -5)
        await tx.execute("set constraints all immediate")
        await line_raw(tx, entry_id, 3, 7)

    with pytest.raises(asyncpg.CheckViolationError):
        await told(database, early)


async def test_without_its_guards_the_same_fact_moves_money_twice(owner: Database, database: Database) -> None:
    """The race of the test above shows: with the unique cause gone, ten charges are posted."""
    order = order_of()
    attempt = await sold(database, owner, order, captured=False)
    entry = domain_ledger.payment_captured(attempt.id, attempt.amount, order.id)

    async def posted_blindly(tx: Connection) -> None:
        entry_id = new_id()
        await tx.execute("insert into ledger_entries (id, cause) values ($1, $2)", entry_id, entry.cause)
        for number, posting in enumerate(entry.postings, start=1):
            await tx.execute(
                "insert into ledger_lines (entry_id, line, account, currency, amount) values ($1, $2, $3, 'EUR', $4)",
                entry_id,
                number,
                posting.account,
                posting.money.amount,
            )

    async with owner.connection() as connection:
        await connection.execute("alter table ledger_entries drop constraint ledger_entries_cause")
    try:
        await asyncio.gather(*(told(database, posted_blindly) for _ in range(10)))
        assert (await balances(database))["provider_clearing"] == 110_000
    finally:
        await empty(owner)
        async with owner.connection() as connection:
            await connection.execute("alter table ledger_entries add constraint ledger_entries_cause unique (cause)")
    await told(database, posted_blindly)
    with pytest.raises(asyncpg.UniqueViolationError):
        await told(database, posted_blindly)
