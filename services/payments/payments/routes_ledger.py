"""HTTP for operators: accounts, entries, breaks, and the money of one order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import Forbidden
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, SignedIn, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from payments import actions_reports
from payments.domain import Order, OrderStatus, Status
from payments.domain_ledger import LineStatus
from payments.domain_refunds import DisputeStage, RefundStatus, ReturnReason
from payments.domain_reports import Balance, Break, LedgerEntry, OrderMoney, Sale, SoldSeat
from payments.routes_payouts import PayoutShown, payout_shown

OPERATOR = "operator"


class AccountShown(msgspec.Struct, frozen=True):
    """An account in one currency, debits positive: the running total, the sum of its lines, and whether they agree."""

    account: str
    balance: Money
    entries_balance: Money
    agrees: bool


class LineShown(msgspec.Struct, frozen=True):
    """One side of an entry; a debit is positive, a credit negative."""

    account: str
    amount: Money
    order_id: UUID | None


class EntryShown(msgspec.Struct, frozen=True):
    """One fact about money, written once; its lines sum to zero in each currency."""

    id: UUID
    cause: str
    occurred_at: datetime
    lines: list[LineShown]


class BreakShown(msgspec.Struct, frozen=True):
    """Something that provider, payments and ledger do not agree about; open while `resolved_at` is null."""

    id: UUID
    kind: str
    reference: str
    detail: str
    found_at: datetime
    resolved_at: datetime | None


class OrderShown(msgspec.Struct, frozen=True):
    """An order as payments knows it."""

    id: UUID
    status: OrderStatus
    buyer_id: UUID
    seller_id: UUID
    show_id: UUID
    seats: list[str]
    total: Money
    fees: Money
    seller_fees: Money
    fee_rule: int | None


class AttemptMoney(msgspec.Struct, frozen=True):
    """An attempt to pay; `provider_id` is the payment intent's."""

    id: UUID
    status: Status
    amount: Money
    created_at: datetime
    provider_id: str | None
    reason: str | None


class RefundMoney(msgspec.Struct, frozen=True):
    """A refund; `settled_by` says whether the provider paid it, nothing was charged, or a dispute had taken it."""

    id: UUID
    amount: Money
    reason: ReturnReason
    status: RefundStatus
    seats: list[str]
    provider_id: str | None
    settled_by: str | None
    created_at: datetime


class DisputeMoney(msgspec.Struct, frozen=True):
    """A dispute at the buyer's bank."""

    id: UUID
    amount: Money
    stage: DisputeStage
    provider_id: str
    opened_at: datetime


class SeatMoney(msgspec.Struct, frozen=True):
    """One seat of the order: what it cost, both fees, and where its money is."""

    line: int
    seat: str
    price: Money
    buyer_fee: Money
    seller_fee: Money
    status: LineStatus
    dispute_id: UUID | None
    captured_at: datetime | None
    released_at: datetime | None
    payout_id: UUID | None


class MoneyOfOrder(msgspec.Struct, frozen=True):
    """Everything about the money of one order, of one moment."""

    order: OrderShown
    attempts: list[AttemptMoney]
    refunds: list[RefundMoney]
    disputes: list[DisputeMoney]
    lines: list[SeatMoney]
    payouts: list[PayoutShown]
    entries: list[EntryShown]


def check_operator(user: SignedIn) -> None:
    """Raise Forbidden unless the user runs the place."""
    if OPERATOR not in user.roles:
        raise Forbidden("Only operators see the ledger.")


@get("/api/ledger/accounts")
async def accounts_list(
    user: CurrentUser,
    database: OwnDatabase,
    prefix: Annotated[str | None, QueryParameter(max_length=60)] = None,
    currency: Annotated[str | None, QueryParameter(pattern=r"^[A-Z]{3}$")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[AccountShown]:
    """All accounts by name, or those that begin with `prefix` (`escrow:`), with their balances."""
    check_operator(user)
    after = position_in(cursor, tuple[str, str])
    found = await actions_reports.balances(database, prefix, currency, after, limit + 1)
    return page_of([_account(each) for each in found], limit, lambda each: [each.account, each.balance.currency])


@get("/api/ledger/entries")
async def entries_list(
    user: CurrentUser,
    database: OwnDatabase,
    account: Annotated[str | None, QueryParameter(max_length=100)] = None,
    order_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[EntryShown]:
    """Entries, newest first; of one account, about one order, or all."""
    check_operator(user)
    position = position_in(cursor, tuple[UUID])
    found = await actions_reports.entries(database, account, order_id, position[0] if position else None, limit + 1)
    return page_of([_entry(each) for each in found], limit, lambda each: [each.id])


@get("/api/ledger/breaks")
async def breaks_list(
    user: CurrentUser,
    database: OwnDatabase,
    wanted: Annotated[Literal["open", "all"], QueryParameter(name="state")] = "open",
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[BreakShown]:
    """What reconciliation could not explain, newest first."""
    check_operator(user)
    position = position_in(cursor, tuple[UUID])
    before = position[0] if position else None
    found = await actions_reports.breaks(database, open_only=wanted == "open", before=before, rows_max=limit + 1)
    return page_of([_break(each) for each in found], limit, lambda each: [each.id])


@get("/api/ledger/orders/{order_id:uuid}")
async def order_money(order_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> MoneyOfOrder:
    """Everything about the money of one order."""
    check_operator(user)
    return _money(await actions_reports.order_money(database, order_id))


def _account(balance: Balance) -> AccountShown:
    return AccountShown(
        account=balance.account,
        balance=Money(balance.running, balance.currency),
        entries_balance=Money(balance.total, balance.currency),
        agrees=balance.agrees,
    )


def _entry(entry: LedgerEntry) -> EntryShown:
    lines = [LineShown(posting.account, posting.money, posting.order_id) for posting in entry.postings]
    return EntryShown(entry.id, entry.cause, entry.occurred_at, lines)


def _break(found: Break) -> BreakShown:
    return msgspec.convert(found, BreakShown, from_attributes=True)


def _money(found: OrderMoney) -> MoneyOfOrder:
    return MoneyOfOrder(
        order=_order(found.order),
        attempts=[msgspec.convert(each, AttemptMoney, from_attributes=True) for each in found.attempts],
        refunds=[msgspec.convert(each, RefundMoney, from_attributes=True) for each in found.refunds],
        disputes=[msgspec.convert(each, DisputeMoney, from_attributes=True) for each in found.disputes],
        lines=[_seat(seat, found.sale) for seat in found.sale.seats] if found.sale else [],
        payouts=[payout_shown(payout) for payout in found.payouts],
        entries=[_entry(entry) for entry in found.entries],
    )


def _order(order: Order) -> OrderShown:
    return OrderShown(
        id=order.id,
        status=order.status,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        show_id=order.show_id,
        seats=list(order.seats),
        total=order.total,
        fees=order.fees,
        seller_fees=order.seller_fees,
        fee_rule=order.fee_rule,
    )


def _seat(seat: SoldSeat, sale: Sale) -> SeatMoney:
    return SeatMoney(
        line=seat.line,
        seat=seat.seat,
        price=Money(seat.price, sale.currency),
        buyer_fee=Money(seat.buyer_fee, sale.currency),
        seller_fee=Money(seat.seller_fee, sale.currency),
        status=seat.status,
        dispute_id=seat.dispute_id,
        captured_at=seat.captured_at,
        released_at=seat.released_at,
        payout_id=seat.payout_id,
    )


ROUTES = (accounts_list, entries_list, breaks_list, order_money)
