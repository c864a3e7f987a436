"""The checker finds planted faults, one by one, and nothing in a sound system."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
import pytest_asyncio

from fairseat_common.contracts import OrderHeld
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.testing.running import Servers, empty
from fairseat_local.check import CheckError, as_json, check, print_table
from fairseat_local.sample import said
from fairseat_local.sample.trying import Market, Written, written


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample_written(servers: Servers) -> AsyncIterator[Written]:
    async with written(servers) as sample:
        yield sample


@pytest_asyncio.fixture(loop_scope="session")
async def market(sample_written: Written) -> AsyncIterator[Market]:
    async with sample_written.market() as market:
        yield market


async def test_a_sound_market_passes_and_everything_was_looked_at(market: Market) -> None:
    findings = await check(market.system, settle_s=0)
    assert [finding.breaks for finding in findings] == [()] * len(findings)
    assert all(finding.count for finding in findings)
    assert {finding.invariant for finding in findings} == {
        "S1", "S3", "S4", "S5", "S6", "S7", "S8", "S10", "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10",
        "W1", "W2", "W3", "Q1", "Q2", "Q3", "A3", "E1", "E2", "E6", "S11", "G1",
    }  # fmt: skip
    assert len(json.loads(as_json(findings))) == len(findings)


# Each is one row that is not what it should be; the named invariant must see it.
FAULTS = [
    ("S1", "orders", "update seats set order_id = gen_random_uuid() where position = 3"),
    ("S1", "orders", "update seats set order_id = null where position = 1"),
    ("S6", "orders", "update orders set expires_at = now() - interval '6 seconds' where status = 'held'"),
    ("S7", "orders", "delete from seats where position = 9"),
    ("S7", "orders", "update seats set current = false where position = 9"),
    ("S7", "tickets", "update listing_seats set state = 'withdrawn', offered = false where state = 'free'"),
    ("S7", "orders", "update orders set status = 'cancelled', cancel_reason = 'buyer' where status = 'held'"),
    ("S10", "orders", "update orders set version = 7 where status = 'held'"),
    ("S10", "orders", "update outbox set version = 9 where subject = 'orders.confirmed.v1'"),
    ("S10", "orders", "update outbox set subject = 'orders.refunded.v1' where subject = 'orders.confirmed.v1'"),
    ("S10", "payments", "update outbox set subject = 'payments.failed.v1' where version = 1"),
    ("S10", "tickets", "update outbox set subject = 'tickets.transferred.v1' where version = 1"),
    ("S10", "payments", "update attempts set status = 'authorized'"),
    ("E1", "expiration", "delete from inbox where event_id in (select event_id from inbox limit 1)"),
    ("E2", "tickets", "insert into inbox values ('tickets-orders-confirmed-v1', gen_random_uuid(), 'handled')"),
    (
        "E6",
        "tickets",
        "insert into dead_letters values ('c', gen_random_uuid(), 's', '{}', '{}', 15, 'RuntimeError()')",
    ),
]


@pytest.mark.parametrize(("invariant", "service", "statement"), FAULTS)
async def test_a_planted_fault_is_found(market: Market, invariant: str, service: str, statement: str) -> None:
    for part in statement.split("; "):
        await market.run(service, part)
    assert invariant in await market.broken()


async def test_a_place_sold_twice_is_found_and_one_sold_on_is_not(market: Market) -> None:
    second = OrderHeld(**said(market.sale, order_id=new_id(), buyer_id=new_id(), listing_id=new_id()))
    async with market.sample.databases["orders"].transaction() as tx:
        await _second_order(tx, second, market.sale.order_id)
    assert "S1" in await market.broken()
    await market.run("orders", "update orders set seller_id = $1 where id = $2", market.sale.buyer_id, second.order_id)
    assert "and in order" not in await market.breaks("S1")


async def test_a_place_that_was_given_away_may_be_sold_by_its_receiver_alone(market: Market) -> None:
    second = OrderHeld(**said(market.sale, order_id=new_id(), buyer_id=new_id(), listing_id=new_id()))
    async with market.sample.databases["orders"].transaction() as tx:
        await _second_order(tx, second, market.sale.order_id)
        await tx.execute("update orders set seats = seats[1:1], quantity = 1, positions = positions[1:1],"
                         " total = unit_price + fees / 2, fees = fees / 2 where id = $1", second.order_id)  # fmt: skip
    async with market.sample.databases["tickets"].connection() as connection:
        receiver_id = await connection.fetchval("select to_id from transfers where to_id is not null")
    assert "and in order" in await market.breaks("S1")
    await market.run("orders", "update orders set seller_id = $1 where id = $2", receiver_id, second.order_id)
    assert "and in order" not in await market.breaks("S1")


async def _second_order(tx: Connection, order: OrderHeld, like: UUID) -> None:
    await tx.execute(
        "insert into orders select ($1::jsonb ->> 'id')::uuid, ($1::jsonb ->> 'buyer')::uuid, seller_id,"
        " ($1::jsonb ->> 'listing')::uuid, show_id, section, row, seats, positions, quantity, unit_price, fees, total,"
        " currency, 'held', null, 1, 'second', expires_at, clock_timestamp(), 1 from orders where id = $2",
        json.dumps({"id": str(order.order_id), "buyer": str(order.buyer_id), "listing": str(order.listing_id)}),
        like,
    )


async def test_two_valid_tickets_for_a_place_are_found(market: Market) -> None:
    async with market.sample.databases["tickets"].connection() as connection:
        index = await connection.fetchval("select pg_get_indexdef('tickets_one_per_place'::regclass)")
        await connection.execute("drop index tickets_one_per_place")
        try:
            await connection.execute(
                "insert into tickets (id, show_id, section, row, seat, holder_id, serial)"
                " select gen_random_uuid(), show_id, section, row, seat, gen_random_uuid(), gen_random_uuid()"
                " from tickets where seat = '4'"
            )
            assert "S3" in await market.broken()
        finally:
            await connection.execute("truncate tickets cascade")
            await connection.execute(index)


async def test_a_seat_that_went_back_by_one_of_its_sales_only_is_found(market: Market) -> None:
    """A dealer sold a seat on; its new buyer chose the money when the show moved, then the dealer has theirs back."""
    second = OrderHeld(**said(market.sale, order_id=new_id(), buyer_id=new_id(), listing_id=new_id()))
    orders = market.sample.databases["orders"]
    async with orders.transaction() as tx:
        await _second_order(tx, second, market.sale.order_id)
        await _give_back(tx, second.order_id)
    assert "which sold it before" in await market.breaks("M1")
    async with orders.transaction() as tx:
        await _give_back(tx, market.sale.order_id)
    assert "which sold it before" not in await market.breaks("M1")


async def _give_back(tx: Connection, order_id: UUID) -> None:
    await tx.execute(
        "with bought as (update orders set status = 'confirmed' where id = $1 returning id, seats),"
        " back as (insert into refunds (id, order_id, reason, seats, amount, currency)"
        "  select gen_random_uuid(), id, 'show_moved', seats, 1, 'EUR' from bought returning id, seats)"
        " insert into refund_lines (order_id, seat, refund_id) select $1, unnest(seats), id from back"
        " on conflict do nothing",
        order_id,
    )


async def test_too_many_tickets_are_found(market: Market) -> None:
    await market.run("orders", "update orders set tickets_max = 2")
    assert "tickets of show" not in await market.breaks("S8")
    await market.run("orders", "update orders set tickets_max = 1")
    assert "tickets of show" in await market.breaks("S8")


async def test_too_many_holds_are_found(market: Market) -> None:
    market.system = replace(market.system, holds_max=0)
    assert "S8" in await market.broken()


async def test_work_in_flight_is_no_break(market: Market) -> None:
    """What is broken in the first look and mended before the last is not told."""
    event_id = new_id()
    await market.run("tickets", "insert into inbox values ('tickets-orders-confirmed-v1', $1, 'handled')", event_id)
    task = asyncio.create_task(check(market.system, settle_s=5))
    await market.run("tickets", "delete from inbox where event_id = $1", event_id)
    assert not any(finding.breaks for finding in await task)


async def test_a_system_that_cannot_be_read_is_not_called_sound(market: Market) -> None:
    market.system = replace(market.system, provider_url="http://127.0.0.1:9")
    with pytest.raises(CheckError, match="cannot be read"):
        await check(market.system, settle_s=0)


async def test_nothing_to_look_at_is_said(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    for database in market.sample.databases.values():
        await empty(database)
    market.provider.clear()
    findings = await check(market.system, settle_s=0)
    print_table(findings)
    assert capsys.readouterr().out.count("nothing yet") == len(findings)


async def test_breaks_are_listed(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    await market.run("orders", "update orders set expires_at = now() - interval '1 hour' where status = 'held'")
    print_table(await check(market.system, settle_s=0))
    assert f"S6 hold {market.hold.order_id}" in capsys.readouterr().out
