"""What organisers can do with the rules of resale: read them, and set the next version."""

from __future__ import annotations

from uuid import UUID

from catalog import actions, actions_teams, domain_rules, store, store_rules
from catalog.domain_rules import ResaleRules, RulesDraft
from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.web import SignedIn


async def read_rules(tx: Connection, show_id: UUID) -> ResaleRules:
    """The rules that hold for a show now; raises NotFound."""
    await actions.read_show(tx, show_id)
    rules, _ = await store_rules.rules_get(tx, show_id)
    return rules


async def set_rules(tx: Connection, user: SignedIn, show_id: UUID, draft: RulesDraft, expected: int) -> ResaleRules:
    """Set the rules for what is listed from now on.

    Raises NotFound, DutyMissing, VersionStale, ShowIsCancelled, ShowIsOver, RulesInvalid.
    """
    await actions_teams.show_duty_check(tx, user, show_id, "manage")
    await store.show_lock(tx, show_id)
    show = await actions.read_show(tx, show_id)
    rules, rules_id = await store_rules.rules_get(tx, show_id)
    now = await store.clock(tx)
    following, event = domain_rules.rules_set(show, rules, draft, expected, rules_id or new_id(), now)
    if event is not None:
        await store_rules.rules_add(tx, event, user.id)
        await outbox.append(tx, event)
        await audit(tx, user.id, "resale-rules-set", str(show_id), version=following.version)
    return following
