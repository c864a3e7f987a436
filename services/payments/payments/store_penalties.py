"""The SQL of penalties."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from payments.domain_penalties import Penalty

_COLUMNS = "claim_id, seller_id, order_id, show_id, section, row, seat, amount, currency, decided_at"


async def penalty_add(tx: Connection, penalty: Penalty) -> bool:
    """Note a penalty; False if the claim's is known."""
    answer = await tx.execute(
        f"insert into penalties ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"  # noqa: S608  # constants
        " on conflict (claim_id) do nothing",
        penalty.claim_id,
        penalty.seller_id,
        penalty.order_id,
        penalty.show_id,
        penalty.section,
        penalty.row,
        penalty.seat,
        penalty.amount.amount,
        penalty.amount.currency,
        penalty.decided_at,
    )
    return answer.endswith(" 1")


async def penalties_of_seller(tx: Connection, seller_id: UUID, before: UUID | None, rows_max: int) -> list[Penalty]:
    """A seller's penalties, newest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from penalties where seller_id = $1"  # noqa: S608  # constants
        " and ($2::uuid is null or claim_id < $2) order by claim_id desc limit $3",
        seller_id,
        before,
        rows_max,
    )
    return [_penalty(row) for row in rows]


def _penalty(row: Record) -> Penalty:
    values = dict(row)
    currency = values.pop("currency")
    return Penalty(**values | {"amount": Money(values["amount"], currency)})
