"""The SQL of what people do not want to be told."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.database import Connection
from notifications.domain import Kind
from notifications.domain_preferences import Topic


async def muted_of(connection: Connection, address: str) -> list[str]:
    """The topics that an address (in lower case) does not want to hear of."""
    rows = await connection.fetch("select topic from muted where address = $1", address)
    return [row["topic"] for row in rows]


async def muted_replace(tx: Connection, address: str, topics: Sequence[Topic]) -> None:
    """Let an address hear of everything but these topics: of two that say so at once, all that the later one says."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"muted {address}")
    await tx.execute("delete from muted where address = $1 and topic <> all($2::text[])", address, list(topics))
    for topic in topics:
        await muted_add(tx, address, topic)


async def muted_add(tx: Connection, address: str, topic: Topic) -> None:
    """Let an address hear of a topic no longer."""
    await tx.execute("insert into muted (address, topic) values ($1, $2) on conflict do nothing", address, topic)


async def muted_remove(tx: Connection, address: str, topic: Topic) -> None:
    """Let an address hear of a topic again."""
    await tx.execute("delete from muted where address = $1 and topic = $2", address, topic)


async def mail_about(connection: Connection, mail_id: UUID) -> tuple[Kind, str] | None:
    """What kind of mail it is, and the address (in lower case) that it goes to; None if there is no such mail."""
    row = await connection.fetchrow(
        "select m.kind, lower(coalesce(u.email, m.address)) as address from mails m"
        " left join users u on u.user_id = m.recipient_id where m.id = $1",
        mail_id,
    )
    return None if row is None or row["address"] is None else (row["kind"], row["address"])
