"""The seats of the sample: what orders and tickets know of its trades."""

from __future__ import annotations

from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_local.sample.market import FEE, LINE, PRICE, SELLER_FEE, Sample, Trade, insert

OWNING = ("held", "confirmed", "refunded")


async def catalog(tx: Connection, sample: Sample) -> None:
    """The show and its venue."""
    show = sample.show
    await insert(
        tx, "venues", id=show.venue_id, organiser_id=new_id(), name=show.venue_name, city=show.city,
        country=show.country, timezone=show.timezone, lat=0.0, lon=0.0, capacity=9, currency=show.currency,
        chart='{"sections": []}', name_key=show.venue_name, city_key=show.city, version=1,
    )  # fmt: skip
    await insert(
        tx, "shows", id=show.show_id, venue_id=show.venue_id, organiser_id=new_id(), title=show.title,
        category=show.category, starts_at=show.starts_at, local_date=show.starts_at.date(), status=show.status,
        currency=show.currency, document="", version=1,
    )  # fmt: skip


async def orders(tx: Connection, sample: Sample) -> None:
    """Listing, seats, orders and refunds, in the database of orders."""
    listing = sample.listing
    await insert(
        tx, "listings", listing_id=listing.listing_id, show_id=listing.show_id, seller_id=listing.seller_id,
        section=listing.section, row=listing.row, unit_price=PRICE, unit_fee=FEE, unit_seller_fee=SELLER_FEE,
        currency="EUR", split="any", seats_total=len(listing.seats), status="active", version=1,
    )  # fmt: skip
    for position, seat in enumerate(listing.seats, start=1):
        await insert(
            tx, "seats", show_id=listing.show_id, listing_id=listing.listing_id, position=position,
            section=listing.section, row=listing.row, seat=seat, current=True,
        )  # fmt: skip
    for trade in sample.trades.values():
        await _order(tx, trade)
        if trade.status in OWNING:
            await tx.execute("update seats set order_id = $1 where position = any($2)", trade.id, trade.positions)


async def _order(tx: Connection, trade: Trade) -> None:
    order = trade.order
    bought = trade.status in ("confirmed", "refunded")
    await insert(
        tx, "orders", id=order.order_id, buyer_id=order.buyer_id, seller_id=order.seller_id,
        listing_id=order.listing_id, show_id=order.show_id, section=order.section, row=order.row,
        seats=list(order.seats), positions=trade.positions, quantity=order.quantity, unit_price=PRICE,
        fees=order.fees.amount, seller_fees=order.quantity * SELLER_FEE, total=trade.total, currency="EUR",
        status="confirmed" if bought else trade.status,
        cancel_reason="expired" if trade.status == "cancelled" else None,
        payment_id=trade.attempt_id if bought else None, hold_slot=1, idempotency_key=str(order.order_id),
        expires_at=order.expires_at, version={"held": 1, "cancelled": 3}.get(trade.status, 2),
    )  # fmt: skip


async def refund(tx: Connection, trade: Trade, seat: str) -> None:
    """One seat of an order whose money went back."""
    await insert(
        tx, "refunds", id=trade.refund_id, order_id=trade.id, reason="goodwill", seats=[seat], amount=LINE,
        currency="EUR",
    )  # fmt: skip
    await tx.execute("update refunds set status = 'refunded', refunded_at = now()")
    await insert(tx, "refund_lines", order_id=trade.id, seat=seat, refund_id=trade.refund_id)
    await tx.execute(
        "update orders set lines_refunded = lines_refunded + 1, status = $2 where id = $1", trade.id, trade.status
    )


async def tickets(tx: Connection, sample: Sample, refunded: set[str]) -> None:
    """The listing and the tickets of its seats: the seller's, and the buyers' of those that were sold."""
    listing = sample.listing
    owners = {seat: trade for trade in sample.trades.values() if trade.status in OWNING for seat in trade.order.seats}
    held = sum(trade.status == "held" for trade in owners.values())
    await tx.execute("insert into shows values ($1, 1, $2, now(), 'scheduled', 'EUR')", listing.show_id, new_id())
    await insert(
        tx, "listings", id=listing.listing_id, show_id=listing.show_id, seller_id=listing.seller_id,
        section=listing.section, row=listing.row, row_position=0, seats=list(listing.seats),
        available=len(listing.seats) - len(owners), held=held, sold=len(owners) - held, unit_price=PRICE,
        unit_fee=FEE, currency="EUR", split="any",
    )  # fmt: skip
    for position, seat in enumerate(listing.seats):
        await _seat(tx, sample, seat, position, owners.get(seat), seat in refunded)


async def _seat(tx: Connection, sample: Sample, seat: str, position: int, trade: Trade | None, refunded: bool) -> None:
    listing = sample.listing
    place = {"show_id": listing.show_id, "section": listing.section, "row": listing.row, "seat": seat}
    brought, bought = new_id(), new_id()
    sold = trade is not None and trade.status != "held"
    await insert(tx, "tickets", id=brought, holder_id=listing.seller_id, serial=new_id(), **place)
    if trade and sold:
        await tx.execute(
            "update tickets set status = 'void', replaced_by = $2, ended_at = now() where id = $1", brought, bought
        )
        await insert(
            tx, "tickets", id=bought, holder_id=trade.order.buyer_id, order_id=trade.id, serial=new_id(), **place
        )  # fmt: skip
    if refunded:
        await tx.execute("update tickets set status = 'void', ended_at = now() where id = $1", bought)
    state = "sold" if sold else "held" if trade else "free"
    await insert(
        tx, "listing_seats", listing_id=listing.listing_id, position=position, ticket_id=brought, state=state,
        order_id=trade.id if trade else None, **place,
    )  # fmt: skip
