"""What organisers and their teams can do with what is theirs: find their shows, change their venues."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalog import actions_teams, domain, store, store_organising, store_teams
from catalog.domain import Show
from catalog.domain_search import document_of
from catalog.domain_teams import DutyMissing
from catalog.domain_venue_changes import RENAMED_SHOWS_MAX, VenueChanges, VenueInUse, VenueNotYours, venue_edited
from catalog.domain_venues import ORGANISER_ROLES, OrganiserOnly, Venue, VenueExists, VenueFacts, organiser_check
from fairseat_common import outbox
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.web import Page, SignedIn, page_of


async def editing_check(tx: Connection, user: SignedIn) -> None:
    """Raise OrganiserOnly unless somebody organises, operates, or manages shows for an organiser; AccountBanned."""
    await check_not_banned(tx, user.id)
    if not user.roles & ORGANISER_ROLES and not await store_teams.manages_somewhere(tx, user.id):
        raise OrganiserOnly


async def organiser_for(tx: Connection, user: SignedIn, organiser_id: UUID | None) -> UUID:
    """For whom somebody announces a show: themselves (None), or an organiser for whom they manage shows.

    Raises OrganiserOnly, DutyMissing, AccountBanned; the last also where it is the organiser who was banned.
    """
    await check_not_banned(tx, user.id)
    if organiser_id is None or organiser_id == user.id:
        organiser_check(user.roles)
        return user.id
    if "manage" not in await store_teams.duties_of(tx, organiser_id, user.id):
        raise DutyMissing(duty="manage")
    await check_not_banned(tx, organiser_id)
    return organiser_id


async def managed_by(tx: Connection, user_id: UUID) -> list[UUID]:
    """Oneself, and the organisers for whom one manages shows."""
    return await store_organising.organisers_of(tx, user_id, "manage")


async def list_own_shows(
    tx: Connection, user_id: UUID, after: tuple[datetime, UUID] | None, limit: int, *, past: bool
) -> Page[Show]:
    """A page of the shows that one organises or works at: those ahead by date, or those that are over."""
    organisers = await store_organising.organisers_of(tx, user_id)
    found = await store_organising.shows_own(tx, organisers, after, limit + 1, past=past)
    return page_of(found, limit, lambda show: (show.starts_at, show.id))


async def edit_venue(
    tx: Connection, user: SignedIn, venue_id: UUID, changes: VenueChanges, expected: int
) -> VenueFacts:
    """Change a venue of one's own, or any venue as an operator; shows ahead take a new name over.

    Raises NotFound, VenueNotYours, VersionStale, Invalid, VenueExists, VenueInUse.
    """
    organiser_id = await store_organising.venue_lock(tx, venue_id)
    if organiser_id is None:
        raise NotFound
    try:
        await actions_teams.organiser_duty_check(tx, user, organiser_id, "manage")
    except DutyMissing:
        raise VenueNotYours from None
    before = await store.venue_get(tx, venue_id)
    assert before is not None, "was locked just now"
    in_use = await store_organising.venue_in_use(tx, venue_id)
    venue, event = venue_edited(before, changes, expected, await store.clock(tx), in_use=in_use)
    if event is None:
        return venue.facts
    if taken := await store_organising.venue_name_taken(tx, venue):
        raise VenueExists(venue_id=str(taken))
    await store_organising.venue_update(tx, venue)
    await outbox.append(tx, event)
    if venue.name != before.name:
        await _rename_shows(tx, venue)
    return venue.facts


async def _rename_shows(tx: Connection, venue: Venue) -> None:
    ahead = await store_organising.shows_ahead(tx, venue.id, RENAMED_SHOWS_MAX + 1)
    if len(ahead) > RENAMED_SHOWS_MAX:
        raise VenueInUse(missing=["name"])
    now = await store.clock(tx)
    for show_id in ahead:
        show = await store.show_get(tx, show_id)
        assert show is not None, "was locked just now"
        moved, event = domain.show_told_again(show, now)
        await store.show_update(tx, moved, document_of(moved))
        await outbox.append(tx, event)
