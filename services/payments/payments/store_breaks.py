"""The SQL of reconciliation's own notes: whose turn it is, what is suspected, what is broken, and our side of lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from payments.domain_reconcile import AttemptRow, DisputeRow, Finding, PayoutRow, RefundRow

MARGIN = timedelta(days=1)
"""What is younger than the window's start by this must be in the provider's lists, whenever we heard of it."""


async def turn_take(tx: Connection, name: str, holder: UUID, lease: timedelta) -> bool:
    """Whether it is this holder's turn: nobody else's for as long as the lease lasts, and not before it is due."""
    await tx.execute("insert into turns (name) values ($1) on conflict do nothing", name)
    taken = await tx.fetchval(
        "update turns set holder = $2, due_at = clock_timestamp() + $3"
        " where name = $1 and due_at <= clock_timestamp() returning true",
        name,
        holder,
        lease,
    )
    return bool(taken)


async def turn_end(tx: Connection, name: str, holder: UUID, pause: timedelta) -> None:
    """The next turn is due after a pause, whoever takes it."""
    await tx.execute(
        "update turns set holder = null, due_at = clock_timestamp() + $3 where name = $1 and holder = $2",
        name,
        holder,
        pause,
    )


async def window_start(tx: Connection, window: timedelta) -> datetime:
    """From when on to look: so far back, and before every open break, which could not be seen to be gone otherwise."""
    start = await tx.fetchval(
        "select least(clock_timestamp(), min(found_at)) - $1::interval from breaks where resolved_at is null",
        window,
    )
    assert isinstance(start, datetime)
    return start


async def findings_note(
    tx: Connection, findings: Sequence[Finding], untouched: Collection[str], grace: timedelta
) -> tuple[int, bool]:
    """Note what was found: a break if it was suspected for `grace` already, a suspicion otherwise.

    Breaks and suspicions that were not found again are closed, but for the kinds that nobody could look at.
    Answers how many breaks are open, and whether anything is suspected.
    """
    found = {(finding.kind, finding.reference[:300]): finding.detail for finding in findings}
    kinds, references = [kind for kind, _ in found], [reference for _, reference in found]
    await tx.execute(
        "insert into break_suspects (kind, reference) select * from unnest($1::text[], $2::text[])"
        " on conflict do nothing",
        kinds,
        references,
    )
    await tx.execute(
        "delete from break_suspects where kind <> all($3::text[])"
        " and (kind, reference) not in (select * from unnest($1::text[], $2::text[]))",
        kinds,
        references,
        list(untouched),
    )
    await tx.execute(
        "insert into breaks (id, kind, reference, detail)"
        " select f.id, f.kind, f.reference, f.detail"
        " from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as f (id, kind, reference, detail)"
        " join break_suspects s using (kind, reference) where s.seen_at <= clock_timestamp() - $5::interval"
        " on conflict (kind, reference) where resolved_at is null do nothing",
        [new_id() for _ in found],
        kinds,
        references,
        list(found.values()),
        grace,
    )
    await tx.execute(
        "update breaks set resolved_at = clock_timestamp() where resolved_at is null and kind <> all($3::text[])"
        " and (kind, reference) not in (select * from unnest($1::text[], $2::text[]))",
        kinds,
        references,
        list(untouched),
    )
    suspected = await tx.fetchval(
        "select exists (select from break_suspects s where not exists (select from breaks b"
        " where b.kind = s.kind and b.reference = s.reference and b.resolved_at is null))"
    )
    return await breaks_open(tx), bool(suspected)


async def breaks_open(tx: Connection) -> int:
    """How many breaks are open."""
    return int(await tx.fetchval("select count(*) from breaks where resolved_at is null"))


# Our side of the provider's lists: what is recent enough to be in them, and whatever they name


async def attempts_listed(
    tx: Connection, start: datetime, intents: Sequence[str], own: Sequence[str]
) -> list[AttemptRow]:
    """Attempts since `start`, and those that the provider's payments name."""
    rows = await tx.fetch(
        "select id, order_id, status, amount, currency, intent_id,"
        " created_at >= $4 and status in ('authorized', 'captured', 'voided', 'stray') as expected"
        " from attempts where created_at >= $1 or intent_id = any($2::text[]) or id::text = any($3::text[])",
        start,
        list(intents),
        list(own),
        start + MARGIN,
    )
    return [
        AttemptRow(
            id=row["id"],
            order_id=row["order_id"],
            status=row["status"],
            amount=Money(row["amount"], row["currency"]),
            intent_id=row["intent_id"],
            expected=row["expected"],
        )
        for row in rows
    ]


async def refunds_listed(
    tx: Connection, start: datetime, provider_ids: Sequence[str], own: Sequence[str]
) -> list[RefundRow]:
    """Refunds since `start`, and those that the provider's refunds name."""
    rows = await tx.fetch(
        "select id, status, amount, currency, provider_id, created_at >= $4 as expected from refunds"
        " where created_at >= $1 or provider_id = any($2::text[]) or id::text = any($3::text[])",
        start,
        list(provider_ids),
        list(own),
        start + MARGIN,
    )
    return [
        RefundRow(
            id=row["id"],
            status=row["status"],
            amount=Money(row["amount"], row["currency"]),
            provider_id=row["provider_id"],
            expected=row["expected"],
        )
        for row in rows
    ]


async def disputes_listed(tx: Connection, start: datetime, provider_ids: Sequence[str]) -> list[DisputeRow]:
    """Disputes since `start`, and those that the provider's disputes name."""
    rows = await tx.fetch(
        "select provider_id, stage, amount, currency, opened_at >= $3 as expected from disputes"
        " where opened_at >= $1 or provider_id = any($2::text[])",
        start,
        list(provider_ids),
        start + MARGIN,
    )
    return [
        DisputeRow(
            provider_id=row["provider_id"],
            stage=row["stage"],
            amount=Money(row["amount"], row["currency"]),
            expected=row["expected"],
        )
        for row in rows
    ]


async def payouts_listed(tx: Connection, start: datetime, own: Sequence[str]) -> list[PayoutRow]:
    """Payouts since `start`, and those that the provider's transfers name."""
    rows = await tx.fetch(
        "select id, status, amount, currency, reversed, transfer_id, created_at >= $3 as expected from payouts"
        " where created_at >= $1 or id::text = any($2::text[])",
        start,
        list(own),
        start + MARGIN,
    )
    return [
        PayoutRow(
            id=row["id"],
            status=row["status"],
            amount=Money(row["amount"], row["currency"]),
            reversed=Money(row["reversed"], row["currency"]),
            transfer_id=row["transfer_id"],
            expected=row["expected"],
        )
        for row in rows
    ]


async def intents_known(tx: Connection, intents: Sequence[str]) -> dict[str, UUID]:
    """Which of the provider's payments are ours, with the attempts they belong to."""
    rows = await tx.fetch("select intent_id, id from attempts where intent_id = any($1::text[])", list(intents))
    return {row["intent_id"]: row["id"] for row in rows}
