"""What is done with the rules of resale of a show: read them, set its own, and follow those that stand above it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalog import actions_teams, domain_rules, domain_standing, store, store_rules, store_standing
from catalog.domain import Show
from catalog.domain_rules import ResaleRules, RulesDraft
from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.web import SignedIn


async def read_rules(tx: Connection, show_id: UUID) -> ResaleRules:
    """The rules that hold for a show now; raises NotFound."""
    await _show(tx, show_id)
    rules, _ = await store_rules.rules_get(tx, show_id)
    return rules


async def set_rules(
    tx: Connection, user: SignedIn, show_id: UUID, draft: RulesDraft | None, expected: int
) -> ResaleRules:
    """Set the show's own rules for what is listed from now on, or (None) let it have its organiser's again.

    Raises NotFound, DutyMissing, VersionStale, ShowIsCancelled, ShowIsOver, RulesInvalid.
    """
    await actions_teams.show_duty_check(tx, user, show_id, "manage")
    await store.show_lock(tx, show_id)
    show = await _show(tx, show_id)
    rules, rules_id = await store_rules.rules_get(tx, show_id)
    now = await store.clock(tx)
    domain_rules.rules_check(show, rules, draft, expected, now)
    following = await _hold(tx, show, rules, rules_id, draft, user.id, now)
    if following.version > rules.version:
        await audit(tx, user.id, "resale-rules-set", str(show_id), version=following.version)
    return following


async def follow_standing(tx: Connection, show: Show, actor_id: UUID, now: datetime) -> bool:
    """Let a show, locked or new, have what its own rules and those above it make now; whether that is something new.

    Whatever such rules count from may have changed: they themselves, or the show's start.
    """
    rules, rules_id = await store_rules.rules_get(tx, show.id)
    following = await _hold(tx, show, rules, rules_id, rules.own, actor_id, now)
    return following.version > rules.version


async def _hold(
    tx: Connection,
    show: Show,
    rules: ResaleRules,
    rules_id: UUID | None,
    own: RulesDraft | None,
    actor_id: UUID,
    now: datetime,
) -> ResaleRules:
    organiser, venue = await store_standing.standing_for(tx, show)
    holding, sources = domain_standing.rules_for(show, own, organiser, venue)
    following, event = domain_rules.rules_next(show, rules, own, holding, sources, rules_id or new_id(), now)
    if event is not None:
        await store_rules.rules_add(tx, event, following, actor_id)
        await outbox.append(tx, event)
    return following


async def _show(tx: Connection, show_id: UUID) -> Show:
    show = await store.show_get(tx, show_id)
    if show is None:
        raise NotFound
    return show
