"""What organisers can do with a house: put all of it on sale at once, and let the sale open at another time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from msgspec import UNSET

from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts.refusals import FieldError, Invalid, NotFound
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.web import SignedIn, expect_version
from tickets import actions_teams, store_copies, store_listings, store_onsales, store_teams
from tickets.domain import Show, ShowOver
from tickets.domain_listings import Listing, listing_moved
from tickets.domain_onsales import (
    Block,
    NewOnsale,
    OnsaleEdit,
    OnsaleExists,
    OnsaleOpen,
    OnsaleView,
    OnsaleZoneView,
    OrganiserUnknown,
    SeatsAlreadyListed,
    blocks_of,
    check_untaken,
    house_check,
    listing_first,
    opening_asked,
)
from tickets.domain_prices import FeeRule
from tickets.domain_rules import Terms
from tickets.domain_teams import DutyMissing
from tickets.domain_tickets import Ticket, tickets_new


async def onsale_create(tx: Connection, user: SignedIn, wanted: NewOnsale, market: FeeRule) -> OnsaleView:
    """Put a whole house on sale: a listing for each row, sold by the show's organiser.

    Raises AccountBanned, NotFound, DutyMissing, OrganiserUnknown, OnsaleExists, ShowOver, Invalid, SeatsAlreadyListed.
    """
    await actions_teams.duty_check(tx, user, wanted.show_id, "manage")
    show = await store_copies.show_get(tx, wanted.show_id)
    organiser_id = await store_teams.organiser_of(tx, wanted.show_id)
    if show is None:
        raise NotFound("There is no such show.")
    if organiser_id is None:
        raise OrganiserUnknown
    for person_id in (user.id, organiser_id):
        await check_not_banned(tx, person_id)
    blocks = blocks_of(wanted.zones, await store_onsales.chart_get(tx, show.venue_id), show.currency)
    house_check(blocks)
    opens_at = opening_asked(wanted.opens_at, show)
    if show.over:
        raise ShowOver
    await store_onsales.house_lock(tx, show.id)
    if await store_onsales.onsale_get(tx, show.id) is not None:
        raise OnsaleExists
    check_untaken(blocks, await store_onsales.places_taken(tx, show.id))
    await store_onsales.onsale_add(tx, show.id, organiser_id, user.id, opens_at, wanted.zones)
    terms = Terms(fees=market, primary=True, opens_at=opens_at)
    await _list_house(tx, show, organiser_id, blocks, terms)
    await audit(tx, user.id, "house-put-on-sale", str(show.id), opens_at=opens_at, listings=len(blocks))
    return await _view(tx, show.id, private=True)


async def _list_house(tx: Connection, show: Show, organiser_id: UUID, blocks: Sequence[Block], terms: Terms) -> None:
    """Write tickets, listings and events, however many, in a handful of statements."""
    made = [listing_first(block, show, terms, organiser_id, new_id()) for block in blocks]
    listings, events = [listing for listing, _ in made], [event for _, event in made]
    tickets = [ticket for listing in listings for ticket in _tickets(listing)]
    if not await store_onsales.tickets_add(tx, show.id, organiser_id, tickets):
        raise SeatsAlreadyListed
    await store_listings.listings_add(tx, listings)
    if not await store_onsales.seats_add(tx, listings, [ticket.id for ticket in tickets]):
        raise SeatsAlreadyListed
    await outbox.append_many(tx, events)


def _tickets(listing: Listing) -> list[Ticket]:
    return tickets_new(
        listing.show_id, listing.section, listing.row, listing.seats, listing.seller_id, None, new_id, uuid4,
        listing.created_at,
    )  # fmt: skip


async def onsale_edit(tx: Connection, user: SignedIn, show_id: UUID, version: int, edit: OnsaleEdit) -> OnsaleView:
    """Let a sale that has not begun open at another time; all its listings say so.

    Raises NotFound, DutyMissing, VersionStale, OnsaleOpen, ShowOver, Invalid.
    """
    await actions_teams.duty_check(tx, user, show_id, "manage")
    onsale = await store_onsales.onsale_get(tx, show_id, lock=True)
    show = await store_copies.show_get(tx, show_id)
    if onsale is None or show is None:
        raise NotFound("This show is not on sale by its organiser.")
    expect_version(onsale["version"], version)
    if edit.opens_at is UNSET:
        raise Invalid(None, FieldError("opens_at", "say when the sale opens; null: now"))
    if onsale["opens_at"] <= show.now:
        raise OnsaleOpen
    opens_at = opening_asked(edit.opens_at, show)
    if show.over:
        raise ShowOver
    await _opening_set(tx, show, opens_at, version + 1)
    await audit(tx, user.id, "opening-changed", str(show_id), opens_at=opens_at)
    return await _view(tx, show_id, private=True)


async def _opening_set(tx: Connection, show: Show, opens_at: datetime, version: int) -> None:
    listings = await store_onsales.opening_set(tx, show.id, opens_at, version)
    if listings:
        await outbox.append_many(tx, [listing_moved(listing, show.now) for listing in listings])


async def onsale_show(tx: Connection, show_id: UUID, reader: SignedIn | None) -> OnsaleView:
    """The sale of a house; raises NotFound where there is none."""
    private = False
    if reader is not None:
        try:
            await actions_teams.duty_check(tx, reader, show_id, "manage")
            private = True
        except DutyMissing:
            pass
    return await _view(tx, show_id, private=private)


async def _view(tx: Connection, show_id: UUID, *, private: bool) -> OnsaleView:
    onsale = await store_onsales.onsale_get(tx, show_id)
    if onsale is None:
        raise NotFound("This show is not on sale by its organiser.")
    zones = [
        OnsaleZoneView(
            name=zone["name"],
            unit_price=zone["unit_price"],
            all_in_unit_price=zone["lowest"],
            sections=zone["sections"],
            seats=zone["seats"],
            available=zone["available"],
            held=zone["held"] if private else UNSET,
            sold=zone["sold"] if private else UNSET,
        )
        for zone in await store_onsales.zones_get(tx, show_id)
    ]
    return OnsaleView(
        show_id=show_id,
        organiser_id=onsale["organiser_id"],
        opens_at=onsale["opens_at"],
        open=onsale["opens_at"] <= onsale["now"],
        now=onsale["now"],
        seats=sum(zone.seats for zone in zones),
        zones=zones,
        version=onsale["version"],
    )
