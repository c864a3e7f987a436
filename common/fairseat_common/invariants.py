"""What must hold in a service's own database at any moment, asked of the running database itself.

Each service says its own in `store_invariants.py`; those here hold in all of them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from fairseat_common.database import Connection, Database

VIOLATIONS_MAX = 20
BUDGET_S = 5.0
"""For all invariants of a service together: whoever asks waits for the answer."""


class Invariant(msgspec.Struct, frozen=True):
    """A rule, and the question that finds what breaks it.

    `sql` takes no parameters and answers a row for each violation: ``reference`` (what it is about, as text) and
    ``detail`` (what is wrong, in words). No row: the rule holds.
    """

    name: str
    says: str
    sql: str


class Violation(msgspec.Struct, frozen=True):
    """Something that breaks a rule."""

    reference: str
    detail: str


class Checked(msgspec.Struct, frozen=True):
    """A rule and whether it holds: null if the question took too long. At most VIOLATIONS_MAX `violations` are told."""

    name: str
    says: str
    holds: bool | None
    violations: list[Violation]


class Report(msgspec.Struct, frozen=True):
    """All rules of a service, at one moment of its database."""

    service: str
    checked_at: datetime
    invariants: list[Checked]


COMMON = (
    Invariant(
        "outbox-drains",
        "Every event leaves within a minute of the fact it tells.",
        """
        select subject as reference, count(*) || ' events wait, the oldest for '
            || extract(epoch from now() - min(occurred_at))::int || ' s' as detail
        from outbox where published_at is null group by subject
        having min(occurred_at) < now() - interval '60 seconds'
        """,
    ),
    Invariant(
        "dead-letters-empty",
        "No event is parked because a consumer could not digest it.",
        """
        select consumer as reference, count(*) || ' parked, the first at '
            || to_char(min(parked_at), 'YYYY-MM-DD HH24:MI:SS') || ' UTC' as detail
        from dead_letters where replayed_at is null group by consumer
        """,
    ),
    Invariant(
        "versions-have-no-gaps",
        "The facts about one thing are counted without a gap (those of the last hour are looked at).",
        """
        select aggregate_id::text as reference, 'versions ' || min(version) || ' to ' || max(version) || ', but '
            || count(*) || ' events' as detail
        from outbox where published_at is null or published_at > now() - interval '1 hour'
        group by aggregate_id having max(version) - min(version) + 1 <> count(*)
        """,
    ),
)


async def report(database: Database, service: str, invariants: Sequence[Invariant]) -> Report:
    """Ask for all of them in one read-only snapshot, within BUDGET_S."""
    deadline = time.monotonic() + BUDGET_S
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        now = await connection.fetchval("select now()")
        checked = [await _check(connection, each, deadline) for each in (*invariants, *COMMON)]
    return Report(service, now, checked)


async def _check(connection: Connection, invariant: Invariant, deadline: float) -> Checked:
    left_ms = int((deadline - time.monotonic()) * 1000)
    if left_ms <= 0:
        return Checked(invariant.name, invariant.says, None, [])
    try:
        async with connection.transaction():
            await connection.execute("select set_config('statement_timeout', $1, true)", str(left_ms))
            rows = await connection.fetch(f"select reference, detail from ({invariant.sql}) v limit {VIOLATIONS_MAX}")  # noqa: S608  # our own constants
    except asyncpg.QueryCanceledError:
        return Checked(invariant.name, invariant.says, None, [])
    violations = [Violation(row["reference"], row["detail"]) for row in rows]
    return Checked(invariant.name, invariant.says, not violations, violations)
