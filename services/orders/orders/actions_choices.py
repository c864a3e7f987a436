"""When a show moves: what a buyer may choose, and the refund of whoever does not want to come on the new day."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from orders import actions, domain_choices, domain_refunds, store, store_choices, store_refunds
from orders.domain import Order
from orders.domain_choices import Choice, NothingToChoose, Standing


async def standing_of(tx: Connection, order_id: UUID, buyer_id: UUID) -> Standing:
    """How a buyer's order stands to the last move of its show. Raises NotFound, NothingToChoose."""
    order = await actions.order_of_buyer(tx, order_id, buyer_id)
    found = await store_choices.move_of(tx, order.show_id)
    if found is None or not domain_choices.concerns(order, found[0]):
        raise NothingToChoose
    move, is_open = found
    return Standing(
        order=order,
        move=move,
        open=is_open,
        taken=await store_choices.taken_of(tx, order.id, move.number),
        places=await store_choices.places_of(tx, order.id),
    )


async def choose(tx: Connection, order_id: UUID, buyer_id: UUID, wanted: Choice) -> Standing:
    """Keep the tickets for the new day, or have the money of the seats that are still the buyer's back; repeatable.

    Every sale of the order's places is locked before anything is decided, then the places: so none of them is sold,
    given back or chosen for meanwhile. Raises NotFound and what `check_choice` raises.
    """
    order = await actions.order_of_buyer(tx, order_id, buyer_id)
    await store_choices.show_share(tx, order.show_id)
    sales = await store_choices.sales_lock(tx, order)
    await store_choices.places_lock(tx, order)
    standing = await standing_of(tx, order_id, buyer_id)
    if not domain_choices.check_choice(standing, wanted):
        return standing
    await store_choices.choice_write(tx, order_id, standing.move.number, wanted)
    if wanted == "refund":
        await _unwind(tx, standing, sales)
    else:
        same, event = domain_choices.kept(standing.order, standing.move, await store.now_read(tx))
        await store.order_update(tx, same)
        await outbox.append(tx, event)
    return await standing_of(tx, order_id, buyer_id)


async def _unwind(tx: Connection, standing: Standing, sales: Sequence[Order]) -> None:
    """Give back what was paid for these seats, by each sale that they have had."""
    lines = await store_choices.lines_standing(tx, standing.order, standing.own)
    now = await store.now_read(tx)
    decided = [
        domain_refunds.refund_due(order, seats, "show_moved", new_id(), now)
        for order, seats in domain_choices.lines_by_order(lines, sales)
    ]
    for changed, _, _ in decided:
        await store.order_update(tx, changed)
    await store_refunds.refunds_add(tx, [refund for _, refund, _ in decided])
    await outbox.append_many(tx, [event for _, _, event in decided])
    await store_choices.places_leave_sale(tx, standing.order, standing.own)
