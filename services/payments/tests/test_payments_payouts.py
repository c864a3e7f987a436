"""Paying sellers, on a real database and stand-in: each line once, one transfer per payout, whatever breaks."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

import payments
from fairseat_common.contracts import Money, PayoutReversed, PayoutSent
from fairseat_common.contracts.refusals import Invalid
from fairseat_common.database import Database, migrate
from fairseat_common.ids import new_id
from fairseat_common.switches import SwitchMove
from fairseat_common.testing.running import Servers, empty
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess
from payments import (
    actions_accounts,
    actions_payouts,
    actions_switch,
    domain_payouts,
    store_payouts,
    store_provider_payouts,
    store_reports,
)
from payments.domain_payouts import Payable, Payout, Reversal, Transfer
from payments.domain_refusals import ProviderRefuses, ProviderUnavailable
from payments.store_payouts import Owed
from payments.store_provider import Provider

MIGRATIONS = Path(payments.__file__).parent.parent / "migrations"
PUBLIC_URL = "http://localhost:8000"
BACK = f"{PUBLIC_URL}/sales?done=payouts"


@pytest.fixture(scope="module")
async def stand_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite")
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def provider(stand_in: ProviderProcess) -> AsyncIterator[Provider]:
    made = Provider("sk_test_payouts", stand_in.url)
    async with made.running():
        yield made
    await control(stand_in, "faults", {})


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
    runtime = Database(servers.prepared["payments"].url, application="test", size_max=24)
    await runtime.open()
    yield runtime
    await runtime.close()


async def control(stand_in: ProviderProcess, path: str, body: dict[str, Any]) -> Any:
    async with httpx.AsyncClient(base_url=stand_in.url) as client:
        answer = await client.post(f"/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def effects(stand_in: ProviderProcess, kind: str) -> list[dict[str, Any]]:
    """The outside truth: what the stand-in really did."""
    async with httpx.AsyncClient(base_url=stand_in.url) as client:
        answer = (await client.get("/control/journal", params={"kind": kind, "limit": 1000})).json()
    found = answer["items"] if isinstance(answer, dict) else answer
    return [effect for effect in found if effect["kind"] == kind]


async def transfers_of(stand_in: ProviderProcess, seller_id: UUID) -> list[tuple[int, str]]:
    made = await effects(stand_in, "transferred")
    return [(each["amount"], each["metadata"]["payout_id"]) for each in made
            if each["metadata"]["seller_id"] == str(seller_id)]  # fmt: skip


async def seller_with_account(database: Database, provider: Provider, stand_in: ProviderProcess) -> UUID:
    """A seller who has been onboarded."""
    seller_id = new_id()
    account, _ = await actions_accounts.onboard(database, provider, seller_id, BACK, PUBLIC_URL)
    assert account.account_id is not None
    await control(stand_in, f"accounts/{account.account_id}", {"onboarded": True})
    await actions_accounts.account_heard(database, provider, account.account_id)
    return seller_id


async def owe(owner: Database, seller_id: UUID, *amounts: int, currency: str = "EUR") -> list[UUID]:
    """Released lines of a sale each, with what they make the seller owed. A negative amount is a refund."""
    orders = []
    async with owner.transaction() as tx:
        for amount in amounts:
            order_id = new_id()
            orders.append(order_id)
            await tx.execute(
                "insert into orders (id, buyer_id, version, status, amount, currency, expires_at)"
                " values ($1, $1, 1, 'confirmed', $2, $3, now())",
                order_id,
                abs(amount),
                currency,
            )
            await tx.execute(
                "insert into sale_lines (order_id, line, seat, seller_id, show_id, price, buyer_fee, seller_fee,"
                " currency, status, captured_at, released_at) values ($1, 1, '1', $2, $1, $3, 0, 0, $4, 'released',"
                " now(), now())",
                order_id,
                seller_id,
                abs(amount),
                currency,
            )
            payable = Payable(
                seller_id=seller_id,
                amount=Money(amount, currency),
                kind="sale" if amount > 0 else "refund",
                cause=f"test:{order_id}",
                order_id=order_id,
                line=1,
            )
            await store_payouts.payables_insert(tx, [payable])
    return orders


async def payouts_of(database: Database, seller_id: UUID) -> list[Payout]:
    async with database.connection() as connection:
        return await store_payouts.payouts_of_seller(connection, seller_id, None, 100)


async def said(owner: Database, kind: type[Any]) -> int:
    async with owner.connection() as connection:
        return int(await connection.fetchval("select count(*) from outbox where subject = $1", kind.subject))


async def balances(database: Database) -> dict[str, int]:
    async with database.connection() as connection:
        found = await store_reports.balances_page(connection, None, None, None, 1_000)
    assert [each for each in found if not each.agrees] == []
    return {each.account.partition(":")[0]: each.running for each in found if each.running}


async def due_again(owner: Database) -> None:
    """What was postponed is due now."""
    async with owner.connection() as connection:
        await connection.execute("update payouts set leased_until = now()")


# Accounts


async def test_a_seller_has_one_account_however_often_it_is_asked_for(
    database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = new_id()
    calls = (actions_accounts.onboard(database, provider, seller_id, BACK, PUBLIC_URL) for _ in range(8))
    answers = await asyncio.gather(*calls)
    assert len({account.account_id for account, _ in answers}) == 1
    assert all("/dev/provider/onboarding/" in url for _, url in answers)
    assert answers[0][0].status == "pending"
    made = await effects(stand_in, "account_created")
    assert len([each for each in made if each["metadata"]["seller_id"] == str(seller_id)]) == 1


async def test_an_account_whose_answer_was_lost_is_found_again(
    database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = new_id()
    await control(stand_in, "faults", {"calls": {"after": 1.0}})
    with pytest.raises(ProviderUnavailable):
        await actions_accounts.onboard(database, provider, seller_id, BACK, PUBLIC_URL)
    await control(stand_in, "faults", {"keys_forgotten_after_s": 0})
    account, _ = await actions_accounts.onboard(database, provider, seller_id, BACK, PUBLIC_URL)
    assert account.account_id is not None
    made = await effects(stand_in, "account_created")
    assert len([each for each in made if each["metadata"]["seller_id"] == str(seller_id)]) == 1


async def test_an_onboarded_seller_is_active_also_without_a_webhook(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = new_id()
    account, _ = await actions_accounts.onboard(database, provider, seller_id, BACK, PUBLIC_URL)
    assert await actions_accounts.accounts_look(database, provider) is False
    found = await actions_accounts.account_of(database, provider, seller_id)
    assert found is not None
    assert found.status == "pending"
    await control(stand_in, f"accounts/{account.account_id}", {"onboarded": True})
    async with owner.connection() as connection:
        await connection.execute("update seller_accounts set leased_until = now()")
    await actions_accounts.accounts_look(database, provider)
    async with owner.connection() as connection:
        assert (
            await connection.fetchval("select status from seller_accounts where seller_id = $1", seller_id) == "active"
        )


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://localhost:8000.evil.example/",
        "//localhost:8000/x",
        "http://localhost:8000\\@e/",
    ],
)
async def test_nobody_is_sent_to_another_site(database: Database, provider: Provider, url: str) -> None:
    with pytest.raises(Invalid):
        await actions_accounts.onboard(database, provider, new_id(), url, PUBLIC_URL)


# Payouts


async def test_what_a_seller_is_owed_is_one_transfer_per_currency(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = await seller_with_account(database, provider, stand_in)
    await owe(owner, seller_id, 4_750, 4_750, -1_000)
    await owe(owner, seller_id, 9_000, currency="JPY")
    await owe(owner, seller_id, 12_340, currency="KWD")
    assert await actions_payouts.payouts_due(database, provider) is False
    await actions_payouts.payouts_due(database, provider)
    found = await payouts_of(database, seller_id)
    assert sorted((each.amount.currency, each.amount.amount, each.status) for each in found) == [
        ("EUR", 8_500, "sent"),
        ("JPY", 9_000, "sent"),
        ("KWD", 12_340, "sent"),
    ]
    assert sorted(amount for amount, _ in await transfers_of(stand_in, seller_id)) == [8_500, 9_000, 12_340]
    assert await said(owner, PayoutSent) == 3
    assert "payouts_in_transit" not in await balances(database)


async def test_a_seller_without_an_active_account_waits(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = new_id()
    await owe(owner, seller_id, 4_750)
    await actions_payouts.payouts_due(database, provider)
    account, _ = await actions_accounts.onboard(database, provider, seller_id, BACK, PUBLIC_URL)
    await actions_payouts.payouts_due(database, provider)
    assert await payouts_of(database, seller_id) == []
    await control(stand_in, f"accounts/{account.account_id}", {"onboarded": True})
    await actions_accounts.account_heard(database, provider, account.account_id or "")
    await actions_payouts.payouts_due(database, provider)
    assert [each.status for each in await payouts_of(database, seller_id)] == ["sent"]


async def test_what_is_owed_to_us_nets_against_the_next_payout(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = await seller_with_account(database, provider, stand_in)
    await owe(owner, seller_id, 4_750)
    await actions_payouts.payouts_due(database, provider)
    await owe(owner, seller_id, -4_750)
    await actions_payouts.payouts_due(database, provider)
    await owe(owner, seller_id, 4_000)
    await actions_payouts.payouts_due(database, provider)
    assert len(await payouts_of(database, seller_id)) == 1
    await owe(owner, seller_id, 2_000)
    await actions_payouts.payouts_due(database, provider)
    assert [each.amount.amount for each in await payouts_of(database, seller_id)] == [1_250, 4_750]


async def test_a_seller_whose_payout_breaks_keeps_nobody_waiting(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    broken = await seller_with_account(database, provider, stand_in)
    seller_id = await seller_with_account(database, provider, stand_in)
    await owe(owner, broken, 2**62, 2**62)  # more than an amount can hold
    await owe(owner, seller_id, 4_750)
    await actions_payouts.payouts_due(database, provider)
    assert [each.status for each in await payouts_of(database, seller_id)] == ["sent"]
    assert await payouts_of(database, broken) == []


async def test_a_disputed_seat_waits_for_the_bank(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = await seller_with_account(database, provider, stand_in)
    orders = await owe(owner, seller_id, 4_750, 3_000)
    async with owner.connection() as connection:
        await connection.execute("update sale_lines set dispute_id = $1 where order_id = $2", new_id(), orders[0])
    await actions_payouts.payouts_due(database, provider)
    assert [each.amount.amount for each in await payouts_of(database, seller_id)] == [3_000]
    async with owner.connection() as connection:
        await connection.execute("update sale_lines set dispute_id = null")
    await actions_payouts.payouts_due(database, provider)
    assert [each.amount.amount for each in await payouts_of(database, seller_id)] == [4_750, 3_000]


async def test_processes_that_pay_at_once_pay_each_line_once(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    sellers = [await seller_with_account(database, provider, stand_in) for _ in range(4)]
    for seller_id in sellers:
        await owe(owner, seller_id, *([100] * 25))
    await asyncio.gather(*(actions_payouts.payouts_due(database, provider) for _ in range(8)))
    for seller_id in sellers:
        assert [each.amount.amount for each in await payouts_of(database, seller_id)] == [2_500]
        assert [amount for amount, _ in await transfers_of(stand_in, seller_id)] == [2_500]
    assert await said(owner, PayoutSent) == 4


@pytest.mark.parametrize("calls", [{"before": 1.0}, {"after": 1.0}, {"error": 1.0}])
async def test_a_transfer_whose_answer_was_lost_is_not_made_twice(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess, calls: dict[str, float]
) -> None:
    seller_id = await seller_with_account(database, provider, stand_in)
    await owe(owner, seller_id, 4_750)
    await actions_payouts.payouts_make(database)
    await control(stand_in, "faults", {"calls": calls})
    for _ in range(3):
        await actions_payouts.payouts_send(database, provider)
        assert [each.status for each in await payouts_of(database, seller_id)] == ["due"]
        await due_again(owner)
    await control(stand_in, "faults", {"keys_forgotten_after_s": 0})
    await actions_payouts.payouts_send(database, provider)
    assert [each.status for each in await payouts_of(database, seller_id)] == ["sent"]
    assert [amount for amount, _ in await transfers_of(stand_in, seller_id)] == [4_750]
    assert await said(owner, PayoutSent) == 1


async def test_a_refused_transfer_stays_due_and_its_account_is_looked_at(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = await seller_with_account(database, provider, stand_in)
    await owe(owner, seller_id, 4_750)
    await actions_payouts.payouts_make(database)
    [payout] = await payouts_of(database, seller_id)
    await control(stand_in, f"accounts/{payout.account_id}", {"onboarded": False})
    await actions_payouts.payouts_send(database, provider)
    assert [each.status for each in await payouts_of(database, seller_id)] == ["due"]
    account = await actions_accounts.account_of(database, provider, seller_id)
    assert account is not None
    assert account.status == "pending"
    with pytest.raises(ProviderRefuses):
        await store_provider_payouts.transfer_make(provider, replace(payout, id=new_id()))
    await control(stand_in, f"accounts/{payout.account_id}", {"onboarded": True})
    await due_again(owner)
    await actions_payouts.payouts_send(database, provider)
    assert [each.status for each in await payouts_of(database, seller_id)] == ["sent"]


# Reversals


async def test_a_reversed_transfer_opens_its_payables_again(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = await seller_with_account(database, provider, stand_in)
    await owe(owner, seller_id, 4_750, 250)
    await actions_payouts.payouts_due(database, provider)
    [first] = await payouts_of(database, seller_id)
    assert first.transfer_id is not None
    await control(stand_in, f"transfers/{first.transfer_id}/reverse", {})
    for _ in range(3):
        await actions_payouts.transfer_heard(database, provider, first.transfer_id)
    assert await said(owner, PayoutReversed) == 1
    assert await balances(database) == {}  # nothing released here: what was paid came back
    await actions_payouts.payouts_due(database, provider)
    found = await payouts_of(database, seller_id)
    assert [(each.amount.amount, each.status) for each in found] == [(5_000, "sent"), (5_000, "reversed")]
    async with owner.connection() as connection:
        items = await connection.fetch("select payout_id, sum(amount) as total from payout_items group by payout_id")
    assert {row["payout_id"]: row["total"] for row in items} == {found[0].id: 5_000, found[1].id: 5_000}


async def test_a_part_that_comes_back_goes_into_the_next_payout(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    seller_id = await seller_with_account(database, provider, stand_in)
    await owe(owner, seller_id, 5_000)
    await actions_payouts.payouts_due(database, provider)
    [first] = await payouts_of(database, seller_id)
    await control(stand_in, f"transfers/{first.transfer_id}/reverse", {"amount": 1_000})
    await control(stand_in, f"transfers/{first.transfer_id}/reverse", {"amount": 1_500})
    await actions_payouts.transfer_heard(database, provider, first.transfer_id or "")
    await actions_payouts.payouts_due(database, provider)
    found = await payouts_of(database, seller_id)
    assert [(each.amount.amount, each.status, each.reversed.amount) for each in found] == [
        (2_500, "sent", 0),
        (5_000, "sent", 2_500),
    ]
    assert (await balances(database))["provider_clearing"] == -5_000


async def test_transfers_of_others_are_left_alone(database: Database, provider: Provider) -> None:
    await actions_payouts.transfer_heard(database, provider, "tr_unknown")
    await actions_accounts.account_heard(database, provider, "acct_unknown")


def payout_of(**changes: Any) -> Payout:
    fields: dict[str, Any] = {
        "id": new_id(),
        "seller_id": new_id(),
        "account_id": "acct_1",
        "amount": Money(100, "EUR"),
        "status": "due",
        "transfer_id": None,
        "reversed": Money(0, "EUR"),
        "version": 0,
        "keys_used": 0,
        "tries": 0,
        "created_at": datetime.now(UTC),
        "sent_at": None,
    }
    return Payout(**fields | changes)


@pytest.mark.parametrize(
    "changes", [{"amount": Money(99, "EUR")}, {"account_id": "acct_2"}, {"payout_id": "other"}, {"payout_id": None}]
)
def test_a_transfer_that_cannot_be_the_payout_s_is_refused(changes: dict[str, Any]) -> None:
    payout = payout_of()
    fields: dict[str, Any] = {
        "id": "tr_1",
        "payout_id": str(payout.id),
        "account_id": "acct_1",
        "amount": payout.amount,
    }
    with pytest.raises(domain_payouts.TransferDisagrees):
        domain_payouts.send(payout, Transfer(**fields | changes), datetime.now(UTC))


def test_no_more_comes_back_than_was_sent() -> None:
    payout = payout_of(status="sent", transfer_id="tr_1", reversed=Money(60, "EUR"))
    with pytest.raises(domain_payouts.TransferDisagrees):
        domain_payouts.reverse(payout, Reversal(id="trr_1", amount=Money(41, "EUR")), datetime.now(UTC))


# Killed anywhere

WORKER = """
import asyncio, sys
from fairseat_common.database import Database
from fairseat_common.workers import Worker
from payments import actions_payouts
from payments.store_provider import Provider

async def main():
    database = Database(sys.argv[1])
    await database.open()
    provider = Provider("sk_test_payouts", sys.argv[2])
    print("running", flush=True)
    await Worker("payouts", lambda: actions_payouts.payouts_due(database, provider), 0.1).run()

asyncio.run(main())
"""


@asynccontextmanager
async def paying(url: str, stand_in: ProviderProcess) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own that pays, until it is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, url, stand_in.url, stdout=asyncio.subprocess.PIPE, env={**os.environ}
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"running\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_a_run_that_is_killed_in_the_middle_and_run_by_two_pays_each_line_once(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess, servers: Servers
) -> None:
    sellers = [await seller_with_account(database, provider, stand_in) for _ in range(6)]
    await control(stand_in, "faults", {"seed": 7, "calls": {"before": 0.1, "after": 0.2}})
    url = servers.prepared["payments"].url
    for seller_id in sellers:
        await owe(owner, seller_id, 300, 200)
    async with paying(url, stand_in) as first:
        await eventually(lambda: transfers_of(stand_in, sellers[0]))
        first.send_signal(signal.SIGKILL)
        await first.wait()
    async with owner.connection() as connection:
        assert await connection.fetchval("select count(*) from payouts") > 0
    await due_again(owner)  # the leases of the dead process would end by themselves

    async def all_sent() -> bool:
        await due_again(owner)
        found = [await payouts_of(database, seller_id) for seller_id in sellers]
        return all([each.status for each in payouts] == ["sent"] for payouts in found)

    async with paying(url, stand_in), paying(url, stand_in):
        await eventually(all_sent, 40)
    for seller_id in sellers:
        assert [amount for amount, _ in await transfers_of(stand_in, seller_id)] == [500]
    assert await said(owner, PayoutSent) == 6
    assert await balances(database) == {"seller_payable": 500, "provider_clearing": -3_000}


async def test_a_stop_holds_for_what_is_owed_and_for_what_the_provider_was_slow_about(
    owner: Database,
    database: Database,
    provider: Provider,
    stand_in: ProviderProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seller_id, operator_id = await seller_with_account(database, provider, stand_in), new_id()
    await owe(owner, seller_id, 500)
    looked = store_provider_payouts.transfer_find

    async def switched(is_open: bool) -> None:
        async with database.transaction() as tx:
            await actions_switch.payouts_move(tx, operator_id, SwitchMove(is_open, "Odd transfers"))

    async def stopped_meanwhile(asked: Provider, payout: Payout) -> Transfer | None:
        found = await looked(asked, payout)
        await switched(False)
        return found

    monkeypatch.setattr(store_provider_payouts, "transfer_find", stopped_meanwhile)
    await actions_payouts.payouts_due(database, provider)
    assert len(await payouts_of(database, seller_id)) == 1
    assert await transfers_of(stand_in, seller_id) == []
    # Nor is a payout made of what comes to be owed meanwhile.
    await owe(owner, seller_id, 300, currency="USD")
    async with database.connection() as connection:
        assert await store_payouts.owed_lists(connection, 8) == []
    await switched(True)
    async with database.connection() as connection:
        assert await store_payouts.owed_lists(connection, 8) == [Owed(seller_id, "USD")]


# The guards: without them, the race shows


async def pay_blindly(database: Database, owed: Owed, looked: asyncio.Barrier) -> None:
    """A payout that is made of what was looked at without a lock."""
    async with database.transaction() as tx:
        rows = await tx.fetch("select id, amount from payables where payout_id is null")
        await looked.wait()
        payout_id = new_id()
        await tx.execute(
            "insert into payouts (id, seller_id, account_id, amount, currency) values ($1, $2, 'acct_1', $3, $4)",
            payout_id,
            owed.seller_id,
            sum(row["amount"] for row in rows),
            owed.currency,
        )
        await tx.execute(
            "update payables set payout_id = $1 where id = any($2)", payout_id, [row["id"] for row in rows]
        )


async def test_without_its_guards_the_same_lines_are_paid_twice(
    owner: Database, database: Database, provider: Provider, stand_in: ProviderProcess
) -> None:
    owed = Owed(await seller_with_account(database, provider, stand_in), "EUR")
    looked = asyncio.Barrier(2)
    await owe(owner, owed.seller_id, 500)
    async with owner.connection() as connection:
        await connection.execute("drop index payouts_due")
    try:
        await asyncio.gather(pay_blindly(database, owed, looked), pay_blindly(database, owed, looked))
        assert [each.amount.amount for each in await payouts_of(database, owed.seller_id)] == [500, 500]
    finally:
        async with owner.connection() as connection:
            await connection.execute("truncate payouts, payables, payout_items cascade")
            await connection.execute(
                "create unique index payouts_due on payouts (seller_id, currency) where status = 'due'"
            )
    await owe(owner, owed.seller_id, 500)
    blind = (pay_blindly(database, owed, looked) for _ in range(2))
    answers = await asyncio.gather(*blind, return_exceptions=True)
    assert [type(each) for each in answers if each] == [asyncpg.UniqueViolationError]
    assert [each.amount.amount for each in await payouts_of(database, owed.seller_id)] == [500]
