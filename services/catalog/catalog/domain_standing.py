"""Rules that stand for all shows of a place or of an organiser, and what they make of one show's rules. Pure.

A show's own rules, or else its organiser's, say what is *asked*. The place's are *demanded*: of the two, the stricter
holds, field by field, so that nobody loosens what a house requires.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from catalog.domain import Show
from catalog.domain_rules import CapAmount, CapPercent, FeePercent, RulesDraft, RulesInvalid, RuleSource, cap_errors
from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import VersionStale

ENDS_HOURS_MAX = 365 * 24

StandingKind = Literal["venue", "organiser"]


class StandingDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules for all shows of a place or an organiser; they replace those before as a whole.

    As a show's own, but that resale ends by the hours before a show begins (`resale_ends_hours`), and that a cap by
    amount binds the shows that are sold in its currency.
    """

    resale: bool = True
    transferable: bool = True
    cap_percent: CapPercent | None = None
    cap_amount: CapAmount | None = None
    buyer_fee_percent: FeePercent | None = None
    seller_fee_percent: FeePercent | None = None
    resale_ends_hours: Annotated[int, Meta(ge=0, le=ENDS_HOURS_MAX)] | None = None


class StandingRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that stand for a place or an organiser; version 0: none were set.

    `spreading`: some shows ahead have not taken the newest version over yet; it takes moments.
    """

    kind: StandingKind
    id: UUID
    resale: bool = True
    transferable: bool = True
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_ends_hours: int | None = None
    version: int = 0
    spreading: bool = False


def standing_set(rules: StandingRules, draft: StandingDraft, expected: int) -> StandingRules:
    """The next version, or the rules as they are where nothing changes; raises VersionStale, RulesInvalid."""
    if rules.version != expected:
        raise VersionStale(current_version=rules.version)
    if errors := cap_errors(draft.cap_percent, draft.cap_amount, None):
        raise RulesInvalid(None, *errors)
    following = standing_of(rules.kind, rules.id, draft, rules.version)
    if following == msgspec.structs.replace(rules, spreading=False) and rules.version:
        return rules
    return msgspec.structs.replace(following, version=rules.version + 1, spreading=True)


def standing_of(
    kind: StandingKind, source_id: UUID, draft: StandingDraft, version: int, *, spreading: bool = False
) -> StandingRules:
    """Rules as they are answered."""
    facts: dict[str, Any] = msgspec.structs.asdict(draft)
    if draft.cap_amount is not None:
        facts["cap_amount"] = Money(draft.cap_amount.amount, draft.cap_amount.currency)
    return StandingRules(kind=kind, id=source_id, version=version, spreading=spreading, **facts)


def rules_for(
    show: Show, own: RulesDraft | None, organiser: StandingDraft | None, venue: StandingDraft | None
) -> tuple[RulesDraft, dict[str, RuleSource]]:
    """What holds for a show, and for each rule that somebody set, whose it is."""
    by: RuleSource = "organiser" if own is None else "show"
    asked = msgspec.structs.asdict(_for_show(organiser, show) if own is None else own)
    demanded = msgspec.structs.asdict(_for_show(venue, show))
    sources: dict[str, RuleSource] = {}
    values: dict[str, Any] = {}
    for name, wanted in asked.items():
        required = demanded[name]
        venue_decides = _is_rule(required) and (not _is_rule(wanted) or _strictness(required) <= _strictness(wanted))
        values[name] = required if venue_decides else wanted
        if _is_rule(values[name]):
            sources[name] = "venue" if venue_decides else by
    return RulesDraft(**values), sources


def _is_rule(value: object) -> bool:
    return value is not None and value is not True


def _strictness(value: bool | int | CapAmount | datetime) -> Any:
    """What is less is stricter: a forbidden thing, a lower cap or fee, an earlier end."""
    return value.amount if isinstance(value, CapAmount) else value


def _for_show(standing: StandingDraft | None, show: Show) -> RulesDraft:
    """Standing rules as one show's; a postponed one has no start from which the end of resale could count."""
    if standing is None:
        return RulesDraft()
    facts: dict[str, Any] = msgspec.structs.asdict(standing)
    hours = facts.pop("resale_ends_hours")
    if standing.cap_amount is not None and standing.cap_amount.currency != show.currency:
        facts["cap_amount"] = None
    until = None if hours is None or show.status == "postponed" else show.starts_at - timedelta(hours=hours)
    return RulesDraft(**facts, resale_until=until)
