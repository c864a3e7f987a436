"""HTTP in: orders are the buyer's own; nobody else sees that they exist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get
from litestar.params import FromPath, FromQuery, QueryParameter

from fairseat_common.contracts import CancelReason, Money, RefundReason
from fairseat_common.contracts.refusals import Invalid, Malformed, NotFound, SignInRequired, Unavailable
from fairseat_common.database import Database, wait_for
from fairseat_common.ids import new_id
from fairseat_common.quotes import QUOTE_LENGTH_MAX, Quote, QuoteInvalid, quote_read
from fairseat_common.telemetry import current_traceparent
from fairseat_common.web import (
    LIMIT_DEFAULT,
    LIMIT_MAX,
    FrontHandler,
    KeyReused,
    Page,
    SignedIn,
    Verifier,
    answer,
    etag,
    key_required,
    page_of,
    position_in,
    read_body,
    signed_in,
)
from fairseat_common.web.asgi import Receive, Scope, Send
from fairseat_common.web.decoding import decode_body
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.edge import Headers
from fairseat_common.web.idempotency import KeyMissing
from fairseat_common.web.openapi import describe_create
from orders import actions
from orders.actions_hold import HoldPump, Outcome, Repeated, Unknown
from orders.domain import (
    Claim,
    HoldLimit,
    Order,
    OwnListing,
    PriceChanged,
    SeatsUnavailable,
    ShowOver,
    SplitNotAllowed,
    Status,
)
from orders.domain_refunds import Refund, RefundStatus

QUANTITY_MAX = 100


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a buyer asks for; `quote` is the listing's, as the buyer was shown it. Seats never come from the client."""

    listing_id: UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)]
    quote: Annotated[str, msgspec.Meta(max_length=QUOTE_LENGTH_MAX)] | None = None


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    """Money that goes back (due), or is on its way (refunded), for some seats of an order."""

    id: UUID
    seats: tuple[str, ...]
    amount: Money
    reason: RefundReason
    status: RefundStatus
    created_at: datetime


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order as its buyer sees it; amounts in minor units, times in UTC."""

    id: UUID
    status: Status
    buyer_id: UUID
    listing_id: UUID
    show_id: UUID
    section: str
    row: str
    seats: tuple[str, ...]
    quantity: int
    unit_price: Money
    fees: Money
    total: Money
    expires_at: datetime
    created_at: datetime
    cancel_reason: CancelReason | None
    late: bool
    confirmed_at: datetime | None
    fee_rule: int | None
    refunds: list[RefundView]
    version: int


def view_of(order: Order, refunds: Sequence[Refund] = ()) -> OrderView:
    """The buyer's view of an order."""
    names = [name for name in OrderView.__struct_fields__ if name != "refunds"]
    return OrderView(refunds=[refund_view_of(refund) for refund in refunds], **{n: getattr(order, n) for n in names})


def refund_view_of(refund: Refund) -> RefundView:
    """A refund as buyer and operator see it."""
    return RefundView(**{name: getattr(refund, name) for name in RefundView.__struct_fields__})


def order_create(
    verifier: Verifier,
    cookie_name: str,
    pump: HoldPump,
    database: Database,
    quote_secrets: Sequence[str],
    body_bytes_max: int,
) -> FrontHandler:
    """The route that holds seats, POST /api/orders: the hottest of all, so it is dispatched before the router."""

    async def handle(_scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        user = await signed_in(verifier, cookie_name, headers)
        key = key_required(headers.get("idempotency-key"))
        asked = decode_body(await read_body(receive, body_bytes_max), NewOrder)
        quote = _quote_of(asked, quote_secrets)
        order = await _hold(pump, database, user, key, asked, quote)
        view = msgspec.json.encode(view_of(order))
        await answer(
            send,
            201,
            view,
            "application/json",
            {"ETag": etag(order.version), "Location": f"/api/orders/{order.id}"},
        )

    return handle


def _quote_of(asked: NewOrder, secrets: Sequence[str]) -> Quote | None:
    """The quote that came with the request; raises QuoteInvalid when it is not ours, or another listing's."""
    if asked.quote is None:
        return None
    quote = quote_read(asked.quote, secrets)
    if quote.listing_id != asked.listing_id:
        raise QuoteInvalid
    return quote


async def _hold(
    pump: HoldPump, database: Database, user: SignedIn, key: str, asked: NewOrder, quote: Quote | None
) -> Order:
    claim = Claim(
        order_id=new_id(),
        event_id=new_id(),
        buyer_id=user.id,
        listing_id=asked.listing_id,
        quantity=asked.quantity,
        idempotency_key=key,
        traceparent=current_traceparent(),
        quote=quote,
    )

    async def known() -> Outcome | None:
        outcome = await pump.hold(claim)
        return None if isinstance(outcome, Unknown) else outcome

    outcome = await known() or await wait_for(known)
    if isinstance(outcome, Order):
        return outcome
    if isinstance(outcome, Repeated):
        return await _first_order(database, user.id, key, asked)
    raise outcome if isinstance(outcome, Exception) else NotFound("There is no such listing.")


async def _first_order(database: Database, buyer_id: UUID, key: str, asked: NewOrder) -> Order:
    """The order as it was first answered, whatever has become of it; raises KeyReused for another request."""
    async with database.connection() as connection:
        order = await actions.order_of_key(connection, buyer_id, key)
    if (order.listing_id, order.quantity) != (asked.listing_id, asked.quantity):
        raise KeyReused
    return msgspec.structs.replace(
        order, status=Status.HELD, version=1, cancel_reason=None, late=False, confirmed_at=None
    )


@get("/api/orders")
async def order_list(
    user: CurrentUser,
    database: OwnDatabase,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[OrderView]:
    """The buyer's orders, newest first."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        orders = await actions.orders_of_buyer(connection, user.id, position[0] if position else None, limit + 1)
        refunds = await actions.refunds_of(connection, orders)
    views = [view_of(order, refunds.get(order.id, ())) for order in orders]
    return page_of(views, limit, lambda order: [order.id])


@get("/api/orders/{order_id:uuid}")
async def order_show(order_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> Response[OrderView]:
    """One order of the buyer."""
    async with database.connection() as connection:
        order = await actions.order_of_buyer(connection, order_id, user.id)
        refunds = await actions.refunds_of(connection, [order])
    return Response(view_of(order, refunds.get(order.id, ())), headers={"ETag": etag(order.version)})


@delete("/api/orders/{order_id:uuid}")
async def order_give_up(order_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Give a hold up; its seats are free at once. Repeating it changes nothing."""
    async with database.transaction() as tx:
        await actions.give_up(tx, order_id, user.id)


HOLD_ROUTE = describe_create(
    "/api/orders",
    "Hold seats",
    NewOrder,
    OrderView,
    [
        Malformed,
        KeyMissing,
        SignInRequired,
        NotFound,
        SeatsUnavailable,
        OwnListing,
        ShowOver,
        Invalid,
        SplitNotAllowed,
        QuoteInvalid,
        PriceChanged,
        KeyReused,
        HoldLimit,
        Unavailable,
    ],
    ["orders"],
)
ROUTES: list[Any] = [order_list, order_show, order_give_up]
