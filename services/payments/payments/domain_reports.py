"""What operators and sellers read about money: balances, entries, sales, and how a sale stands for its seller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from fairseat_common.contracts import Money
from payments.domain import Order, Status
from payments.domain_ledger import LineStatus, Posting
from payments.domain_payouts import Payout, PayoutStatus
from payments.domain_refunds import DisputeStage, RefundStatus, ReturnReason
from payments.domain_tax import TaxLine, fee_tax

SaleStatus = Literal["held", "released", "paid", "refunded", "disputed"]
"""held: in escrow; released: owed, not paid yet; paid: sent to the seller; the others say why it is neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One account in one currency, in minor units: the running total, and the sum of its lines."""

    account: str
    currency: str
    running: int
    total: int

    @property
    def agrees(self) -> bool:
        """Whether both are the same, as they always must be."""
        return self.running == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """An entry as it was written."""

    id: UUID
    cause: str
    occurred_at: datetime
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Something that did not add up; open while `resolved_at` is None."""

    id: UUID
    kind: str
    reference: str
    detail: str
    found_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldSeat:
    """One line of a sale with the payout that took it, if one did. Amounts in minor units."""

    line: int
    seat: str
    price: int
    buyer_fee: int
    seller_fee: int
    status: LineStatus
    dispute_id: UUID | None
    disputed: bool
    sold_at: datetime
    captured_at: datetime | None
    released_at: datetime | None
    payout_id: UUID | None
    payout_status: PayoutStatus | None
    transfer_id: str | None
    paid_at: datetime | None
    authorized_at: datetime | None
    refund_reason: ReturnReason | None
    refund_at: datetime | None
    refund_settled_at: datetime | None
    dispute_opened_at: datetime | None
    dispute_closed_at: datetime | None
    tax_country: str | None
    tax_rate: int | None
    seller_tax: int

    @property
    def stands(self) -> bool:
        """Whether its money has not gone back to the buyer."""
        return self.status in ("escrow", "released")

    @property
    def paid(self) -> bool:
        """Whether its money was sent to the seller."""
        return self.status == "released" and self.payout_status == "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A confirmed order as its seller sees it. `begun`: its show's time has come, by the database's clock."""

    order_id: UUID
    seller_id: UUID
    show_id: UUID
    currency: str
    section: str | None
    row: str | None
    starts_at: datetime | None
    show_status: str | None
    begun: bool
    moved_from: datetime | None
    seats: tuple[SoldSeat, ...]

    @property
    def standing(self) -> Sequence[SoldSeat]:
        """The seats that count: those whose money did not go back; all of them if none is left."""
        return [seat for seat in self.seats if seat.stands] or self.seats

    @property
    def gross(self) -> Money:
        """What the seats cost without the buyer's fee."""
        return Money(sum(seat.price for seat in self.standing), self.currency)

    @property
    def seller_fees(self) -> Money:
        """What the platform keeps of it."""
        return Money(sum(seat.seller_fee for seat in self.standing), self.currency)

    @property
    def fee_taxes(self) -> list[TaxLine]:
        """The tax that the seller's fee includes: a line, or none if it was not taxed."""
        first = self.seats[0]
        parts = [(seat.seller_fee, seat.seller_tax) for seat in self.standing]
        return fee_tax(first.tax_country, first.tax_rate, parts, self.currency)

    @property
    def net(self) -> Money:
        """What the seller gets."""
        return Money(self.gross.amount - self.seller_fees.amount, self.currency)

    @property
    def status(self) -> SaleStatus:
        """How the seats that count stand: the worst of them says it."""
        if not any(seat.stands for seat in self.seats):
            return "refunded"
        if any(seat.disputed for seat in self.standing):
            return "disputed"
        if any(seat.status == "escrow" for seat in self.standing):
            return "held"
        return "paid" if all(seat.paid for seat in self.standing) else "released"

    def held_until(self, delay: timedelta) -> datetime | None:
        """When the money leaves the escrow; None while nobody knows when the show takes place."""
        if self.starts_at is None or self.show_status != "scheduled":
            return None
        return self.starts_at + delay

    @property
    def released_at(self) -> datetime | None:
        """When the last seat left the escrow; None before."""
        return _last([seat.released_at for seat in self.standing])

    @property
    def paid_at(self) -> datetime | None:
        """When the last seat was paid; None before."""
        return _last([seat.paid_at for seat in self.standing]) if self.status == "paid" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerTotals:
    """What all of a seller's seats bring in, in one currency and in minor units, by where that money is.

    Seat by seat: a sale of which one seat is disputed is in two of the sums. What went back to its buyer is in none.
    """

    currency: str
    seats: int
    escrow: int
    payable: int
    paid: int
    disputed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptShown:
    """An attempt to pay, with the provider's id of it."""

    id: UUID
    status: Status
    amount: Money
    created_at: datetime
    provider_id: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShown:
    """Money that goes back, or went."""

    id: UUID
    amount: Money
    reason: ReturnReason
    status: RefundStatus
    seats: tuple[str, ...]
    provider_id: str | None
    settled_by: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeShown:
    """Money that the buyer's bank took back, for now or for good."""

    id: UUID
    amount: Money
    stage: DisputeStage
    provider_id: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    """Everything about the money of one order; `sale` is None while it is not confirmed."""

    order: Order
    attempts: Sequence[AttemptShown]
    refunds: Sequence[RefundShown]
    disputes: Sequence[DisputeShown]
    sale: Sale | None
    payouts: Sequence[Payout]
    entries: Sequence[LedgerEntry]


def _last(times: Sequence[datetime | None]) -> datetime | None:
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None
