"""The SQL of a place's past: the tickets that went before one, and what happened to each."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.database import Connection
from tickets import store_tickets, store_transfers
from tickets.domain_history import HISTORY_MAX, Link
from tickets.domain_tickets import Ticket
from tickets.domain_transfers import Transfer


async def chain_get(tx: Connection, ticket_id: UUID) -> list[Link]:
    """A ticket and those before it, the oldest first; of a very long chain the end."""
    rows = await tx.fetch(
        f"with recursive chain as (select t.*, 1 as step from tickets t where id = $1"
        f" union all select t.*, c.step + 1 from chain c join tickets t on t.replaced_by = c.id where c.step < $2)"
        f" select {store_tickets.COLUMNS}, printed_at,"
        " exists (select from refunded_seats r where r.order_id = chain.order_id and r.seat = chain.seat) as refunded,"
        " array(select l.created_at from listing_seats s join listings l on l.id = s.listing_id"
        " where s.ticket_id = chain.id order by l.created_at) as listed_at from chain order by step desc",
        ticket_id,
        HISTORY_MAX,
    )
    return [
        Link(
            ticket=store_tickets.ticket_of(row),
            printed_at=row["printed_at"],
            refunded=row["refunded"],
            listed_at=tuple(row["listed_at"]),
        )
        for row in rows
    ]


async def successor_get(tx: Connection, ticket_id: UUID) -> Ticket | None:
    """The ticket that took this one's place."""
    row = await tx.fetchrow(
        f"select {store_tickets.COLUMNS} from tickets where id = (select replaced_by from tickets where id = $1)",
        ticket_id,
    )
    return None if row is None else store_tickets.ticket_of(row)


async def transfers_of_chain(tx: Connection, ticket_ids: Sequence[UUID]) -> list[Transfer]:
    """The offers of these tickets, the latest of very many, oldest first."""
    rows = await tx.fetch(
        "select distinct transfer_id from transfer_tickets where ticket_id = any($1::uuid[])"
        " order by transfer_id desc limit $2",
        list(ticket_ids),
        HISTORY_MAX,
    )
    return await store_transfers.transfers_get(tx, [row["transfer_id"] for row in rows])
