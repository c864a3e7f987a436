"""What payments answers about the way of an order's money, the tax in it, and payouts that wait."""

from datetime import datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money


class MoneyStep(Struct, frozen=True):
    """One moment of the way: `state` is done, now, todo or failed; `note` says why, or what became of the show."""

    step: str
    state: str
    at: datetime | None = None
    expected_at: datetime | None = None
    note: str | None = None


class MoneyPath(Struct, frozen=True):
    """Seats whose money goes the same way, and what the reader paid for them, or gets of it."""

    seats: list[str]
    amount: Money
    steps: list[MoneyStep]


class MoneyTimeline(Struct, frozen=True):
    """The way of the money of an order, the same for buyer and seller."""

    order_id: str
    paths: list[MoneyPath]
    moved_from: datetime | None = None


class TaxLine(Struct, frozen=True):
    """What is taxed at one rate (in per cent, such as `19` or `5.5`): `net` + `tax` = `gross`."""

    country: str
    rate: str
    net: Money
    tax: Money
    gross: Money


class RefundTax(Struct, frozen=True):
    """What one refund takes back of the tax."""

    refund_id: str
    taxes: list[TaxLine]


class TaxOperator(Struct, frozen=True):
    """Who runs the marketplace, as far as its settings say."""

    name: str = ""
    address: list[str] = field(default_factory=list)
    tax_id: str = ""


class OrderTax(Struct, frozen=True):
    """The tax that the service fee of an order includes, and what refunds take back of it."""

    taxes: list[TaxLine] = field(default_factory=list)
    refunds: list[RefundTax] = field(default_factory=list)
    operator: TaxOperator = TaxOperator()


class TaxOwed(Struct, frozen=True):
    """A month at one rate: `owed` = `tax` - `reversed_tax`."""

    month: str
    country: str
    rate: str
    net: Money
    tax: Money
    reversed_net: Money
    reversed_tax: Money
    owed: Money


class WaitingPayout(Struct, frozen=True):
    """A closed account whose payouts wait, and what it is owed."""

    seller_id: str
    since: datetime
    owed: list[Money]
