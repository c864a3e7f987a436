"""The rules of penalties: what a seller pays whose ticket failed at the door.

A claim of the guarantee that was decided against a seller takes its penalty off what they are owed, once. Where that
is less, they owe the rest: it is taken off the payouts to come. The marketplace, which gives the buyer all of the
money back and its own fees with it, keeps the penalty.

Pure: facts in, entries out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fairseat_common.contracts import Money
from payments.domain_ledger import PLATFORM_REVENUE, Entry, moved, seller_payable
from payments.domain_payouts import Payable


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """What one claim costs the seller of a place."""

    claim_id: UUID
    seller_id: UUID
    order_id: UUID
    show_id: UUID
    section: str
    row: str
    seat: str
    amount: Money
    decided_at: datetime

    @property
    def cause(self) -> str:
        """What the ledger calls it."""
        return f"penalty:{self.claim_id}"


def penalty_entry(penalty: Penalty) -> Entry:
    """The seller is owed less, and the marketplace keeps it."""
    return moved(penalty.cause, penalty.amount, seller_payable(penalty.seller_id), PLATFORM_REVENUE, penalty.order_id)


def penalty_payable(penalty: Penalty) -> Payable:
    """What is taken off the seller's next payout."""
    amount = Money(-penalty.amount.amount, penalty.amount.currency)
    return Payable(seller_id=penalty.seller_id, amount=amount, kind="penalty", cause=penalty.cause)
