"""The audit log of a service: who did what, written in the transaction of the deed. See the table `audit_log`."""

from __future__ import annotations

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
