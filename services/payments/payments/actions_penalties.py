"""What a decided claim costs a seller."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import ClaimDecided
from fairseat_common.database import Connection, Database
from payments import domain_penalties, store_ledger, store_payouts, store_penalties
from payments.domain_penalties import Penalty


async def claim_decided(tx: Connection, event: ClaimDecided) -> None:
    """Take the penalty of a claim, if it has one, off what its seller is owed; known, it changes nothing."""
    if event.penalty is None:
        return
    penalty = Penalty(
        claim_id=event.claim_id,
        seller_id=event.seller_id,
        order_id=event.order_id,
        show_id=event.show_id,
        section=event.section,
        row=event.row,
        seat=event.seat,
        amount=event.penalty,
        decided_at=event.occurred_at,
    )
    if await store_penalties.penalty_add(tx, penalty):
        await store_ledger.entries_post(tx, [domain_penalties.penalty_entry(penalty)])
        await store_payouts.payables_insert(tx, [domain_penalties.penalty_payable(penalty)])


async def penalties(database: Database, seller_id: UUID, before: UUID | None, rows_max: int) -> list[Penalty]:
    """A seller's own penalties, newest first."""
    async with database.connection() as connection:
        return await store_penalties.penalties_of_seller(connection, seller_id, before, rows_max)
