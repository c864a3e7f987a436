"""The SQL of what cards have bought."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection


async def card_lock(tx: Connection, card: str, show_id: UUID) -> None:
    """Let the payments of one card for one show be judged one after the other, until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"card {card} {show_id}")


async def card_tickets(tx: Connection, card: str, show_id: UUID, except_id: UUID) -> int:
    """How many seats of the show were paid for with the card, or are about to be; without those refunded."""
    found = await tx.fetchval(
        "select coalesce(sum(o.quantity - (select count(*) from sale_lines l where l.order_id = o.id"
        "  and l.status = 'refunded')), 0)::int from attempts a join orders o on o.id = a.order_id"
        " where a.card = $1 and a.status in ('authorized', 'captured') and a.refused_at is null"
        " and o.show_id = $2 and a.id <> $3",
        card,
        show_id,
        except_id,
    )
    assert isinstance(found, int)
    return found
