"""The checker finds planted faults, one by one, and nothing in a sound system."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
import pytest_asyncio

from fairseat_common import outbox
from fairseat_common.contracts import Event, OrderHeld, PaymentAuthorized, PaymentCaptured
from fairseat_common.database import Connection, Database, migrate
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import (
    listing_published,
    order_confirmed,
    order_held,
    payment_authorized,
    show_published,
)
from fairseat_common.testing.running import Servers, empty
from fairseat_common.testing.serving import Serving
from fairseat_common.web.asgi import Receive, Scope, Send
from fairseat_common.web.edge import answer
from fairseat_local.check import CheckError, System, as_json, check, print_table
from fairseat_local.check.reading import Hearer

SERVICES = ("orders", "tickets", "payments", "expiration")
HEARERS = (
    Hearer("expiration-orders-held-v1", "expiration", "orders.held.v1"),
    Hearer("orders-payments-authorized-v1", "orders", "payments.authorized.v1"),
    Hearer("tickets-orders-confirmed-v1", "tickets", "orders.confirmed.v1"),
)


@dataclass
class Market:
    """Databases with one confirmed sale and one hold in them, and a journal of the provider."""

    databases: dict[str, Database]
    system: System
    intents: list[dict[str, Any]]
    sale: OrderHeld
    hold: OrderHeld

    async def run(self, service: str, statement: str, *values: Any) -> None:
        async with self.databases[service].transaction() as tx:
            await tx.execute(statement, *values)

    async def broken(self) -> set[str]:
        return {finding.invariant for finding in await check(self.system, settle_s=0) if finding.breaks}


@pytest_asyncio.fixture(loop_scope="session")
async def market(servers: Servers) -> AsyncIterator[Market]:
    databases, urls = {}, {}
    for name in SERVICES:
        created = servers.postgres.create_service_database(name)
        package = Path(cast(str, importlib.import_module(name).__file__)).parent
        await migrate(created.owner_url, package.parent / "migrations", f"fairseat_{name}")
        databases[name] = Database(created.owner_url, size_max=2)
        urls[name] = created.owner_url
        await databases[name].open()
        await empty(databases[name])
    intents: list[dict[str, Any]] = []
    provider = Serving(_journal(intents))
    await provider.start()
    sale, hold = await _trade(databases, intents)
    yield Market(databases, System(databases=urls, hearers=HEARERS, provider_url=provider.url), intents, sale, hold)
    await provider.stop()
    for database in databases.values():
        await database.close()


def _journal(intents: list[dict[str, Any]]) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            after = dict(pair.split(b"=") for pair in scope["query_string"].split(b"&")).get(b"starting_after", b"")
            start = next((n + 1 for n, one in enumerate(intents) if one["id"].encode() == after), 0)
            # Pages of one, so that paging is part of the test.
            page = {"data": intents[start : start + 1], "has_more": start + 1 < len(intents)}
            await answer(send, 200, json.dumps(page).encode(), "application/json")

    return serve


def _intent(name: str, order_id: UUID, received: int) -> dict[str, Any]:
    metadata = {"order_id": str(order_id)}
    return {"id": name, "status": "succeeded", "amount_received": received, "currency": "eur", "metadata": metadata}


async def _trade(databases: dict[str, Database], intents: list[dict[str, Any]]) -> tuple[OrderHeld, OrderHeld]:
    show = show_published()
    listing = listing_published(show, seats=4)
    sale = order_held(listing, 2)
    hold = replace_seats(order_held(listing, 1), ("3",))
    confirmed = order_confirmed(sale)
    authorized = payment_authorized(sale.order_id, sale.buyer_id, sale.total, version=1)
    captured = PaymentCaptured(**fields(authorized) | {"version": 2})
    async with databases["orders"].transaction() as tx:
        await _listing_copied(tx, listing)
        for order, status, positions in ((sale, "confirmed", [1, 2]), (hold, "held", [3])):
            await _order(tx, order, status, positions)
        held_ids = [await outbox.append(tx, event) for event in (sale, hold)]
        confirmed_id = await outbox.append(tx, confirmed)
        await tx.execute("update outbox set published_at = now()")
    async with databases["payments"].transaction() as tx:
        authorized_id = await _paid(tx, sale, authorized, captured)
    async with databases["tickets"].transaction() as tx:
        await _tickets(tx, show.show_id, sale, hold, listing.seats)
        await _heard(tx, "tickets-orders-confirmed-v1", confirmed_id)
    async with databases["orders"].transaction() as tx:
        await _heard(tx, "orders-payments-authorized-v1", authorized_id)
    async with databases["expiration"].transaction() as tx:
        for event_id in held_ids:
            await _heard(tx, "expiration-orders-held-v1", event_id)
    intents += [_intent("pi_1", sale.order_id, sale.total.amount), _intent("pi_2", new_id(), 0)]
    return sale, hold


def fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def replace_seats(order: OrderHeld, seats: tuple[str, ...]) -> OrderHeld:
    return OrderHeld(**fields(order) | {"seats": seats})


async def _heard(tx: Connection, consumer: str, event_id: UUID) -> None:
    await tx.execute("insert into inbox (consumer, event_id, outcome) values ($1, $2, 'handled')", consumer, event_id)


async def _listing_copied(tx: Connection, listing: Any) -> None:
    await tx.execute(
        "insert into listings (listing_id, show_id, seller_id, section, row, unit_price, unit_fee, currency, split,"
        " seats_total, status, version) values ($1, $2, $3, $4, $5, 5000, 500, 'EUR', 'any', 4, 'active', 1)",
        listing.listing_id,
        listing.show_id,
        listing.seller_id,
        listing.section,
        listing.row,
    )
    await tx.execute(
        "insert into seats (show_id, listing_id, position, section, row, seat, current)"
        " select $1, $2, n, $3, $4, n::text, true from generate_series(1, 4) n",
        listing.show_id,
        listing.listing_id,
        listing.section,
        listing.row,
    )


async def _order(tx: Connection, order: OrderHeld, status: str, positions: list[int], slot: int = 1) -> None:
    await tx.execute(
        "insert into orders (id, buyer_id, seller_id, listing_id, show_id, section, row, seats, positions, quantity,"
        " unit_price, fees, total, currency, status, hold_slot, idempotency_key, expires_at, version)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'EUR', $14, $15, $16, $17, $18)",
        order.order_id,
        order.buyer_id,
        order.seller_id,
        order.listing_id,
        order.show_id,
        order.section,
        order.row,
        list(order.seats),
        positions,
        order.quantity,
        order.unit_price.amount,
        order.fees.amount,
        order.total.amount,
        status,
        slot,
        str(order.order_id),
        order.expires_at,
        2 if status == "confirmed" else 1,
    )
    await tx.execute("update seats set order_id = $1 where position = any($2::int[])", order.order_id, positions)


async def _paid(tx: Connection, sale: OrderHeld, authorized: PaymentAuthorized, captured: PaymentCaptured) -> UUID:
    await tx.execute(
        "insert into orders (id, buyer_id, version, status, amount, currency, expires_at)"
        " values ($1, $2, 2, 'confirmed', $3, 'EUR', $4)",
        sale.order_id,
        sale.buyer_id,
        sale.total.amount,
        sale.expires_at,
    )
    await tx.execute(
        "insert into attempts (id, order_id, buyer_id, idempotency_key, request_hash, payment_method, amount, currency,"
        " status, version, outcome, intent_id, leased_until)"
        " values ($1, $2, $3, 'k', '', 'pm', $4, 'EUR', 'captured', 2, 'authorized', 'pi_1', now())",
        authorized.payment_id,
        sale.order_id,
        sale.buyer_id,
        sale.total.amount,
    )
    authorized_id = await outbox.append(tx, authorized)
    await outbox.append(tx, captured)
    return authorized_id


async def _tickets(tx: Connection, show_id: UUID, sale: OrderHeld, hold: OrderHeld, seats: tuple[str, ...]) -> None:
    await tx.execute("insert into shows values ($1, 1, $2, now(), 'scheduled', 'EUR')", show_id, new_id())
    await tx.execute(
        "insert into listings (id, show_id, seller_id, section, row, row_position, seats, available, held, sold,"
        " unit_price, unit_fee, currency, split) values ($1, $2, $3, $4, $5, 0, $6, 1, 1, 2, 5000, 500, 'EUR', 'any')",
        sale.listing_id,
        show_id,
        sale.seller_id,
        sale.section,
        sale.row,
        list(seats),
    )
    states = [("sold", sale.order_id), ("sold", sale.order_id), ("held", hold.order_id), ("free", None)]
    for position, (seat, (state, order_id)) in enumerate(zip(seats, states, strict=True)):
        brought, bought = new_id(), new_id()
        sold = state == "sold"
        await tx.execute(
            "insert into tickets (id, show_id, section, row, seat, holder_id, status, serial, replaced_by, ended_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $9::uuid is not null then now() end)",
            brought,
            show_id,
            sale.section,
            sale.row,
            seat,
            sale.seller_id,
            "void" if sold else "valid",
            new_id(),
            bought if sold else None,
        )
        if sold:
            await tx.execute(
                "insert into tickets (id, show_id, section, row, seat, holder_id, order_id, serial)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8)",
                bought,
                show_id,
                sale.section,
                sale.row,
                seat,
                sale.buyer_id,
                sale.order_id,
                new_id(),
            )
        await tx.execute(
            "insert into listing_seats (listing_id, seat, position, show_id, section, row, ticket_id, state, order_id)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            sale.listing_id,
            seat,
            position,
            show_id,
            sale.section,
            sale.row,
            brought,
            state,
            order_id,
        )


async def test_a_sound_market_passes_and_everything_was_looked_at(market: Market) -> None:
    findings = await check(market.system, settle_s=0)
    assert [finding.breaks for finding in findings] == [()] * len(findings)
    assert all(finding.count for finding in findings)
    assert {finding.invariant for finding in findings} == {
        "S1", "S3", "S4", "S6", "S7", "S8", "S10", "M2 M9", "E1", "E2", "E6",
    }  # fmt: skip
    assert len(json.loads(as_json(findings))) == len(findings)


FAULTS = [
    ("S1", "orders", "update seats set order_id = gen_random_uuid() where position = 3"),
    ("S1", "orders", "update seats set order_id = null where position = 1"),
    ("S6", "orders", "update orders set expires_at = now() - interval '6 seconds' where status = 'held'"),
    ("S7", "orders", "delete from seats where position = 4"),
    ("S7", "orders", "update seats set current = false where position = 4"),
    ("S7", "tickets", "update listing_seats set state = 'withdrawn', offered = false where state = 'free'"),
    ("S7", "orders", "update orders set status = 'cancelled', cancel_reason = 'buyer' where status = 'held'"),
    ("S4", "tickets", "update tickets set order_id = gen_random_uuid() where order_id is not null"),
    ("S4", "tickets", "update tickets set order_id = null where order_id is not null and seat = '2'"),
    ("S4", "tickets", "update tickets set holder_id = gen_random_uuid() where order_id is not null"),
    ("S4", "tickets", "update tickets set status = 'void', ended_at = now() where order_id is not null"),
    ("S4", "payments", "update attempts set status = 'voided'"),
    ("S4", "payments", "update attempts set amount = amount - 1"),
    ("S4", "orders", "update orders set status = 'held' where status = 'confirmed'"),
    ("M2 M9", "orders", "update orders set unit_price = 1, total = 1002, fees = 1000 where status = 'confirmed'"),
    ("S10", "orders", "update orders set version = 7 where status = 'confirmed'"),
    ("S10", "orders", "update outbox set version = 3 where version = 2"),
    ("S10", "payments", "update outbox set subject = 'payments.failed.v1' where version = 1"),
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
    await market.run(service, statement)
    assert invariant in await market.broken()


async def test_a_place_sold_twice_is_found_and_one_sold_on_is_not(market: Market) -> None:
    second = OrderHeld(**fields(market.sale) | {"order_id": new_id(), "buyer_id": new_id(), "listing_id": new_id()})
    async with market.databases["orders"].transaction() as tx:
        await _second_order(tx, second, market.sale.order_id)
    assert "S1" in await market.broken()
    await market.run("orders", "update orders set seller_id = $1 where id = $2", market.sale.buyer_id, second.order_id)
    said = [finding.breaks for finding in await check(market.system, settle_s=0) if finding.invariant == "S1"]
    assert not any("and in order" in line for line in said[0])


async def _second_order(tx: Connection, order: OrderHeld, like: UUID) -> None:
    await tx.execute(
        "insert into orders select ($1::jsonb ->> 'id')::uuid, ($1::jsonb ->> 'buyer')::uuid, seller_id,"
        " ($1::jsonb ->> 'listing')::uuid, show_id, section, row, seats, positions, quantity, unit_price, fees, total,"
        " currency, 'held', null, 1, 'second', expires_at, clock_timestamp(), 1 from orders where id = $2",
        json.dumps({"id": str(order.order_id), "buyer": str(order.buyer_id), "listing": str(order.listing_id)}),
        like,
    )


async def test_two_valid_tickets_for_a_place_are_found(market: Market) -> None:
    async with market.databases["tickets"].connection() as connection:
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


async def test_too_many_holds_are_found(market: Market) -> None:
    market.system = replace(market.system, holds_max=0)
    assert "S8" in await market.broken()


async def test_a_second_capture_and_one_without_an_order_are_found(market: Market) -> None:
    market.intents.append(_intent("pi_3", market.sale.order_id, market.sale.total.amount))
    assert "M2 M9" in await market.broken()
    market.intents[-1] = _intent("pi_3", new_id(), 100)
    assert "M2 M9" in await market.broken()
    del market.intents[1:]
    market.intents[0]["amount_received"] = 1
    assert await market.broken() == {"S4", "M2 M9"}


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
    for database in market.databases.values():
        await empty(database)
    market.intents.clear()
    print_table(await check(market.system, settle_s=0))
    assert capsys.readouterr().out.count("nothing yet") == 11


async def test_breaks_are_listed(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    await market.run("orders", "update orders set expires_at = now() - interval '1 hour' where status = 'held'")
    print_table(await check(market.system, settle_s=0))
    assert f"S6 hold {market.hold.order_id}" in capsys.readouterr().out
