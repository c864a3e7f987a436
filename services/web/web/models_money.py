"""What payments answers about sales, payouts and the ledger, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money
from web.models_timeline import MoneyPath, TaxLine


class Sale(Struct, frozen=True):
    """One order as its seller sees it: what it brings, and where that money is.

    `status` is held (in escrow), released, paid, refunded or disputed; `gross` - `seller_fees` = `net`.
    """

    order_id: str
    show_id: str
    seats: list[str]
    gross: Money
    seller_fees: Money
    net: Money
    status: str
    sold_at: datetime
    section: str = ""
    row: str = ""
    held_until: datetime | None = None
    released_at: datetime | None = None
    paid_at: datetime | None = None
    payout_id: str | None = None
    transfer_id: str | None = None
    refunded_seats: list[str] = field(default_factory=list)
    """Seats whose money went back; the amounts are without them, unless all did."""
    fee_taxes: list[TaxLine] = field(default_factory=list)
    """The tax that `seller_fees` includes."""
    timeline: list[MoneyPath] = field(default_factory=list)
    """The way of the money, as the buyer sees it too."""


class Payout(Struct, frozen=True):
    """One transfer to a seller; `status` is due, sent or reversed."""

    id: str
    amount: Money
    status: str
    created_at: datetime
    sent_at: datetime | None = None
    transfer_id: str | None = None


class PayoutAccount(Struct, frozen=True):
    """Whether a seller can be paid: none, pending or active."""

    status: str = "none"
    onboarding_url: str | None = None
    waiting: bool = False
    """Whether payouts wait because the account of this site is closed."""


class Account(Struct, frozen=True):
    """An account of the ledger: its running total, and whether the sum of its entries is the same."""

    account: str
    balance: Money
    entries_balance: Money
    agrees: bool = True


class Line(Struct, frozen=True):
    """One side of an entry; a debit is positive, a credit negative."""

    account: str
    amount: Money
    order_id: str | None = None


class Entry(Struct, frozen=True):
    """One fact about money, booked once; its lines sum to zero."""

    id: str
    cause: str
    occurred_at: datetime
    lines: list[Line] = field(default_factory=list)


class Break(Struct, frozen=True):
    """Something that payments, ledger and provider do not agree on."""

    id: str
    kind: str
    reference: str
    detail: str
    found_at: datetime
    resolved_at: datetime | None = None


class LedgerOrder(Struct, frozen=True):
    """An order as payments knows it."""

    id: str
    seats: list[str]
    total: Money
    fees: Money
    status: str = ""
    show_id: str = ""
    buyer_id: str = ""
    seller_id: str = ""
    seller_fees: Money | None = None
    fee_rule: int | None = None


class Attempt(Struct, frozen=True):
    """One attempt to pay, with the provider's id of it."""

    id: str
    status: str
    amount: Money
    created_at: datetime | None = None
    provider_id: str | None = None
    reason: str | None = None


class MoneyBack(Struct, frozen=True):
    """One refund: decided by orders, or of a charge that nobody wanted."""

    id: str
    amount: Money
    reason: str
    status: str
    seats: list[str] = field(default_factory=list)
    provider_id: str | None = None


class Dispute(Struct, frozen=True):
    """Money that the buyer's bank took back: opened, won or lost."""

    id: str
    amount: Money
    stage: str
    provider_id: str | None = None


class SaleLine(Struct, frozen=True):
    """One seat of an order; `status` is escrow, released, refunded or charged_back."""

    line: int
    seat: str
    price: Money
    buyer_fee: Money
    seller_fee: Money
    status: str
    released_at: datetime | None = None
    dispute_id: str | None = None


class OrderMoney(Struct, frozen=True):
    """Everything about the money of one order."""

    order: LedgerOrder
    attempts: list[Attempt] = field(default_factory=list)
    refunds: list[MoneyBack] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    lines: list[SaleLine] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
