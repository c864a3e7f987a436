"""What people can do with transfers: offer tickets, take an offer back, accept it or decline."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from fairseat_common import outbox
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts import TransferEnd
from fairseat_common.contracts.refusals import FieldError, Invalid, NotFound
from fairseat_common.database import Connection, Database, wait_for
from fairseat_common.ids import new_id
from fairseat_common.web import Page, page_of
from tickets import actions_rules, store_copies, store_tickets, store_transfers
from tickets.domain import ShowOver
from tickets.domain_tickets import Ticket, ticket_ended, ticket_given
from tickets.domain_transfers import (
    DAY_MAX,
    OPEN_FOR,
    OPEN_MAX,
    AddressUnverified,
    Box,
    NewTransfer,
    OwnAddress,
    TicketInTransfer,
    Transfer,
    TransferLimit,
    TransferOver,
    TransferView,
    tickets_transferred,
    transfer_ended,
    transfer_offered,
    transfer_view,
)

DUE_MAX = 100
"""Offers that one turn of the worker ends."""


async def user_await(database: Database, user_id: UUID) -> None:
    """Wait a moment for an account that has just been opened; who is not known then has no address here."""

    async def look() -> bool | None:
        async with database.connection() as connection:
            return await store_transfers.user_known(connection, user_id)

    await wait_for(look)


async def address_await(database: Database, user_id: UUID) -> None:
    """Wait a moment for an address that has just been verified."""

    async def look() -> bool | None:
        async with database.connection() as connection:
            return await store_transfers.address_verified(connection, user_id)

    await wait_for(look)


async def transfer_offer(tx: Connection, sender_id: UUID, wanted: NewTransfer) -> TransferView:
    """Offer tickets to whoever has an address, and say the same whether or not anybody has.

    Raises AccountBanned, NotFound, Invalid, ShowOver, NotTransferable, OwnAddress, TransferLimit, TicketVoid,
    TicketListed, TicketInTransfer.
    """
    await check_not_banned(tx, sender_id)
    ids = sorted(set(wanted.ticket_ids))
    tickets = await _own(tx, sender_id, ids)
    show = await store_copies.show_get(tx, tickets[0].show_id)
    assert show is not None, "a ticket has a show"
    if any(ticket.show_id != show.id for ticket in tickets):
        raise Invalid(None, FieldError("ticket_ids", "give away the tickets of one show at a time"))
    if show.over:
        raise ShowOver("Tickets can be given away until a show begins, and not when it is cancelled.")
    await actions_rules.check_transferable(tx, show.id)
    if await store_transfers.address_own(tx, sender_id, wanted.email):
        raise OwnAddress(None, FieldError("email", "this is your own address"))
    opened, today = await store_transfers.sender_lock(tx, sender_id)
    if opened >= OPEN_MAX or today >= DAY_MAX:
        raise TransferLimit(retry_after_s=3600)
    await _rows_lock(tx, tickets)
    _all_valid(await store_tickets.tickets_lock(tx, ids), sender_id)
    await store_transfers.check_not_listed(tx, ids)
    await store_transfers.check_not_offered(tx, ids)
    transfer_id = new_id()
    if await store_transfers.transfer_add(tx, transfer_id, show.id, sender_id, wanted, OPEN_FOR) < len(ids):
        raise TicketInTransfer
    transfer = await _get(tx, transfer_id)
    await outbox.append(tx, transfer_offered(transfer, show.now))
    return transfer_view(transfer, sender_id)


async def transfer_accept(tx: Connection, user_id: UUID, transfer_id: UUID) -> TransferView:
    """Take over the tickets that somebody offers; done before, it is done.

    The old tickets and their codes end, and new ones begin, in this transaction: who held the first has nothing left
    that a gate would take. Raises NotFound, AddressUnverified, TransferOver, TicketListed.
    """
    transfer = await _received(tx, user_id, transfer_id)
    # Whoever signs up with somebody else's address must not get what was meant for that person.
    if transfer.status == "offered" and not await store_transfers.address_verified(tx, user_id):
        raise AddressUnverified
    places = [(place.section, place.row) for place in transfer.places]
    await store_transfers.rows_lock(tx, transfer.show_id, places)
    show = await store_copies.show_get(tx, transfer.show_id)
    ids = [place.ticket_id for place in transfer.places]
    old = await store_tickets.tickets_lock(tx, ids)
    if show is None or show.over or not await store_transfers.transfer_accept(tx, transfer_id, user_id):
        return _already(await _get(tx, transfer_id), user_id, "accepted")
    # An order may have come for a seat that was taken out of the sale before it was offered.
    await store_transfers.check_not_listed(tx, ids)
    _all_valid(old, transfer.from_id)
    await _change_hands(tx, transfer_id, old, user_id)
    after = await _get(tx, transfer_id)
    await outbox.append(tx, tickets_transferred(after, user_id, await store_copies.clock(tx)))
    return transfer_view(after, user_id)


async def _change_hands(tx: Connection, transfer_id: UUID, old: Sequence[Ticket], to_id: UUID) -> None:
    """End tickets and begin their receiver's, one for one, with serials that nobody has seen."""
    now = await store_copies.clock(tx)
    new = [ticket_given(ticket, to_id, new_id(), uuid4(), now) for ticket in old]
    ids, new_ids = [ticket.id for ticket in old], [ticket.id for ticket in new]
    ended = await store_tickets.tickets_give(tx, ids, new_ids)
    added = await store_tickets.tickets_add(tx, new)
    assert ended == len(added) == len(old), "the rows are locked and the tickets were valid"
    await store_transfers.successors_set(tx, transfer_id, ids, new_ids)


async def transfer_decline(tx: Connection, user_id: UUID, transfer_id: UUID) -> TransferView:
    """Say no to an offer; done before, it is done. Raises NotFound, TransferOver."""
    await _received(tx, user_id, transfer_id)
    if await store_transfers.transfer_end(tx, transfer_id, "declined"):
        return transfer_view(await _tell_end(tx, transfer_id, "declined"), user_id)
    return _already(await _get(tx, transfer_id), user_id, "declined")


async def transfer_cancel(tx: Connection, user_id: UUID, transfer_id: UUID) -> None:
    """Take an offer back; where the tickets are the sender's anyway, that is done. Raises NotFound, TransferOver."""
    transfer = await store_transfers.transfer_get(tx, transfer_id)
    if transfer is None or transfer.from_id != user_id:
        raise NotFound("There is no such transfer of yours.")
    if await store_transfers.transfer_end(tx, transfer_id, "cancelled"):
        await _tell_end(tx, transfer_id, "cancelled")
        return
    ended = await _get(tx, transfer_id)
    if ended.status == "accepted":
        raise TransferOver(status_of_transfer=ended.status)


async def transfer_show(tx: Connection, user_id: UUID, transfer_id: UUID) -> TransferView:
    """A transfer for one of its two people; raises NotFound."""
    transfer = await store_transfers.transfer_get(tx, transfer_id)
    if transfer is None or not await _concerns(tx, user_id, transfer):
        raise NotFound("There is no such transfer of yours.")
    return transfer_view(transfer, user_id)


async def transfers_of(
    tx: Connection, user_id: UUID, box: Box, waiting: bool, before: UUID | None, limit: int
) -> Page[TransferView]:
    """A page of what somebody has sent, or was sent, newest first."""
    found = await store_transfers.transfers_of(tx, user_id, box, waiting, before, limit + 1)
    page = page_of(found, limit, lambda transfer: (transfer.id,))
    return Page([transfer_view(transfer, user_id) for transfer in page.items], page.next_cursor)


async def transfers_due(database: Database) -> bool:
    """End offers that nobody answered in time; answers whether there may be more. Safe in several processes."""
    async with database.transaction() as tx:
        ended = await store_transfers.transfers_due_end(tx, DUE_MAX)
        await _tell(tx, ended)
    return len(ended) == DUE_MAX


async def tickets_lost(tx: Connection, ticket_ids: Sequence[UUID]) -> None:
    """End the open offers of tickets that were refunded, or sold after all."""
    await _tell(tx, await store_transfers.transfers_of_tickets_end(tx, ticket_ids))


async def _tell(tx: Connection, ended: Sequence[Transfer]) -> None:
    now = await store_copies.clock(tx)
    events = [transfer_ended(transfer, _outcome(transfer), now) for transfer in ended]
    if events:
        await outbox.append_many(tx, events)


def _outcome(transfer: Transfer) -> TransferEnd:
    assert transfer.status != "offered" and transfer.status != "accepted", "it has ended without a change of hands"  # noqa: PT018
    return transfer.status


async def _tell_end(tx: Connection, transfer_id: UUID, outcome: TransferEnd) -> Transfer:
    after = await _get(tx, transfer_id)
    await outbox.append(tx, transfer_ended(after, outcome, await store_copies.clock(tx)))
    return after


def _already(transfer: Transfer, user_id: UUID, wished: str) -> TransferView:
    """The transfer if it has ended as its receiver wishes; raises TransferOver if it has ended otherwise."""
    if transfer.status != wished or (transfer.to_id not in (None, user_id)):
        raise TransferOver(status_of_transfer=transfer.status)
    return transfer_view(transfer, user_id)


async def _own(tx: Connection, sender_id: UUID, ticket_ids: Sequence[UUID]) -> list[Ticket]:
    tickets = await store_tickets.tickets_get(tx, ticket_ids)
    if len(tickets) < len(ticket_ids) or any(ticket.holder_id != sender_id for ticket in tickets):
        raise NotFound("There is no such ticket of yours.")
    return tickets


async def _rows_lock(tx: Connection, tickets: Sequence[Ticket]) -> None:
    await store_transfers.rows_lock(tx, tickets[0].show_id, [(ticket.section, ticket.row) for ticket in tickets])


def _all_valid(tickets: Sequence[Ticket], holder_id: UUID) -> None:
    for ticket in tickets:
        if ticket.status != "valid" or ticket.holder_id != holder_id:
            raise ticket_ended(ticket.status)


async def _received(tx: Connection, user_id: UUID, transfer_id: UUID) -> Transfer:
    """A transfer to the user's address, which may have been accepted; raises NotFound for everybody else."""
    transfer = await store_transfers.transfer_get(tx, transfer_id)
    if transfer is None or not await store_transfers.reader_is_receiver(tx, user_id, transfer.to_email):
        raise NotFound("There is no such transfer for you.")
    return transfer


async def _concerns(tx: Connection, user_id: UUID, transfer: Transfer) -> bool:
    mine = transfer.from_id == user_id
    return mine or await store_transfers.reader_is_receiver(tx, user_id, transfer.to_email)


async def _get(tx: Connection, transfer_id: UUID) -> Transfer:
    transfer = await store_transfers.transfer_get(tx, transfer_id)
    assert transfer is not None, "transfers are never deleted"
    return transfer
