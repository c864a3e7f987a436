"""`fairseat rebuild`: every stream is filled again from the outboxes, which are the record of what happened.

Needed after the broker lost its store; harmless at any other time, since each consumer's inbox knows what it has
handled. Services may run meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import uuid4

from fairseat_common.bus import Broker
from fairseat_common.bus.broker import Outgoing
from fairseat_common.database import Database
from fairseat_common.outbox import store
from fairseat_common.outbox.relay import outgoing
from fairseat_local.operations.reach import BrokerAt

PAGE_ROWS = 500
TRIES_MAX = 5

Report = Callable[[str, int, int], None]
"""Called as (service, events sent so far, events in its outbox)."""


class RebuildError(Exception):
    """The broker did not store everything; running it again is safe."""


async def rebuild(
    databases: Mapping[str, str],
    at: BrokerAt,
    report: Report = lambda _service, _sent, _total: None,
    anew: bool = False,
) -> dict[str, int]:
    """Publish every outbox again, oldest first; answers how many events each service's outbox had.

    `anew` deletes every stream before, with whatever it holds that no outbox knows: for databases that were restored to
    an earlier moment.

    `databases` are connection strings by service. Events keep their ``ce-id``, so nobody handles one twice; each run
    has message ids of its own, so that the broker does not take them for repetitions of what it has lost.
    Raises RebuildError, BrokerUnavailable, OSError or asyncpg.PostgresError.
    """
    broker = at.broker("fairseat-rebuild")
    await broker.open()
    run = uuid4().hex
    try:
        if anew:
            await broker.forget_streams()
        return {service: await _outbox_send(broker, service, url, run, report) for service, url in databases.items()}
    finally:
        await broker.close()


async def _outbox_send(broker: Broker, service: str, url: str, run: str, report: Report) -> int:
    database = Database(url, application="fairseat-rebuild", size_max=2)
    await database.open()
    try:
        async with database.connection() as connection:
            total = int(await connection.fetchval("select count(*) from outbox") or 0)
            after, sent = 0, 0
            report(service, sent, total)
            while rows := await store.page(connection, after, PAGE_ROWS):
                await _send_all(broker, [_fresh(outgoing(service, row), run) for _, row in rows])
                after, sent = rows[-1][0], sent + len(rows)
                report(service, sent, max(total, sent))
            return sent
    finally:
        await database.close()


def _fresh(message: Outgoing, run: str) -> Outgoing:
    message.headers["Nats-Msg-Id"] = f"{message.event_id}-{run}"
    return message


async def _send_all(broker: Broker, messages: list[Outgoing]) -> None:
    """Send a page completely before the next one begins, so that each aggregate's order is kept."""
    for _ in range(TRIES_MAX):
        stored = set(await broker.publish(messages))
        messages = [message for message in messages if message.event_id not in stored]
        if not messages:
            return
    raise RebuildError(f"the broker did not take {len(messages)} events, the first is {messages[0].event_id}")
