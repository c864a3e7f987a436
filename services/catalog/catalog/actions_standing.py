"""What is done with standing rules: a place's and an organiser's are set at once, and their shows follow in batches."""

from __future__ import annotations

from uuid import UUID

from catalog import actions_rules, actions_teams, domain_standing, store, store_standing
from catalog.domain_standing import StandingDraft, StandingKind, StandingRules
from catalog.domain_teams import DutyMissing
from catalog.domain_venue_changes import VenueNotYours
from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from fairseat_common.web import SignedIn

BATCH_MAX = 100
"""Shows that take standing rules over in one transaction."""


async def read_standing(tx: Connection, kind: StandingKind, source_id: UUID) -> StandingRules:
    """The rules that stand for a place or an organiser; raises NotFound."""
    await _source_check(tx, kind, source_id)
    return await store_standing.standing_get(tx, kind, source_id)


async def set_standing(
    tx: Connection, user: SignedIn, kind: StandingKind, source_id: UUID, draft: StandingDraft, expected: int
) -> StandingRules:
    """Set the rules for all shows of a place or an organiser, for what is listed once they have taken them over.

    Raises NotFound, VenueNotYours, DutyMissing, VersionStale, RulesInvalid.
    """
    organiser_id = await _source_check(tx, kind, source_id, user)
    try:
        await actions_teams.organiser_duty_check(tx, user, organiser_id, "manage")
    except DutyMissing:
        if kind == "venue":
            raise VenueNotYours from None
        raise
    await store_standing.standing_lock(tx, kind, source_id)
    rules = await store_standing.standing_get(tx, kind, source_id)
    following = domain_standing.standing_set(rules, draft, expected)
    if following.version > rules.version:
        await store_standing.standing_add(tx, following, draft, user.id)
        await audit(tx, user.id, f"{kind}-rules-set", str(source_id), version=following.version)
    return following


async def spread_rules(database: Database) -> bool:
    """Let some shows take new standing rules over; answers whether there may be more.

    Whoever sets rules meanwhile waits for the batch, and all begins again with theirs.
    """
    async with database.transaction() as tx:
        spread = await store_standing.spread_take(tx)
        if spread is None:
            return False
        show_ids = await store_standing.spread_shows(tx, spread, BATCH_MAX)
        now = await store.clock(tx)
        for show_id in show_ids:
            show = await store.show_get(tx, show_id)
            assert show is not None, "was locked just now"
            await actions_rules.follow_standing(tx, show, spread.set_by, now)
        await store_standing.spread_advance(tx, spread, show_ids[-1] if len(show_ids) == BATCH_MAX else None)
    return True


async def _source_check(tx: Connection, kind: StandingKind, source_id: UUID, user: SignedIn | None = None) -> UUID:
    """Whose rules they are; raises NotFound for a place or an organiser that nobody knows."""
    if kind == "venue":
        organiser_id = await store_standing.venue_organiser(tx, source_id)
        if organiser_id is None:
            raise NotFound
        return organiser_id
    own = user is not None and user.id == source_id and "organiser" in user.roles
    if not own and not await store_standing.organiser_known(tx, source_id):
        raise NotFound
    return source_id
