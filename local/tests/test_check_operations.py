"""Repairs by hand: streams from outboxes, events that a consumer could not digest."""

from __future__ import annotations

import shutil
from uuid import UUID, uuid4

import pytest

from fairseat_common import outbox
from fairseat_common.bus import Broker
from fairseat_common.contracts import ExpirationDue, OrderHeld
from fairseat_common.testing.builders import listing_published, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService, Servers
from fairseat_common.testing.waiting import eventually
from fairseat_local.check import System, check
from fairseat_local.check.reading import Hearer
from fairseat_local.operations.dead_letters import dead_letters, dead_letters_replay
from fairseat_local.operations.reach import BrokerAt
from fairseat_local.operations.rebuild import rebuild

HEARERS = [
    Hearer("expiration-orders-held-v1", "expiration", "orders.held.v1"),
    Hearer("orders-expiration-due-v1", "orders", "expiration.due.v1"),
]


def held(expires_in_s: float = 600) -> OrderHeld:
    return order_held(listing_published(show_published()), expires_in_s=expires_in_s)


async def said(orders: RunningService, event: OrderHeld) -> UUID:
    """Let orders say something without the work before it."""
    async with orders.database.transaction() as tx:
        return await outbox.append(tx, event)


async def broken_events(system: System) -> list[str]:
    return [said for finding in await check(system, 0) if finding.invariant in ("E1", "E2") for said in finding.breaks]


async def test_streams_come_back_from_the_outboxes(start: StartService, servers: Servers, broker: Broker) -> None:
    orders, expiration = await start("orders"), await start("expiration")
    urls = {each.name: each.database.url for each in (orders, expiration)}
    system = System(databases=urls, hearers=HEARERS)
    first = await said(orders, held())
    await eventually(lambda: expiration.heard(first))
    await expiration.stop()
    missed = [await said(orders, held(expires_in_s=-1)) for _ in range(3)]

    async def sent() -> bool:
        async with orders.database.connection() as connection:
            return not await connection.fetchval("select count(*) from outbox where published_at is null")

    await eventually(sent)
    servers.nats.stop()
    shutil.rmtree(servers.nats.data_dir / "jetstream")
    servers.nats.start()
    expiration = await start("expiration", keep_data=True)
    assert len([line for line in await broken_events(system) if "has not heard" in line]) == 3
    reports: list[tuple[str, int, int]] = []
    counts = await rebuild(urls, BrokerAt(servers.nats.url), lambda *report: reports.append(report))
    assert counts["orders"] == 4
    assert ("orders", 4, 4) in reports
    for event_id in missed:
        await eventually(lambda event_id=event_id: expiration.heard(event_id), 30)  # type: ignore[misc]

    async def level() -> bool:
        return not await broken_events(system)

    await eventually(level)
    await rebuild(urls, BrokerAt(servers.nats.url))
    marker = await said(orders, held())
    await eventually(lambda: expiration.heard(marker))

    async def fired() -> bool:
        return len(await expiration.published(ExpirationDue)) >= 3

    await eventually(fired)
    assert len(await expiration.published(ExpirationDue)) == 3


async def test_an_event_that_does_not_decode_is_parked_and_replayed_when_it_does(
    start: StartService, servers: Servers, broker: Broker
) -> None:
    orders, expiration = await start("orders"), await start("expiration")
    urls = {"expiration": expiration.database.url}
    broken = held()
    async with orders.database.transaction() as tx:
        event_id = await outbox.append(tx, broken)
        await tx.execute('update outbox set payload = payload || \'{"quantity": "two"}\'')
    await eventually(lambda: dead_letters(urls))
    (letter,) = await dead_letters(urls)
    assert (letter.service, letter.consumer, letter.event_id) == ("expiration", "expiration-orders-held-v1", event_id)
    assert letter.attempts == 1
    assert "quantity" in letter.error
    assert await dead_letters(urls, consumer="another") == []
    assert await dead_letters(urls, event_id=uuid4()) == []
    async with expiration.database.connection() as connection:
        # The release that can read it is what mends it in earnest.
        await connection.execute("update dead_letters set payload = replace(payload, '\"two\"', '1')")
    assert [one.event_id for one in await dead_letters_replay(urls, BrokerAt(servers.nats.url), event_id=event_id)] == [
        event_id
    ]

    async def remembered() -> bool:
        async with expiration.database.connection() as connection:
            return bool(await connection.fetchval("select 1 from deadlines where order_id = $1", broken.order_id))

    await eventually(remembered)
    assert await dead_letters(urls) == []
    assert await dead_letters_replay(urls, BrokerAt(servers.nats.url)) == []


async def test_a_failing_handler_is_tried_again_before_its_event_is_parked(
    start: StartService, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairseat_common.bus.consumers.ATTEMPTS_MAX", 3)
    expiration = await start("expiration")
    urls = {"expiration": expiration.database.url}
    async with expiration.database.connection() as connection:
        await connection.execute("alter table deadlines rename to deadlines_away")
    try:
        order = held()
        event_id = await expiration.publish(order)
        (letter,) = await eventually(lambda: dead_letters(urls))
        assert letter.attempts == 3
        assert "deadlines" in letter.error
    finally:
        async with expiration.database.connection() as connection:
            await connection.execute("alter table deadlines_away rename to deadlines")
    await dead_letters_replay(urls, BrokerAt(servers.nats.url), consumer="expiration-orders-held-v1")
    await eventually(lambda: expiration.heard(event_id))
    assert await dead_letters(urls) == []
