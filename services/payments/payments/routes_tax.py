"""HTTP for tax: the lines of a buyer's receipt, and what operators owe by month."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from fairseat_common.contracts import Money
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.operations import check_operator
from payments import actions_tax, domain_tax
from payments.domain_tax import Operator, TaxLine, TaxOwed

Code = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2,3}\Z")]
Rate = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class TaxShown(msgspec.Struct, frozen=True):
    """What is taxed at one rate: `net` + `tax` = `gross`. `rate` is in per cent, such as 19 or 5.5."""

    country: str
    rate: str
    net: Money
    tax: Money
    gross: Money


class RefundTaxShown(msgspec.Struct, frozen=True):
    """What one refund takes back: to the cent what those seats had included."""

    refund_id: UUID
    taxes: list[TaxShown]


class TaxOperator(msgspec.Struct, frozen=True):
    """Who runs the marketplace; empty where the settings do not say."""

    name: str
    address: list[str]
    tax_id: str


class OrderTax(msgspec.Struct, frozen=True):
    """The tax that the service fee of an order includes, and what refunds take back of it. Nothing is added to it."""

    order_id: UUID
    taxes: list[TaxShown]
    refunds: list[RefundTaxShown]
    operator: TaxOperator


class TaxOwedShown(msgspec.Struct, frozen=True):
    """A month (in UTC) at one rate: the fees that became ours, those that were given back, and what is owed for it.

    `owed` = `tax` - `reversed_tax`; months without either are left out.
    """

    month: str
    country: str
    rate: str
    net: Money
    tax: Money
    reversed_net: Money
    reversed_tax: Money
    owed: Money


def tax_shown(line: TaxLine) -> TaxShown:
    """A line of tax as people read it."""
    amounts = [Money(amount, line.currency) for amount in (line.net, line.tax, line.gross)]
    return TaxShown(line.country, domain_tax.percent(line.rate), *amounts)


@get("/api/payments/tax/{order_id:uuid}")
async def tax_of_order(
    order_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, operator: NamedDependency[Operator]
) -> OrderTax:
    """The tax lines of the buyer's own receipt, once the order is confirmed."""
    found = await actions_tax.receipt(database, order_id, user.id)
    refunds = [RefundTaxShown(each.refund_id, [tax_shown(line) for line in each.taxes]) for each in found.refunds]
    whose = TaxOperator(operator.name, list(operator.address), operator.tax_id)
    return OrderTax(found.order_id, [tax_shown(line) for line in found.taxes], refunds, whose)


@get("/api/ledger/tax")
async def tax_owed(
    user: CurrentUser,
    database: OwnDatabase,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[TaxOwedShown]:
    """What is owed to tax offices by month, country, currency and rate, newest first."""
    check_operator(user)
    before = position_in(cursor, tuple[date, Code, Code, Rate])
    found = await actions_tax.owed(database, before, limit + 1)
    page = page_of(found, limit, lambda each: [each.month.isoformat(), each.country, each.currency, each.rate])
    return Page([_owed(each) for each in page.items], page.next_cursor)


def _owed(owed: TaxOwed) -> TaxOwedShown:
    names = ("net", "tax", "reversed_net", "reversed_tax", "owed")
    amounts = {name: Money(getattr(owed, name), owed.currency) for name in names}
    month, rate = owed.month.strftime("%Y-%m"), domain_tax.percent(owed.rate)
    return TaxOwedShown(month=month, country=owed.country, rate=rate, **amounts)


ROUTES = (tax_of_order, tax_owed)
