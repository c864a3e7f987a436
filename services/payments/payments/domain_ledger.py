"""The rules of the ledger: which entry each fact makes, and what becomes of the lines of a sale.

Every entry sums to zero in its currency: a debit is positive, a credit negative. Its cause names the fact, once:

    cause               debit                                    credit
    order-confirmed     buyer_clearing                           escrow of the show
    payment-captured    provider_clearing                        buyer_clearing
    line-released       escrow                                   seller_payable, platform_revenue, tax_payable
    refund-due          escrow, or what it was released to       refunds
                        buyer_clearing, for a charge without an order
    payment-refunded    refunds                                  provider_clearing; never charged: buyer_clearing
    dispute-opened      disputes                                 provider_clearing
    dispute-won         provider_clearing                        disputes
    dispute-lost        escrow, or what it was released to       disputes
    penalty             seller_payable                           platform_revenue (domain_penalties.py)
    payout-made         seller_payable                           payouts_in_transit
    payout-sent         payouts_in_transit                       provider_clearing
    payout-reversed     provider_clearing                        seller_payable

Pure: facts in, entries out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.money import step_of
from payments.domain import Order
from payments.domain_refunds import SettledBy
from payments.domain_tax import TaxRate, included, tax_payable

BUYER_CLEARING = "buyer_clearing"
PROVIDER_CLEARING = "provider_clearing"
PLATFORM_REVENUE = "platform_revenue"
REFUNDS = "refunds"
DISPUTES = "disputes"
PAYOUTS_IN_TRANSIT = "payouts_in_transit"

REFUNDED_FROM: dict[SettledBy, str] = {
    "provider": PROVIDER_CLEARING,
    "void": BUYER_CLEARING,
    "dispute": PLATFORM_REVENUE,
}

LineStatus = Literal["escrow", "released", "refunded", "charged_back"]


def escrow(show_id: UUID) -> str:
    """The account that holds the money of a show until it took place."""
    return f"escrow:{show_id}"


def seller_payable(seller_id: UUID) -> str:
    """The account of what a seller is owed."""
    return f"seller_payable:{seller_id}"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry; a debit is positive."""

    account: str
    money: Money
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one fact moves. `cause` is unique in the ledger, so that the same fact moves money once."""

    cause: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One seat of a confirmed order, with its part of price, fees and the tax in these, in minor units."""

    order_id: UUID
    line: int
    seat: str
    seller_id: UUID
    show_id: UUID
    price: int
    buyer_fee: int
    seller_fee: int
    currency: str
    status: LineStatus = "escrow"
    dispute_id: UUID | None = None
    sold_at: datetime | None = None
    captured_at: datetime | None = None
    released_at: datetime | None = None
    tax_country: str | None = None
    tax_rate: int | None = None
    buyer_tax: int = 0
    seller_tax: int = 0

    @property
    def total(self) -> Money:
        """What the buyer pays for it."""
        return Money(self.price + self.buyer_fee, self.currency)

    @property
    def net(self) -> Money:
        """What the seller gets for it."""
        return Money(self.price - self.seller_fee, self.currency)

    @property
    def kept(self) -> Money:
        """What the platform keeps of it: both fees without their tax."""
        return Money(self.buyer_fee + self.seller_fee - self.tax.amount, self.currency)

    @property
    def tax(self) -> Money:
        """What both fees include that is owed to the tax office."""
        return Money(self.buyer_tax + self.seller_tax, self.currency)

    @property
    def stands(self) -> bool:
        """Whether its money has not gone back to the buyer."""
        return self.status in ("escrow", "released")


def split_exactly(money: Money, parts: int) -> list[int]:
    """The amount in so many parts that add up to it, as even as the currency's smallest step allows.

    What does not divide goes to the first parts, a step each; a rest below one step to the very first.
    """
    assert parts > 0, "nothing is split into no parts"
    step = step_of(money.currency)
    steps, rest = divmod(money.amount, step)
    each, more = divmod(steps, parts)
    amounts = [(each + (1 if number < more else 0)) * step for number in range(parts)]
    amounts[0] += rest
    return amounts


def lines_of(order: Order, tax: TaxRate | None = None) -> tuple[SaleLine, ...]:
    """The lines of an order, one for each seat, counted from 1. They add up to its total; `tax` is in it."""
    prices = split_exactly(Money(order.total.amount - order.fees.amount, order.total.currency), order.quantity)
    buyer_fees = split_exactly(order.fees, order.quantity)
    seller_fees = split_exactly(order.seller_fees, order.quantity)
    return tuple(
        SaleLine(
            order_id=order.id,
            line=number,
            seat=seat,
            seller_id=order.seller_id,
            show_id=order.show_id,
            price=price,
            buyer_fee=buyer_fee,
            seller_fee=seller_fee,
            currency=order.total.currency,
            tax_country=tax.country if tax else None,
            tax_rate=tax.rate if tax else None,
            buyer_tax=included(buyer_fee, tax.rate) if tax else 0,
            seller_tax=included(seller_fee, tax.rate) if tax else 0,
        )
        for number, (seat, price, buyer_fee, seller_fee) in enumerate(
            zip(order.seats, prices, buyer_fees, seller_fees, strict=True), start=1
        )
    )


# Entries, one function for each cause


def order_confirmed(order: Order) -> Entry:
    """The buyer owes the total, and it belongs to the show's escrow."""
    return moved(f"order-confirmed:{order.id}", order.total, BUYER_CLEARING, escrow(order.show_id), order.id)


def payment_captured(attempt_id: UUID, amount: Money, order_id: UUID) -> Entry:
    """The provider holds what the buyer owed."""
    return moved(f"payment-captured:{attempt_id}", amount, PROVIDER_CLEARING, BUYER_CLEARING, order_id)


def line_released(line: SaleLine) -> Entry:
    """The show took place: the line is the seller's, less the fees; their tax is the tax office's."""
    postings = [Posting(escrow(line.show_id), line.total, line.order_id)]
    postings += [Posting(share.account, negative(share.money), share.order_id) for share in _shares(line)]
    return entry_of(f"line-released:{line.order_id}:{line.line}", postings)


def refund_due(refund_id: UUID, amount: Money, order_id: UUID, lines: Sequence[SaleLine]) -> Entry:
    """Lines are to go back to the buyer, from wherever their money is; the platform bears what was gone before."""
    postings = [posting for line in lines for posting in _taken_back(line)]
    found = sum(posting.money.amount for posting in postings)
    assert found == amount.amount, f"refund {refund_id} of {amount} is about lines of {found}"
    postings.append(Posting(REFUNDS, negative(amount), order_id))
    return entry_of(f"refund-due:{refund_id}", postings)


def stray_refund_due(refund_id: UUID, amount: Money, order_id: UUID) -> Entry:
    """A charge that no order wants is to go back whole; it never reached an escrow."""
    return moved(f"refund-due:{refund_id}", amount, BUYER_CLEARING, REFUNDS, order_id)


def payment_refunded(refund_id: UUID, amount: Money, order_id: UUID, settled_by: SettledBy) -> Entry:
    """The provider gave the money back; or nothing had been charged, so the buyer owes nothing any more (void); or a
    lost dispute had given it back before, for which the platform has paid so far.
    """
    return moved(f"payment-refunded:{refund_id}", amount, REFUNDS, REFUNDED_FROM[settled_by], order_id)


def dispute_opened(dispute_id: UUID, amount: Money, order_id: UUID) -> Entry:
    """The buyer's bank took the money until the dispute is decided."""
    return moved(f"dispute-opened:{dispute_id}", amount, DISPUTES, PROVIDER_CLEARING, order_id)


def dispute_won(dispute_id: UUID, amount: Money, order_id: UUID) -> Entry:
    """The bank gave the money back."""
    return moved(f"dispute-won:{dispute_id}", amount, PROVIDER_CLEARING, DISPUTES, order_id)


def dispute_lost(
    dispute_id: UUID, amount: Money, order_id: UUID, lines: Iterable[SaleLine]
) -> tuple[Entry, list[SaleLine]]:
    """The bank keeps the money: whole lines that still stand are charged back, as many as it covers, in order.

    What no whole line explains (a dispute of half a seat, or of what was refunded before) is the platform's loss.
    Answers the entry and the lines that are charged back, as they were.
    """
    left, taken = amount.amount, list[SaleLine]()
    for line in lines:
        if line.stands and line.total.amount <= left:
            left -= line.total.amount
            taken.append(line)
    postings = [posting for line in taken for posting in _taken_back(line)]
    postings.append(Posting(PLATFORM_REVENUE, Money(left, amount.currency), order_id))
    postings.append(Posting(DISPUTES, negative(amount), order_id))
    return entry_of(f"dispute-lost:{dispute_id}", postings), taken


def payout_made(payout_id: UUID, seller_id: UUID, amount: Money) -> Entry:
    """What a seller is owed is on its way."""
    return moved(f"payout-made:{payout_id}", amount, seller_payable(seller_id), PAYOUTS_IN_TRANSIT)


def payout_sent(payout_id: UUID, amount: Money) -> Entry:
    """The provider moved it to the seller's account."""
    return moved(f"payout-sent:{payout_id}", amount, PAYOUTS_IN_TRANSIT, PROVIDER_CLEARING)


def payout_reversed(reversal_id: str, seller_id: UUID, amount: Money) -> Entry:
    """The provider moved it back, and the seller is owed it again."""
    return moved(f"payout-reversed:{reversal_id}", amount, PROVIDER_CLEARING, seller_payable(seller_id))


# Parts of entries


def moved(cause: str, amount: Money, debit: str, credit: str, order_id: UUID | None = None) -> Entry:
    """An entry with one amount from `credit` to `debit`."""
    return entry_of(cause, [Posting(debit, amount, order_id), Posting(credit, negative(amount), order_id)])


def entry_of(cause: str, postings: Iterable[Posting]) -> Entry:
    """The entry with these postings, added up by account and in the accounts' order; raises unless they sum to zero."""
    sums: dict[tuple[str, str, UUID | None], int] = defaultdict(int)
    totals: dict[str, int] = defaultdict(int)
    for posting in postings:
        sums[posting.account, posting.money.currency, posting.order_id] += posting.money.amount
        totals[posting.money.currency] += posting.money.amount
    assert not any(totals.values()), f"{cause} does not sum to zero: {dict(totals)}"
    kept = sorted((key for key, amount in sums.items() if amount), key=lambda key: (key[0], key[1], str(key[2])))
    assert kept, f"{cause} moves nothing"
    return Entry(cause, tuple(Posting(a, Money(sums[a, c, o], c), o) for a, c, o in kept))


def negative(money: Money) -> Money:
    """The amount with the other sign."""
    return Money(-money.amount, money.currency)


def _taken_back(line: SaleLine) -> list[Posting]:
    """Debits that take a line's total from wherever it is."""
    if line.status == "escrow":
        return [Posting(escrow(line.show_id), line.total, line.order_id)]
    if line.status == "released":
        return _shares(line)
    return [Posting(PLATFORM_REVENUE, line.total, line.order_id)]


def _shares(line: SaleLine) -> list[Posting]:
    """Who has what of a released line, as debits: the line's own tax, whatever the rate has become since."""
    shares = [
        Posting(seller_payable(line.seller_id), line.net, line.order_id),
        Posting(PLATFORM_REVENUE, line.kept, line.order_id),
    ]
    if line.tax_country is not None:
        shares.append(Posting(tax_payable(line.tax_country), line.tax, line.order_id))
    return shares
