"""Events in: the life of an order decides whether it can be paid, and what becomes of the money."""

from __future__ import annotations

from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    CancelReason,
    ClaimDecided,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    SalesSwitched,
    ShowChanged,
    ShowPublished,
    UserDeactivated,
    UserErased,
    UserReactivated,
)
from fairseat_common.database import Connection
from payments import actions_bans, actions_orders, actions_penalties, actions_people, actions_switch
from payments.domain import Order, OrderStatus

OrderNews = OrderHeld | OrderConfirmed | OrderCancelled | OrderPaymentRefused | OrderRefundDue | OrderRefunded

consumers = Consumers("payments")


@consumers.on(OrderHeld)
async def order_held(tx: Connection, event: OrderHeld) -> None:
    """The order can be paid."""
    await actions_orders.order_heard(tx, _order(event, "held"))


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """Its authorisation is due to be captured; the settling worker is woken by this commit."""
    await actions_orders.order_heard(tx, _order(event, "confirmed"))


@consumers.on(OrderCancelled)
async def order_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """It cannot be paid any more. What is authorised waits for the verdict on it."""
    await actions_orders.order_heard(tx, _order(event, "cancelled", event.reason))


@consumers.on(OrderPaymentRefused)
async def order_payment_refused(tx: Connection, event: OrderPaymentRefused) -> None:
    """The verdict on one payment: it is voided, or given back. It tells the order's state only if that is cancelled."""
    order = _order(event, "cancelled", event.cancel_reason) if event.cancel_reason else None
    await actions_orders.payment_refused(tx, event.payment_id, event.order_id, order)


@consumers.on(OrderRefundDue)
async def order_refund_due(tx: Connection, event: OrderRefundDue) -> None:
    """Some of its money goes back once the capture is through."""
    await actions_orders.refund_due(tx, _order(event, "confirmed"), event)


@consumers.on(OrderRefunded)
async def order_refunded(tx: Connection, event: OrderRefunded) -> None:
    """Money of it went back, by our own account; perhaps no line is left."""
    await actions_orders.order_heard(tx, _order(event, "refunded" if event.entire else "confirmed"))


@consumers.on(SalesSwitched)
async def sales_switched(tx: Connection, event: SalesSwitched) -> None:
    """Sales were stopped, or go on."""
    await actions_switch.sales_heard(tx, event)


@consumers.on(UserErased)
async def user_erased(tx: Connection, event: UserErased) -> None:
    """Somebody is to be forgotten."""
    await actions_people.forget(tx, event)


@consumers.on(UserDeactivated)
async def user_deactivated(tx: Connection, event: UserDeactivated) -> None:
    """Somebody was banned: what they are owed waits."""
    await actions_bans.ban_heard(tx, event)


@consumers.on(UserReactivated)
async def user_reactivated(tx: Connection, event: UserReactivated) -> None:
    """The ban was lifted: what waited is paid."""
    await actions_bans.ban_heard(tx, event)


@consumers.on(ShowPublished)
async def show_published(tx: Connection, event: ShowPublished) -> None:
    """When it takes place decides when its sellers are paid."""
    await actions_orders.show_heard(tx, event)


@consumers.on(ShowChanged)
async def show_changed(tx: Connection, event: ShowChanged) -> None:
    """It was moved or called off."""
    await actions_orders.show_heard(tx, event)


@consumers.on(ClaimDecided)
async def claim_decided(tx: Connection, event: ClaimDecided) -> None:
    """A ticket failed at the door: whoever sold it pays a penalty, if it was their fault."""
    await actions_penalties.claim_decided(tx, event)


def _order(event: OrderNews, status: OrderStatus, cancel_reason: CancelReason | None = None) -> Order:
    return Order(
        id=event.order_id,
        buyer_id=event.buyer_id,
        version=event.version,
        status=status,
        cancel_reason=cancel_reason,
        total=event.total,
        expires_at=event.expires_at,
        show_id=event.show_id,
        seller_id=event.seller_id,
        section=event.section,
        row=event.row,
        seats=event.seats,
        quantity=event.quantity,
        unit_price=event.unit_price,
        fees=event.fees,
        seller_fees=event.seller_fees or Money(0, event.total.currency),
        fee_rule=event.fee_rule,
    )
