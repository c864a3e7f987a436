"""What holders can read about their places."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from fairseat_common.web import Page
from tickets import actions_tickets, store_history
from tickets.domain_history import Entry, chain_ids, history_of


async def ticket_history(tx: Connection, holder_id: UUID, ticket_id: UUID) -> Page[Entry]:
    """How a ticket came to its holder and where it went, the oldest first, on one page; raises NotFound."""
    await actions_tickets.ticket_own(tx, holder_id, ticket_id)
    links = await store_history.chain_get(tx, ticket_id)
    after = await store_history.successor_get(tx, ticket_id)
    transfers = await store_history.transfers_of_chain(tx, chain_ids(links))
    return Page(history_of(links, after, transfers, holder_id), None)
