"""Open pages hear of changes to their order, and only so many may listen."""

import asyncio
import json
from uuid import UUID

import pytest

from fairseat_common.bus import Broker
from fairseat_common.bus.broker import Outgoing
from fairseat_common.contracts.refusals import LimitReached, Unavailable
from fairseat_common.ids import new_id
from web.live import CHANGED, PER_USER_MAX, Live


async def say(broker: Broker, subject: str, **facts: str) -> None:
    event_id = new_id()
    message = Outgoing(event_id, subject, {"Nats-Msg-Id": str(event_id)}, json.dumps(facts).encode())
    assert await broker.publish([message]) == [event_id]


async def test_a_change_of_the_order_reaches_its_page_and_no_other(broker: Broker) -> None:
    live = Live(broker, 10)
    order_id, other_id = str(new_id()), str(new_id())
    async with live.listening():
        mine, other = live.stream("u1", order_id), live.stream("u2", other_id)
        assert (await anext(mine)).startswith(b"retry:")
        assert (await anext(other)).startswith(b"retry:")
        heard = asyncio.ensure_future(anext(mine))
        quiet = asyncio.ensure_future(anext(other))
        await say(broker, "orders.confirmed.v1", order_id=order_id)
        assert await asyncio.wait_for(heard, 20) == CHANGED
        assert not quiet.done()
        quiet.cancel()
        await asyncio.gather(quiet, return_exceptions=True)
        await mine.aclose()
        await other.aclose()
    live.check("u1")


async def test_messages_that_are_no_events_do_no_harm(broker: Broker) -> None:
    live = Live(broker, 10)
    async with live.listening():
        with live.follow("u1", "o1") as signal:
            await say(broker, "tickets.issued.v1", nothing="known")
            await say(broker, "payments.captured.v1", order_id="o1")
            await asyncio.wait_for(signal.wait(), 20)


def test_one_person_and_one_process_have_limits() -> None:
    live = Live(Broker("nats://127.0.0.1:1", "unused"), PER_USER_MAX + 1)
    open_pages = [live.follow("u1", str(UUID(int=n))) for n in range(PER_USER_MAX)]
    for page in open_pages:
        page.__enter__()
    with pytest.raises(LimitReached):
        live.check("u1")
    with live.follow("u2", "o"), pytest.raises(Unavailable):
        live.check("u3")
    for page in open_pages:
        page.__exit__(None, None, None)
    live.check("u1")
