"""Penalties: what a seller pays whose ticket failed at the door, once, off what the next payouts bring."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fairseat_common.contracts import ClaimDecided, Money
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from payments.consumers import consumers


def decided(seller_id: UUID, **changes: Any) -> ClaimDecided:
    fields: dict[str, Any] = {
        "claim_id": new_id(),
        "show_id": new_id(),
        "ticket_id": new_id(),
        "order_id": new_id(),
        "buyer_id": new_id(),
        "holder_id": new_id(),
        "seller_id": seller_id,
        "section": "Stalls",
        "row": "A",
        "seat": "7",
        "outcome": "refund",
        "penalty": Money(1000, "EUR"),
        "version": 2,
        "occurred_at": now(),
    }
    return ClaimDecided(**fields | changes)


async def test_a_penalty_is_taken_once_off_what_a_seller_is_owed(start: StartService) -> None:
    payments = await start("payments")
    seller = new_id()
    claim = decided(seller)
    more = [decided(seller, penalty=Money(200, "EUR")), decided(seller, penalty=None), decided(new_id())]
    harness = Harness(payments, consumers)
    # Heard twice and in any order, it is taken once; before its order is known as well.
    for delivery in [*harness.deliveries([claim, *more]), *harness.deliveries([claim])]:
        assert await harness.deliver(delivery)
    answer = await payments.client(seller).get("/api/sales/penalties")
    # Both were claimed in one millisecond perhaps: which is the newer is not said.
    assert sorted((one["amount"]["amount"], one["seat"]) for one in answer.json()["items"]) == [(200, "7"), (1000, "7")]
    async with payments.database.connection() as connection:
        account = f"seller_payable:{seller}"
        assert await connection.fetchval("select balance from ledger_balances where account = $1", account) == 1200
        kept = "select balance from ledger_balances where account = 'platform_revenue'"
        assert await connection.fetchval(kept) == -2200
        taken = "select sum(amount) from payables where seller_id = $1 and kind = 'penalty'"
        assert await connection.fetchval(taken, seller) == -1200
