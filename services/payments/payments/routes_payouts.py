"""HTTP for sellers: what they sold, where the money is, their payouts, and how they are paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from fairseat_common.contracts import Money
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from payments import actions_accounts, actions_bans, actions_reports, domain_timeline
from payments.actions import Provider
from payments.domain_payouts import AccountStatus, Payout, PayoutStatus
from payments.domain_reports import Sale, SaleStatus, SellerTotals
from payments.routes_tax import TaxShown, tax_shown
from payments.routes_timeline import MoneyPath, path_shown


class SaleShown(msgspec.Struct, frozen=True):
    """One confirmed order as its seller sees it; `gross` - `seller_fees` = `net`.

    The amounts are those of the seats that count: seats that went back are left out, unless all did. Held until
    `held_until` (null while the show has no date), then released, then paid by the transfer. `fee_taxes` is what
    `seller_fees` includes; `timeline` has all seats, and the steps that the buyer sees too.
    """

    order_id: UUID
    show_id: UUID
    section: str
    row: str
    seats: list[str]
    refunded_seats: list[str]
    gross: Money
    seller_fees: Money
    net: Money
    status: SaleStatus
    sold_at: datetime
    held_until: datetime | None
    released_at: datetime | None
    paid_at: datetime | None
    payout_id: UUID | None
    transfer_id: str | None
    fee_taxes: list[TaxShown]
    timeline: list[MoneyPath]


class TotalsShown(msgspec.Struct, frozen=True):
    """What all of a seller's seats bring in, in one currency: in escrow, to be paid out, paid out, or disputed."""

    currency: str
    seats: int
    escrow: Money
    payable: Money
    paid: Money
    disputed: Money


class Summary(msgspec.Struct, frozen=True):
    """All sales of a seller in sums, and how many seconds after a show begins its money is released."""

    totals: list[TotalsShown]
    payout_delay_s: int


class PayoutShown(msgspec.Struct, frozen=True):
    """One transfer to a seller; `reversed` is how much of it came back."""

    id: UUID
    amount: Money
    status: PayoutStatus
    created_at: datetime
    sent_at: datetime | None
    transfer_id: str | None
    reversed: Money


class PayoutAccount(msgspec.Struct, frozen=True):
    """Whether a seller can be paid: none, pending (the provider still wants to know something) or active.

    `waiting`: the account of this site is closed, so payouts wait until it is opened again; nothing is lost.
    """

    status: AccountStatus | Literal["none"]
    version: int
    waiting: bool = False


class Onboarding(msgspec.Struct, frozen=True):
    """Where the seller goes on, at the payment provider; the address is good for some minutes."""

    status: AccountStatus
    onboarding_url: str


class NewOnboarding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page of this site that the seller comes back to."""

    return_url: Annotated[str, Meta(min_length=1, max_length=1000)]


def sale_shown(sale: Sale, delay: timedelta) -> SaleShown:
    """A sale as its seller sees it."""
    paid = next((seat for seat in sale.standing if seat.payout_id is not None), None)
    return SaleShown(
        order_id=sale.order_id,
        show_id=sale.show_id,
        section=sale.section or "",
        row=sale.row or "",
        seats=[seat.seat for seat in sale.standing],
        refunded_seats=[seat.seat for seat in sale.seats if not seat.stands],
        gross=sale.gross,
        seller_fees=sale.seller_fees,
        net=sale.net,
        status=sale.status,
        sold_at=sale.seats[0].sold_at,
        held_until=sale.held_until(delay),
        released_at=sale.released_at,
        paid_at=sale.paid_at,
        payout_id=paid.payout_id if paid else None,
        transfer_id=paid.transfer_id if paid else None,
        fee_taxes=[tax_shown(line) for line in sale.fee_taxes],
        timeline=[path_shown(path, "seller") for path in domain_timeline.paths_of(sale, delay)],
    )


def totals_shown(totals: SellerTotals) -> TotalsShown:
    """Sums as their seller sees them."""
    amounts = {
        name: Money(getattr(totals, name), totals.currency) for name in ("escrow", "payable", "paid", "disputed")
    }
    return TotalsShown(currency=totals.currency, seats=totals.seats, **amounts)


def payout_shown(payout: Payout) -> PayoutShown:
    """A payout as its seller sees it."""
    return PayoutShown(
        id=payout.id,
        amount=payout.amount,
        status=payout.status,
        created_at=payout.created_at,
        sent_at=payout.sent_at,
        transfer_id=payout.transfer_id,
        reversed=payout.reversed,
    )


@get("/api/sales")
async def sales_list(
    user: CurrentUser,
    database: OwnDatabase,
    payout_delay: NamedDependency[timedelta],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[SaleShown]:
    """The seller's own sales with the way of their money, newest first."""
    position = position_in(cursor, tuple[UUID])
    found = await actions_reports.sales(database, user.id, position[0] if position else None, limit + 1)
    return page_of([sale_shown(sale, payout_delay) for sale in found], limit, lambda sale: [sale.order_id])


@get("/api/sales/summary")
async def sales_summary(user: CurrentUser, database: OwnDatabase, payout_delay: NamedDependency[timedelta]) -> Summary:
    """All of the seller's own sales in sums, by currency."""
    totals = await actions_reports.seller_totals(database, user.id)
    return Summary([totals_shown(each) for each in totals], int(payout_delay.total_seconds()))


@get("/api/payouts")
async def payouts_list(
    user: CurrentUser,
    database: OwnDatabase,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[PayoutShown]:
    """The seller's own payouts, newest first."""
    position = position_in(cursor, tuple[UUID])
    found = await actions_reports.payouts(database, user.id, position[0] if position else None, limit + 1)
    return page_of([payout_shown(payout) for payout in found], limit, lambda payout: [payout.id])


@get("/api/payouts/account")
async def account_get(user: CurrentUser, database: OwnDatabase, provider: NamedDependency[Provider]) -> PayoutAccount:
    """Whether the seller can be paid."""
    account = await actions_accounts.account_of(database, provider, user.id)
    waiting = await actions_bans.is_waiting(database, user.id)
    return PayoutAccount(account.status if account else "none", account.version if account else 0, waiting)


@post("/api/payouts/account")
async def account_onboard(
    data: JSONBody[NewOnboarding],
    user: CurrentUser,
    database: OwnDatabase,
    provider: NamedDependency[Provider],
    public_url: NamedDependency[str],
) -> Onboarding:
    """Set up how the seller is paid, or go on with it. A seller has one account, however often this is asked."""
    account, url = await actions_accounts.onboard(database, provider, user.id, data.return_url, public_url)
    return Onboarding(account.status, url)


ROUTES = (sales_list, sales_summary, payouts_list, account_get, account_onboard)
