"""What sellers can do with listings: put seats on sale, edit, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec

from fairseat_common import outbox
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database, wait_for
from fairseat_common.ids import new_id
from fairseat_common.web import expect_version
from tickets import (
    actions_delivery,
    actions_rules,
    store_copies,
    store_listings,
    store_refunds,
    store_tickets,
    store_transfers,
)
from tickets.domain import NewListing, Row, Show, ShowOver, price_asked, seats_asked
from tickets.domain_browsing import ListingView, listing_view
from tickets.domain_delivery import codes_asked
from tickets.domain_listings import (
    Listing,
    ListingEdit,
    SeatAlreadyListed,
    SectionFull,
    check_editable,
    listing_edited,
    listing_new,
    listing_withdrawn,
)
from tickets.domain_prices import FeeRule
from tickets.domain_rules import SeatNotHeld
from tickets.domain_tickets import Ticket, TicketUsed, tickets_new


async def show_await(database: Database, show_id: UUID) -> None:
    """Wait a moment for a show that this service may not have heard of yet; raises NotFound."""

    async def look() -> bool | None:
        async with database.connection() as connection:
            return await store_copies.show_known(connection, show_id)

    if not await wait_for(look):
        raise NotFound("There is no such show.")


async def list_seats(tx: Connection, seller_id: UUID, wanted: NewListing, rule: FeeRule) -> ListingView:
    """Put seats on sale.

    Raises AccountBanned, NotFound, ShowOver, CurrencyMismatch, Invalid, SeatAlreadyListed, SectionFull,
    TicketInTransfer, TicketUsed, CodeTaken, CodesKept, SeatNotHeld and, by the organiser's rules, ResaleNotAllowed,
    ResaleOver, PriceAboveCap.
    """
    await check_not_banned(tx, seller_id)
    show = await store_copies.show_get(tx, wanted.show_id)
    if show is None:
        raise NotFound("There is no such show.")
    place = await store_copies.row_get(tx, show.venue_id, wanted.section, wanted.row)
    seats = seats_asked(wanted, place)
    price = price_asked(wanted.unit_price, show.currency)
    if wanted.codes is not None:
        codes_asked(wanted.codes, wanted.seats or ("",) * (wanted.quantity or 0))
    if show.over:
        raise ShowOver
    assert place is not None, "seats_asked refuses an unknown section"
    if place.kind == "standing":
        await store_listings.row_lock(tx, show.id, wanted.section, wanted.row)
        seats = await _places(tx, seller_id, show, wanted, place)
    else:
        await store_listings.row_share(tx, show.id, wanted.section, wanted.row)
    tickets = await _sellers_tickets(tx, seller_id, show, wanted, seats)
    terms = await actions_rules.listing_terms(tx, show, seller_id, tickets, price, rule)
    listing, event = listing_new(wanted, show, place.position or 0, seats, new_id(), seller_id, terms)
    await store_listings.listing_add(tx, listing)
    listed = await store_listings.seats_add(tx, listing, [ticket.id for ticket in tickets])
    _all_or_refuse(seats, listed)
    if wanted.codes is not None:
        codes = codes_asked(wanted.codes, wanted.seats or seats)
        listing = await actions_delivery.codes_register(tx, listing, codes)
    await outbox.append(tx, event)
    return listing_view(listing, seller_id)


async def _places(tx: Connection, seller_id: UUID, show: Show, wanted: NewListing, place: Row) -> tuple[str, ...]:
    """Places of a standing section: first those that the seller has bought, then free ones.

    Raises SectionFull, and SeatNotHeld where all places are the organiser's to sell first.
    """
    count = wanted.quantity or 0
    own = await store_tickets.tickets_unlisted(tx, seller_id, wanted.show_id, wanted.section, count)
    missing = count - len(own)
    if missing and not _may_bring(show, seller_id):
        raise SeatNotHeld(available=len(own))
    free = await store_listings.places_free(tx, wanted.show_id, wanted.section, place.capacity, missing)
    if len(free) < missing:
        raise SectionFull(available=len(own) + len(free))
    return tuple(sorted([*(ticket.seat for ticket in own), *free], key=int))


async def _sellers_tickets(
    tx: Connection, seller_id: UUID, show: Show, wanted: NewListing, seats: Sequence[str]
) -> list[Ticket]:
    """The seller's tickets for the seats: the valid ones that they hold, and new ones for places without any.

    Raises SeatAlreadyListed, TicketInTransfer, TicketUsed, and SeatNotHeld where every ticket is the organiser's first.
    """
    known = {
        ticket.seat: ticket for ticket in await store_tickets.tickets_at(tx, show.id, wanted.section, wanted.row, seats)
    }
    own = {seat: ticket for seat, ticket in known.items() if ticket.holder_id == seller_id}
    if used := [seat for seat, ticket in own.items() if ticket.status == "used"]:
        raise TicketUsed(seats=used)
    mine = {seat for seat, ticket in own.items() if ticket.status == "valid"}
    if not _may_bring(show, seller_id) and (strange := [seat for seat in seats if seat not in mine]):
        raise SeatNotHeld(seats=strange)
    _all_or_refuse(seats, [seat for seat in seats if seat not in known or seat in mine])
    await store_transfers.check_not_offered(tx, [ticket.id for ticket in known.values()])
    missing = [seat for seat in seats if seat not in known]
    refunded = await store_refunds.places_refunded(tx, show.id, wanted.section, wanted.row, missing) if missing else ()
    _all_or_refuse(seats, [seat for seat in seats if seat not in refunded])
    made = tickets_new(show.id, wanted.section, wanted.row, missing, seller_id, None, new_id, uuid4, show.now)
    made = [msgspec.structs.replace(ticket, house=show.house_id == seller_id) for ticket in made]
    written = set(await store_tickets.tickets_add(tx, made))
    taken = {ticket.seat for ticket in made if ticket.id not in written}
    _all_or_refuse(seats, [seat for seat in seats if seat not in taken])
    known |= {ticket.seat: ticket for ticket in made}
    return [known[seat] for seat in seats]


def _may_bring(show: Show, seller_id: UUID) -> bool:
    """Whether somebody may sell seats that nobody has a ticket for here: where the organiser sells, only they may."""
    return show.house_id in (None, seller_id)


def _all_or_refuse(asked: Sequence[str], granted: Sequence[str]) -> None:
    refused = [seat for seat in asked if seat not in set(granted)]
    if refused:
        raise SeatAlreadyListed(seats=refused)


async def listing_edit(
    tx: Connection, seller_id: UUID, listing_id: UUID, version: int, edit: ListingEdit, rule: FeeRule
) -> ListingView:
    """Change price, split rule or notes.

    Raises NotFound, VersionStale, ShowOver and what `edit_terms` and `listing_edited` raise.
    """
    await check_not_banned(tx, seller_id)
    listing = await _own_locked(tx, seller_id, listing_id)
    expect_version(listing.version, version)
    show = await store_copies.show_get(tx, listing.show_id)
    assert show is not None, "a listing has a show"
    terms = await actions_rules.edit_terms(tx, show, listing, edit, rule)
    edited, event = listing_edited(listing, edit, terms, show.now)
    if event is not None and show.over:
        raise ShowOver
    if event is not None:
        await store_listings.listing_update(tx, edited)
        await outbox.append(tx, event)
    return listing_view(edited, seller_id)


async def listing_withdraw(tx: Connection, seller_id: UUID, listing_id: UUID, version: int | None) -> None:
    """Take the unsold seats out of the sale; done before, it is done. Raises NotFound, VersionStale, ListingHeld."""
    seen = await store_listings.listing_get(tx, listing_id)
    if seen is not None:
        await store_listings.row_lock(tx, seen.show_id, seen.section, seen.row)
    listing = await _own_locked(tx, seller_id, listing_id)
    if listing.status == "withdrawn":
        return
    if version is not None:
        expect_version(listing.version, version)
    check_editable(listing)
    ticket_ids = await store_listings.seats_withdraw(tx, listing_id, listing.seats)
    await store_tickets.tickets_void_brought(tx, ticket_ids)
    withdrawn = await store_listings.listing_recount(tx, listing_id, listing.version + 1, "withdrawn")
    await outbox.append(tx, listing_withdrawn(withdrawn, await store_copies.clock(tx)))


async def _own_locked(tx: Connection, seller_id: UUID, listing_id: UUID) -> Listing:
    listing = await store_listings.listing_lock(tx, listing_id)
    if listing is None or listing.seller_id != seller_id:
        raise NotFound("There is no such listing of yours.")
    return listing
