"""HTTP in: orders are the buyer's own; nobody else sees that they exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get
from litestar.params import FromPath, FromQuery, QueryParameter

from fairseat_common.bans import AccountBanned
from fairseat_common.contracts.refusals import (
    FieldError,
    Invalid,
    Malformed,
    NotFound,
    SignInRequired,
    Unavailable,
)
from fairseat_common.database import Database, wait_for
from fairseat_common.fields import MoneyInput, Name
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
from orders import actions, actions_best
from orders.actions_hold import HoldPump, Outcome, Repeated, Unknown
from orders.domain import (
    Claim,
    HoldLimit,
    NotOpenYet,
    Order,
    OwnListing,
    PriceChanged,
    SeatsUnavailable,
    ShowOver,
    SplitNotAllowed,
    Status,
)
from orders.domain_queues import QueueFirst
from orders.domain_switch import SalesStopped
from orders.domain_views import OrderView, view_of
from orders.domain_waiting import Wish

QUANTITY_MAX = 100


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a buyer asks for: seats of one listing, or with `show_id` the best seats that there are.

    `quote` is the listing's, as the buyer was shown it. `max_price` (all-in, per seat) and `section` narrow the choice
    of the best. Seats never come from the client.
    """

    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)]
    listing_id: UUID | msgspec.UnsetType = msgspec.UNSET
    quote: Annotated[str, msgspec.Meta(max_length=QUOTE_LENGTH_MAX)] | None = None
    show_id: UUID | msgspec.UnsetType = msgspec.UNSET
    max_price: MoneyInput | None = None
    section: Name | None = None


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
        _check_choice(asked)
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


def _check_choice(asked: NewOrder) -> None:
    """Raise Invalid unless either a listing was chosen or the best was asked for, each with its own fields."""
    if asked.listing_id is msgspec.UNSET:
        if asked.show_id is msgspec.UNSET:
            raise Invalid(None, FieldError("listing_id", "name a listing, or a show_id for the best available"))
        if asked.quote is not None:
            raise Invalid(None, FieldError("quote", "is of a listing; for the best available send max_price"))
    else:
        for field in ("show_id", "max_price", "section"):
            if getattr(asked, field) not in (None, msgspec.UNSET):
                raise Invalid(None, FieldError(field, "does not go together with listing_id"))


async def _hold(
    pump: HoldPump, database: Database, user: SignedIn, key: str, asked: NewOrder, quote: Quote | None
) -> Order:
    attempt = _attempt(pump, database, user, key, asked, quote)

    async def known() -> Outcome | None:
        outcome = await attempt()
        return None if isinstance(outcome, Unknown) else outcome

    outcome = await known() or await wait_for(known)
    if isinstance(outcome, Order):
        return outcome
    if isinstance(outcome, Repeated):
        return await _first_order(database, user.id, key, asked)
    kind = "listing" if asked.show_id is msgspec.UNSET else "show"
    raise outcome if isinstance(outcome, Exception) else NotFound(f"There is no such {kind}.")


def _attempt(
    pump: HoldPump, database: Database, user: SignedIn, key: str, asked: NewOrder, quote: Quote | None
) -> Callable[[], Awaitable[Outcome]]:
    """What is tried, once or until the copy of the listing or the show has arrived."""
    if isinstance(asked.listing_id, UUID):
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
        return lambda: pump.hold(claim)
    assert isinstance(asked.show_id, UUID)
    wish = Wish(
        user_id=user.id,
        show_id=asked.show_id,
        quantity=asked.quantity,
        max_price=asked.max_price.money("max_price") if asked.max_price else None,
        sections=(asked.section,) if asked.section else (),
    )
    return lambda: actions_best.hold_best(pump, database, wish, key, current_traceparent())


async def _first_order(database: Database, buyer_id: UUID, key: str, asked: NewOrder) -> Order:
    """The order as it was first answered, whatever has become of it; raises KeyReused for another request."""
    async with database.connection() as connection:
        order = await actions.order_of_key(connection, buyer_id, key)
    chosen = order.listing_id == asked.listing_id or (
        order.show_id == asked.show_id and asked.section in (None, order.section)
    )
    if not chosen or order.quantity != asked.quantity:
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
        NotOpenYet,
        QueueFirst,
        KeyReused,
        HoldLimit,
        Unavailable,
        SalesStopped,
        AccountBanned,
    ],
    ["orders"],
)
ROUTES: list[Any] = [order_list, order_show, order_give_up]
