"""The waiting list of the sample: a group that waits, one that is offered seats, and one that bought them."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_local.sample.market import Sample, insert

GROUP = 8
HOLD_S = 1800


async def wait(tx: Connection, sample: Sample) -> None:
    """A line of three, in the database of orders; the first was passed over."""
    show_id, held, bought = sample.show.show_id, sample.trades["held"], sample.trades["bought"]
    await insert(tx, "waiting_lines", show_id=show_id, last_number=3)
    line: list[tuple[int, UUID, int, str, UUID | None]] = [
        (1, new_id(), GROUP, "waiting", None),
        (2, held.order.buyer_id, held.order.quantity, "offered", held.id),
        (3, bought.order.buyer_id, bought.order.quantity, "bought", bought.id),
    ]
    for number, user_id, quantity, status, order_id in line:
        entry_id = new_id()
        await insert(
            tx, "waiting_entries", id=entry_id, user_id=user_id, show_id=show_id, number=number, quantity=quantity,
            sections=[], hold_s=HOLD_S, holds_max=6, status=status, order_id=order_id,
        )  # fmt: skip
        await insert(tx, "waiting_log", show_id=show_id, what="joined", number=number, quantity=quantity)
        if order_id:
            await tx.execute("update orders set waiting_entry_id = $2 where id = $1", order_id, entry_id)
            await insert(
                tx, "waiting_log", show_id=show_id, what="offered", number=number, quantity=quantity, passed_over=[1],
                passed_over_count=1,
            )  # fmt: skip
