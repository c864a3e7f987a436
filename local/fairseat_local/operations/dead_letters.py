"""`fairseat dead-letters`: what consumers could not digest, and how it is given to them again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from fairseat_common.bus import Broker, store
from fairseat_common.bus.broker import BrokerUnavailable, Outgoing
from fairseat_common.database import Database
from fairseat_local.operations.reach import BrokerAt


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that is parked. `service` is whose consumer could not digest it, `error` is why."""

    service: str
    consumer: str
    event_id: UUID
    subject: str
    attempts: int
    error: str
    parked_at: datetime
    payload: str
    headers: Mapping[str, str]


async def dead_letters(
    databases: Mapping[str, str], consumer: str = "", event_id: UUID | None = None
) -> list[DeadLetter]:
    """What is parked, oldest first per service; only of one durable consumer, or one event, if they are given.

    `databases` are connection strings by service. Raises OSError or asyncpg.PostgresError.
    """
    found = []
    for service, url in databases.items():
        async with _opened(url) as database, database.connection() as connection:
            rows = await store.dead_letters_list(connection)
        found += [
            DeadLetter(
                service=service,
                consumer=row["consumer"],
                event_id=row["event_id"],
                subject=row["subject"],
                attempts=row["attempts"],
                error=row["error"],
                parked_at=row["parked_at"],
                payload=row["payload"],
                headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
            )
            for row in rows
        ]
    return [letter for letter in found if consumer in ("", letter.consumer) and event_id in (None, letter.event_id)]


async def dead_letters_replay(
    databases: Mapping[str, str], at: BrokerAt, consumer: str = "", event_id: UUID | None = None
) -> list[DeadLetter]:
    """Publish parked events again, for their consumer only in effect: all others have them in their inbox.

    Answers what was replayed. Each is sent inside the transaction that releases it, before its commit, so that no
    crash can lose it: it is then still parked. Raises BrokerUnavailable, OSError or asyncpg.PostgresError.
    """
    letters = await dead_letters(databases, consumer, event_id)
    broker = at.broker("fairseat-replay")
    await broker.open()
    try:
        for service in dict.fromkeys(letter.service for letter in letters):
            async with _opened(databases[service]) as database:
                await _replay(database, broker, [letter for letter in letters if letter.service == service])
    finally:
        await broker.close()
    return letters


async def _replay(database: Database, broker: Broker, letters: Sequence[DeadLetter]) -> None:
    for letter in letters:
        async with database.transaction() as tx:
            # A delivery before the commit waits at the inbox row that is being taken back.
            await store.dead_letter_release(tx, letter.consumer, letter.event_id)
            if not await broker.publish([_message(letter)]):
                raise BrokerUnavailable(f"event {letter.event_id} was not taken")


def _message(letter: DeadLetter) -> Outgoing:
    headers = {**letter.headers, "ce-id": str(letter.event_id), "Nats-Msg-Id": f"{letter.event_id}-{uuid4().hex}"}
    return Outgoing(letter.event_id, letter.subject, headers, letter.payload.encode())


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url, application="fairseat-dead-letters", size_max=2)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
