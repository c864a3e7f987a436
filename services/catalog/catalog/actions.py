"""What catalog can do with venues and shows: load, decide, save. The caller owns the transaction."""

from __future__ import annotations

from uuid import UUID

from catalog import actions_rules, domain, domain_venues, store, store_standing, store_teams
from catalog.domain import Show, ShowChanges, ShowDraft
from catalog.domain_search import document_of
from catalog.domain_venues import Venue, VenueDraft, VenueFacts
from fairseat_common import outbox
from fairseat_common.contracts.refusals import FieldError, Invalid, NotFound
from fairseat_common.database import Connection
from fairseat_common.ids import new_id


async def add_venue(tx: Connection, organiser_id: UUID, draft: VenueDraft) -> VenueFacts:
    """Add a venue with its chart; raises Invalid, or VenueExists with the id of the one that is there."""
    venue, event = domain_venues.venue_new(draft, new_id(), await store.clock(tx))
    if not await store.venue_add(tx, venue, organiser_id):
        found = await store.venue_id_by_name(tx, venue)
        raise domain_venues.VenueExists(venue_id=str(found))
    await outbox.append(tx, event)
    return venue.facts


async def announce_show(tx: Connection, organiser_id: UUID, draft: ShowDraft) -> Show:
    """Announce a show; raises Invalid."""
    found = await store.venue_facts(tx, draft.venue_id)
    if found is None:
        raise Invalid(None, FieldError("venue_id", "names no venue"))
    venue, now = found
    show, event = domain.show_new(draft, venue, new_id(), organiser_id, now)
    await store.show_add(tx, show, document_of(show))
    await outbox.append(tx, event)
    await store_standing.standing_hold(tx, show)
    await actions_rules.follow_standing(tx, show, organiser_id, now)
    return show


async def edit_show(
    tx: Connection, user_id: UUID, show_id: UUID, changes: ShowChanges, expected: int, *, any_show: bool
) -> Show:
    """Change, postpone, reschedule or cancel a show that one organises or manages for its organiser, or any show.

    Raises NotFound, ShowNotYours, VersionStale, ShowIsCancelled, ShowIsOver, Invalid.
    """
    organiser_id = await store.show_lock(tx, show_id)
    if organiser_id is None:
        raise NotFound
    theirs = organiser_id == user_id or "manage" in await store_teams.duties_of(tx, organiser_id, user_id)
    if not theirs and not any_show:
        raise domain.ShowNotYours
    show = await read_show(tx, show_id)
    now = await store.clock(tx)
    edited, event = domain.show_edited(show, changes, expected, now)
    if event is not None:
        await store.show_update(tx, edited, document_of(edited))
        await outbox.append(tx, event if theirs else domain.cancelled_by_operator(event, changes.reason))
        if edited.status != "cancelled":
            await actions_rules.follow_standing(tx, edited, user_id, now)
    return edited


async def read_show(tx: Connection, show_id: UUID) -> Show:
    """A show; raises NotFound."""
    show = await store.show_get(tx, show_id)
    if show is None:
        raise NotFound
    return show


async def read_venue(tx: Connection, venue_id: UUID) -> Venue:
    """A venue with its chart; raises NotFound."""
    venue = await store.venue_get(tx, venue_id)
    if venue is None:
        raise NotFound
    return venue
