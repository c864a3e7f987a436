"""HTTP in: the show has moved, and the buyer keeps the tickets or has the money back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from fairseat_common.contracts import Money
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from orders import actions_choices
from orders.domain_choices import Choice, SeatState, Standing


class NewChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the buyer wants: the tickets for the new date, or the money."""

    choice: Choice


class PlaceView(msgspec.Struct, frozen=True):
    """A seat of the order: still the buyer's own, or given away, being sold on, sold on, or refunded."""

    seat: str
    state: SeatState


class ChoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to choose for an order whose show has moved.

    `starts_at` is the new start, null while a postponed show has none. Until `refund_until` (`open`) the buyer may have
    `refundable` back, for the seats whose state is yours; who says nothing keeps the tickets. `choice` is what was
    chosen for this move, null so far.
    """

    order_id: UUID
    show_id: UUID
    moved_from: datetime
    starts_at: datetime | None
    refund_until: datetime
    open: bool
    choice: Choice | None
    chosen_at: datetime | None
    refundable: Money
    seats: list[PlaceView]


def view_of(standing: Standing) -> ChoiceView:
    """The buyer's view of the choice."""
    move, taken = standing.move, standing.taken
    return ChoiceView(
        order_id=standing.order.id,
        show_id=standing.order.show_id,
        moved_from=move.moved_from,
        starts_at=None if move.postponed else move.starts_at,
        refund_until=move.refund_until,
        open=standing.open,
        choice=taken.choice if taken else None,
        chosen_at=taken.chosen_at if taken else None,
        refundable=standing.refundable,
        seats=[PlaceView(place.seat, place.state) for place in standing.places],
    )


@get("/api/orders/{order_id:uuid}/choice")
async def choice_show(order_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> ChoiceView:
    """What the buyer may choose since the show has moved; 409 `nothing-to-choose` if it has not."""
    async with database.connection() as connection:
        return view_of(await actions_choices.standing_of(connection, order_id, user.id))


@post("/api/orders/{order_id:uuid}/choice", status_code=200)
async def choice_take(
    order_id: FromPath[UUID], data: JSONBody[NewChoice], user: CurrentUser, database: OwnDatabase
) -> ChoiceView:
    """Keep the tickets, which may be changed until `refund_until`, or have the money back, which may not."""
    async with database.transaction() as tx:
        return view_of(await actions_choices.choose(tx, order_id, user.id, data.choice))


ROUTES: list[Any] = [choice_show, choice_take]
