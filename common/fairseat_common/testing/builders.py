"""Events as tests need them: sensible by default, every field open to change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fairseat_common.contracts import (
    ListingPublished,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    PaymentAuthorized,
    ShowPublished,
)
from fairseat_common.ids import new_id


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def show_published(**changes: Any) -> ShowPublished:
    """A concert in Berlin in thirty days, priced in euros."""
    fields: dict[str, Any] = {
        "show_id": new_id(),
        "title": "The Lanterns",
        "category": "concert",
        "performers": ("The Lanterns",),
        "venue_id": new_id(),
        "venue_name": "Theater am Ufer",
        "city": "Berlin",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "starts_at": now() + timedelta(days=30),
        "status": "scheduled",
        "currency": "EUR",
        "image_url": None,
        "version": 1,
        "occurred_at": now(),
    }
    return ShowPublished(**fields | changes)


def listing_published(show: ShowPublished, seats: int = 2, **changes: Any) -> ListingPublished:
    """Some seats in one row of the stalls for 50.00 each, with a fee of 5.00."""
    fields: dict[str, Any] = {
        "listing_id": new_id(),
        "show_id": show.show_id,
        "seller_id": new_id(),
        "section": "Stalls",
        "row": "C",
        "seats": tuple(str(number) for number in range(1, seats + 1)),
        "unit_price": Money(5000, show.currency),
        "unit_fee": Money(500, show.currency),
        "split": "any",
        "notes": "",
        "version": 1,
        "occurred_at": now(),
    }
    return ListingPublished(**fields | changes)


def order_held(listing: ListingPublished, quantity: int = 1, expires_in_s: float = 600, **changes: Any) -> OrderHeld:
    """A hold on the first seats of a listing."""
    fields: dict[str, Any] = {
        "order_id": new_id(),
        "buyer_id": new_id(),
        "seller_id": listing.seller_id,
        "listing_id": listing.listing_id,
        "show_id": listing.show_id,
        "section": listing.section,
        "row": listing.row,
        "seats": listing.seats[:quantity],
        "quantity": quantity,
        "unit_price": listing.unit_price,
        "fees": Money(listing.unit_fee.amount * quantity, listing.unit_fee.currency),
        "total": Money((listing.unit_price.amount + listing.unit_fee.amount) * quantity, listing.unit_price.currency),
        "expires_at": now() + timedelta(seconds=expires_in_s),
        "version": 1,
        "occurred_at": now(),
    }
    return OrderHeld(**fields | changes)


def order_confirmed(held: OrderHeld, **changes: Any) -> OrderConfirmed:
    """The same order, confirmed."""
    return OrderConfirmed(**_fields(held) | {"version": held.version + 1, "occurred_at": now()} | changes)


def order_cancelled(held: OrderHeld, reason: str = "buyer", **changes: Any) -> OrderCancelled:
    """The same order, cancelled."""
    more = {"version": held.version + 1, "occurred_at": now(), "reason": reason}
    return OrderCancelled(**_fields(held) | more | changes)


def payment_authorized(order_id: Any, buyer_id: Any, amount: Money, **changes: Any) -> PaymentAuthorized:
    """An authorisation of the order's amount."""
    fields: dict[str, Any] = {
        "payment_id": new_id(),
        "order_id": order_id,
        "buyer_id": buyer_id,
        "amount": amount,
        "version": 2,
        "occurred_at": now(),
    }
    return PaymentAuthorized(**fields | changes)


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}
