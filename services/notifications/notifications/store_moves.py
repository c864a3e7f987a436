"""The SQL of who has tickets of a show, and of the mails to them when it moves."""

from __future__ import annotations

from uuid import UUID

import msgspec

from fairseat_common.contracts import OrderConfirmed, OrderRefundDue, TicketsTransferred
from fairseat_common.database import Connection
from notifications.domain_moves import MoveFact, MoveKind


async def purchase_add(tx: Connection, event: OrderConfirmed | OrderRefundDue, refunded: int) -> None:
    """Note an order that was bought, or so many more of its seats that are refunded; in any order."""
    await tx.execute(
        "insert into purchases as p (order_id, show_id, buyer_id, quantity, refunded) values ($1, $2, $3, $4, $5)"
        " on conflict (order_id) do update set refunded = p.refunded + excluded.refunded",
        event.order_id,
        event.show_id,
        event.buyer_id,
        event.quantity,
        refunded,
    )


async def receiver_add(tx: Connection, event: TicketsTransferred) -> None:
    """Note who was given tickets."""
    await tx.execute(
        "insert into receivers (transfer_id, show_id, user_id) values ($1, $2, $3) on conflict do nothing",
        event.transfer_id,
        event.show_id,
        event.to_id,
    )


async def mails_of_move(tx: Connection, kind: MoveKind, show_id: UUID, fact_id: UUID, fact: MoveFact) -> None:
    """Queue one mail to everybody who has bought seats of a show or was given some, with their own orders.

    Each tells a fact of its own, by which it is known for as long as there are copies of it.
    """
    await tx.execute(
        "insert into mails (id, fact_id, kind, recipient_id, show_id, fact)"
        " select uuidv7(), md5($3::uuid::text || h.user_id)::uuid, $1, h.user_id, $2,"
        "  $4::text::jsonb || jsonb_build_object('orders', h.orders)"
        " from (select user_id, coalesce(jsonb_agg(order_id order by order_id) filter (where order_id is not null),"
        "  '[]') as orders from (select buyer_id as user_id, order_id from purchases"
        "   where show_id = $2 and refunded < quantity"
        "   union all select user_id, null from receivers where show_id = $2) a group by user_id) h"
        " on conflict (fact_id, kind, recipient_id) do nothing",
        kind,
        show_id,
        fact_id,
        msgspec.json.encode(fact).decode(),
    )
