"""The rules of shows that move: whoever bought for the day before keeps the tickets, or has the money back. Pure.

A seat goes back by its holder's choice alone: the buyer who still has it. Who gave it away or sold it on chooses
nothing for it, since somebody else is to come; its receiver may give it back, and its new buyer has a choice of their
own. A seat that goes back unwinds all its sales, as it does when a show is cancelled: each buyer has back what they
paid, nobody has earned by it, and the place may be listed again by whoever brought it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money, OrderKept
from fairseat_common.contracts.refusals import Conflict
from orders.domain import Order, Status, event_of

Choice = Literal["keep", "refund"]
SeatState = Literal["yours", "given", "selling", "sold", "refunded"]
"""Selling: somebody is paying for it this minute."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """The last move of a show: from when, to when, and how long its buyers may choose.

    `number` counts the moves of the show; `starts_at` is the new start, or the old one while there is no new one yet
    (`postponed`). `moved_at` is when it was heard of: holds before that were made for the day before.
    """

    number: int
    moved_from: datetime
    starts_at: datetime
    postponed: bool
    refund_until: datetime
    moved_at: datetime


class Place(msgspec.Struct, frozen=True):
    """One seat of an order, and whether its buyer still has it."""

    seat: str
    state: SeatState


class Taken(msgspec.Struct, frozen=True):
    """What a buyer has chosen, and when."""

    choice: Choice
    chosen_at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an order stands to the last move of its show. `open`: the choice can be made, or changed, now."""

    order: Order
    move: Move
    open: bool
    taken: Taken | None
    places: tuple[Place, ...]

    @property
    def own(self) -> tuple[str, ...]:
        """The seats whose money can go back."""
        return tuple(place.seat for place in self.places if place.state == "yours")

    @property
    def refundable(self) -> Money:
        """What would go back now, fees and all."""
        return Money(len(self.own) * (self.order.total.amount // self.order.quantity), self.order.total.currency)


class ChoiceOver(Conflict):
    """The last moment to choose has passed."""

    slug = "choice-over"
    title = "The time to choose is over"
    detail = "`refund_until` has passed, so the tickets stay as they are, for the new date."


class NothingToChoose(Conflict):
    """There is no choice for this order, or none that is left."""

    slug = "nothing-to-choose"
    title = "There is nothing to choose"
    detail = "The show has not moved since you bought, or none of the seats is yours any more."


class SeatsBeingSold(Conflict):
    """Somebody holds seats that the buyer sells on, and is paying for them."""

    slug = "seats-being-sold"
    title = "Somebody is buying your seats"
    detail = "`seats` are held by a buyer of your listing. Try again when the hold has ended, in some minutes."


class RefundChosen(Conflict):
    """The money is on its way: there is no way back."""

    slug = "refund-chosen"
    title = "You have chosen the refund"
    detail = "The tickets are void and the money is on its way, so they cannot be kept any more."


def concerns(order: Order, move: Move) -> bool:
    """Whether the order was agreed for the day before the move, and paid for."""
    return order.status in (Status.CONFIRMED, Status.REFUNDED) and order.created_at < move.moved_at


def check_choice(standing: Standing, wanted: Choice) -> bool:
    """Whether the choice changes anything.

    Raises RefundChosen, ChoiceOver, NothingToChoose, SeatsBeingSold.
    """
    if standing.taken is not None and standing.taken.choice == wanted:
        return False
    if standing.taken is not None and standing.taken.choice == "refund":
        raise RefundChosen
    if not standing.open:
        raise ChoiceOver(refund_until=standing.move.refund_until.isoformat())
    selling = [place.seat for place in standing.places if place.state == "selling"]
    if not standing.own and not selling:
        raise NothingToChoose
    if selling and wanted == "refund":
        raise SeatsBeingSold(seats=selling)
    return True


def kept(order: Order, move: Move, now: datetime) -> tuple[Order, OrderKept]:
    """The buyer comes on the new day; the order stays as it is, and says so."""
    same = msgspec.structs.replace(order, version=order.version + 1)
    return same, event_of(OrderKept, same, now, moved_from=move.moved_from, refund_until=move.refund_until)


def lines_by_order(lines: Iterable[tuple[UUID, str]], orders: Sequence[Order]) -> list[tuple[Order, tuple[str, ...]]]:
    """The lines that go back with some seats (pairs of order and seat), order by order, in the seats' own order."""
    wanted = set(lines)
    known = {order.id for order in orders}
    assert {order_id for order_id, _ in wanted} <= known, "a sale of a locked place came in between"
    grouped = [(order, tuple(seat for seat in order.seats if (order.id, seat) in wanted)) for order in orders]
    return [(order, seats) for order, seats in grouped if seats]
