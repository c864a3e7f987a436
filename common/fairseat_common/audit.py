"""The audit log of a service: who did what, written in the transaction of the deed. See the table `audit_log`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from fairseat_common.database import Connection
from fairseat_common.ids import new_id

_INSERT = """
insert into audit_log (id, actor_id, action, subject, details, address)
values ($1, $2, $3, $4, $5::text::jsonb, $6)
"""


async def audit(
    tx: Connection,
    actor_id: UUID | None,
    action: str,
    subject: str = "",
    *,
    address: str = "",
    **details: Any,
) -> None:
    """Write down one deed: `action` in words joined by hyphens (`user-banned`), `subject` the id that it is about.

    `details` are kept as JSON and must hold no secret; at most 4,000 characters of it.
    """
    await tx.execute(_INSERT, new_id(), actor_id, action, subject, msgspec.json.encode(details).decode(), address[:64])


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log. `actor_id` is null where nobody was signed in, or the service acted by itself."""

    id: UUID
    position: int
    """Counts the lines of this service's log."""
    actor_id: UUID | None
    action: str
    subject: str
    details: dict[str, Any]
    address: str
    happened_at: datetime


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines: of one actor, about one subject, of one action; before a moment, or a position of this log."""

    actor_id: UUID | None = None
    subject: str | None = None
    action: str | None = None
    until: datetime | None = None
    before: int | None = None


async def deeds(tx: Connection, wanted: Wanted, rows_max: int) -> list[Deed]:
    """Lines of the log, newest first."""
    rows = await tx.fetch(
        "select id, position, actor_id, action, subject, details::text as details, address, happened_at from audit_log"
        " where ($1::uuid is null or actor_id = $1) and ($2::text is null or subject = $2)"
        " and ($3::text is null or action = $3) and ($4::timestamptz is null or happened_at < $4)"
        " and ($5::bigint is null or position < $5) order by position desc limit $6",
        wanted.actor_id,
        wanted.subject,
        wanted.action,
        wanted.until,
        wanted.before,
        rows_max,
    )
    return [Deed(**{**dict(row), "details": msgspec.json.decode(row["details"])}) for row in rows]
