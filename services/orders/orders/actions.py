"""What orders can do beside holding: confirm, give up, expire, and follow listings and shows."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.contracts import (
    CancelReason,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    OrderConfirmed,
    OrderPaymentRefused,
    PaymentAuthorized,
    ShowChanged,
    ShowPublished,
)
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from orders import actions_waiting, domain, store, store_choices, store_limits, store_refunds, store_seats
from orders.domain import Order, OrderIsConfirmed, Status, Verdict
from orders.domain_refunds import Refund
from orders.domain_waiting import EntryStatus, OfferEnd

OVERDUE_GRACE_S = 1.0
OVERDUE_MAX = 100


async def order_of_buyer(tx: Connection, order_id: UUID, buyer_id: UUID) -> Order:
    """A buyer's own order; raises NotFound for another's as for none."""
    order = await store.order_read(tx, order_id)
    if order is None or order.buyer_id != buyer_id:
        raise NotFound
    return order


async def order_of_key(tx: Connection, buyer_id: UUID, key: str) -> Order:
    """The order that a buyer's Idempotency-Key made before."""
    order = await store.order_by_key(tx, buyer_id, key)
    assert order is not None, "a repeated key has an order"
    return order


async def orders_of_buyer(tx: Connection, buyer_id: UUID, before: UUID | None, limit: int) -> list[Order]:
    """A buyer's orders, newest first, from after the order `before` on."""
    return await store.orders_page(tx, buyer_id, before, limit)


async def refunds_of(tx: Connection, orders: Sequence[Order]) -> dict[UUID, list[Refund]]:
    """The refunds of each order."""
    return await store_refunds.refunds_of(tx, [order.id for order in orders])


async def settle_payment(tx: Connection, event: PaymentAuthorized) -> None:
    """The total is authorised: the seats are the buyer's, or the payment is refused; it is told one of the two."""
    order = await _locked(tx, event.order_id)
    verdict = domain.judge(order, event.payment_id, event.amount)
    if verdict is Verdict.KNOWN:
        return
    now = await store.now_read(tx)
    changed: Order
    said: OrderConfirmed | OrderPaymentRefused
    if verdict is Verdict.CONFIRM or (verdict is Verdict.RECLAIM and await _reclaim(tx, order)):
        changed, said = domain.confirm(order, event.payment_id, now)
        await actions_waiting.end_offer(tx, order, "bought")
    else:
        changed, said = domain.refuse_payment(order, event.payment_id, now)
    await store.order_update(tx, changed)
    await outbox.append(tx, said)


async def _reclaim(tx: Connection, order: Order) -> bool:
    """Whether the seats of a hold that had ended are the buyer's again: free, and not more than one may have."""
    return await store_limits.within_limit(tx, order) and await store_seats.seats_reclaim(tx, order)


async def give_up(tx: Connection, order_id: UUID, buyer_id: UUID, offer_end: OfferEnd = "lapsed") -> None:
    """The buyer no longer wants the seats, nor to get them by a payment that comes late; may be repeated.

    `offer_end` is what becomes of the entry in the waiting list that was offered the seats, if there is one.
    """
    order = await _locked(tx, order_id)
    if order.buyer_id != buyer_id:
        raise NotFound
    if order.status is not Status.CANCELLED or order.cancel_reason == "expired":
        await _free(tx, [order], "buyer", offer_end)


async def leave_line(tx: Connection, entry_id: UUID, user_id: UUID) -> None:
    """Stop waiting, and give up what is offered; may be repeated. Raises NotFound, OrderIsConfirmed."""
    entry = await actions_waiting.entry_of(tx, entry_id, user_id)
    await actions_waiting.stop_waiting(tx, entry_id)
    entry = await actions_waiting.entry_of(tx, entry_id, user_id)
    if entry.status is EntryStatus.OFFERED and entry.order_id is not None:
        await give_up(tx, entry.order_id, user_id, "left")
    elif entry.status is EntryStatus.BOUGHT:
        raise OrderIsConfirmed


async def expire_order(tx: Connection, order_id: UUID) -> None:
    """Expiration says that the deadline has passed; this database's clock decides.

    Where it disagrees, nothing happens: `expire_overdue` finds the hold when its time has come.
    """
    order = await _locked(tx, order_id)
    if domain.is_overdue(order, await store.now_read(tx)):
        await _free(tx, [order], "expired")


async def expire_overdue(database: Database) -> bool:
    """End holds whose deadline passed unnoticed, e.g. while the broker was away; True while there may be more."""
    async with database.transaction() as tx:
        overdue = await store.orders_overdue_lock(tx, OVERDUE_GRACE_S, OVERDUE_MAX)
        await _free(tx, overdue, "expired")
    return bool(overdue)


async def follow_show(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Keep the copy of a show; a cancelled show ends its holds, and nobody waits for it any more."""
    if not await store.show_apply(tx, event):
        return
    await store_choices.move_apply(tx, event)
    cancelled = event.status == "cancelled"
    held = await store.orders_held_of_show_lock(tx, event.show_id) if cancelled else []
    waiting = await actions_waiting.enter(tx, event.show_id)
    for order in held:
        await _cancel(tx, order, "show_cancelled", "ended")
    if waiting and cancelled:
        await actions_waiting.end_line(tx, event.show_id)
    elif waiting:
        await actions_waiting.look_again(tx, event.show_id)


async def follow_listing(tx: Connection, event: ListingPublished | ListingChanged) -> None:
    """Keep the copy of a listing, make its seats sellable, and those that it lost not. Holds keep their price.

    What is on sale by it now is offered to those who wait before anybody else can see it.
    """
    waiting = await actions_waiting.enter(tx, event.show_id)
    if not await store.listing_apply(tx, event, "active"):
        return
    await store_seats.seats_add(tx, event)
    await store_seats.seats_narrow(tx, event.listing_id, event.show_id, event.seats)
    if waiting:
        await actions_waiting.offer_freed(tx, event.show_id, [event.listing_id])
        await actions_waiting.look_when_open(tx, event.show_id, event.opens_at)


async def close_listing(tx: Connection, event: ListingWithdrawn) -> None:
    """Sell no more of a listing; what is held or sold stays so."""
    waiting = await actions_waiting.enter(tx, event.show_id)
    if not await store.listing_apply(tx, event, "withdrawn"):
        return
    gone = await store_seats.seats_narrow(tx, event.listing_id, event.show_id, ())
    renewed = await store_seats.places_renew(tx, event.show_id, event.section, event.row, gone)
    if waiting and renewed:
        await actions_waiting.offer_freed(tx, event.show_id, renewed, patient=False)


async def _locked(tx: Connection, order_id: UUID) -> Order:
    order = await store.order_lock(tx, order_id)
    if order is None:
        raise NotFound
    return order


async def _free(tx: Connection, orders: Sequence[Order], reason: CancelReason, offer_end: OfferEnd = "lapsed") -> None:
    """End locked holds of one show; their seats go to those who wait for it, else to whoever comes."""
    if not orders:
        return
    show_id = orders[0].show_id
    waiting = await actions_waiting.enter(tx, show_id)
    freed = {listing_id for order in orders for listing_id in await _cancel(tx, order, reason, offer_end)}
    if waiting:
        await actions_waiting.offer_freed(tx, show_id, sorted(freed))


async def _cancel(tx: Connection, order: Order, reason: CancelReason, offer_end: OfferEnd) -> list[UUID]:
    """End a hold; answers by which listings its seats are sold from now on."""
    cancelled, event = domain.cancel(order, reason, await store.now_read(tx))
    await store.order_update(tx, cancelled)
    freed = await store_seats.seats_release(tx, cancelled)
    await outbox.append(tx, event)
    await actions_waiting.end_offer(tx, order, offer_end)
    return freed
