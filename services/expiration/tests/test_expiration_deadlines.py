"""Deadlines fire once: however often they are delivered, and whatever restarts in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from expiration import actions
from fairseat_common.contracts import ExpirationDue, Money, OrderConfirmed, OrderHeld
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.waiting import eventually

EUR = "EUR"


def held(order_id: UUID, due_in_s: float, version: int = 1) -> OrderHeld:
    now = datetime.now(UTC)
    return OrderHeld(
        order_id=order_id,
        buyer_id=new_id(),
        seller_id=new_id(),
        listing_id=new_id(),
        show_id=new_id(),
        section="A",
        row="1",
        seats=("1", "2"),
        quantity=2,
        unit_price=Money(5000, EUR),
        fees=Money(1000, EUR),
        total=Money(11000, EUR),
        expires_at=now + timedelta(seconds=due_in_s),
        version=version,
        occurred_at=now,
    )


def confirmed(hold: OrderHeld) -> OrderConfirmed:
    fields = {name: getattr(hold, name) for name in hold.__struct_fields__}
    return OrderConfirmed(**fields | {"version": 2})


async def test_a_hold_falls_due_once_however_often_it_is_delivered(start: StartService) -> None:
    expiration = await start("expiration")
    hold = held(new_id(), due_in_s=-1)
    event_id = await expiration.publish(hold)
    await expiration.publish(hold, event_id)
    await expiration.publish(hold)
    await eventually(lambda: expiration.published(ExpirationDue))
    later = held(new_id(), due_in_s=-1)
    await expiration.publish(later)

    async def both() -> bool:
        return len(await expiration.published(ExpirationDue)) >= 2

    await eventually(both)
    due = await expiration.published(ExpirationDue)
    assert [event.order_id for event in due] == [hold.order_id, later.order_id]


async def test_a_confirmed_order_never_falls_due_even_when_heard_backwards(start: StartService) -> None:
    expiration = await start("expiration")
    hold = held(new_id(), due_in_s=-1)
    heard = await expiration.publish(confirmed(hold))
    await eventually(lambda: expiration.heard(heard))
    heard = await expiration.publish(hold)
    await eventually(lambda: expiration.heard(heard))
    marker = held(new_id(), due_in_s=-1)
    await expiration.publish(marker)
    await eventually(lambda: expiration.published(ExpirationDue))
    assert [event.order_id for event in await expiration.published(ExpirationDue)] == [marker.order_id]


async def test_a_deadline_survives_a_restart(start: StartService) -> None:
    first = await start("expiration")
    hold = held(new_id(), due_in_s=1.0)
    heard = await first.publish(hold)
    await eventually(lambda: first.heard(heard))
    await first.stop()
    second = await start("expiration", keep_data=True)
    due = await eventually(lambda: second.published(ExpirationDue))
    assert due[0].order_id == hold.order_id
    assert due[0].occurred_at >= hold.expires_at


async def test_parallel_workers_fire_each_deadline_once(start: StartService) -> None:
    expiration = await start("expiration")
    async with expiration.database.connection() as connection:
        await connection.execute(
            "insert into deadlines (order_id, due_at)"
            " select gen_random_uuid(), now() - interval '1 second' from generate_series(1, 150)"
        )
    await asyncio.gather(*(actions.fire_due(expiration.database) for _ in range(8)))

    async def all_fired() -> bool:
        return len(await expiration.published(ExpirationDue)) == 150

    await eventually(all_fired)
    due = await expiration.published(ExpirationDue)
    assert len({event.order_id for event in due}) == 150
