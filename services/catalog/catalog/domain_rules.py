"""How an organiser lets tickets of a show be sold on and given away. Pure: time and ids come in, events go out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from catalog.domain import Moment, Show, ShowIsCancelled, ShowIsOver
from catalog.domain_venues import CurrencyCode, currency_errors
from fairseat_common.contracts import Money, ResaleRulesSet
from fairseat_common.contracts.refusals import FieldError, Invalid, VersionStale
from fairseat_common.money import AMOUNT_MAX, step_of

CAP_PERCENT_MAX = 1_000
FEE_PERCENT_MAX = 50

CapPercent = Annotated[int, Meta(ge=1, le=CAP_PERCENT_MAX)]
FeePercent = Annotated[int, Meta(ge=0, le=FEE_PERCENT_MAX)]
RuleSource = Literal["show", "organiser", "venue"]
"""Whose a rule is: the show's own, its organiser's for all shows, or the place's for all that happens there."""


class RulesInvalid(Invalid):
    """The rules contradict each other, or the show."""

    slug = "rules-invalid"
    title = "These rules do not work"
    detail = "Some of the rules do not go together, or not with the show; `errors` says which and why."


class CapAmount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that may be asked for one seat, in minor units of the show's currency."""

    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    currency: CurrencyCode


class RulesDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules that an organiser sets; they replace those before as a whole.

    A cap is the most that may be asked for a seat before the buyer's fee: in per cent of what it was first sold for
    here, or an amount. Fees are in per cent of the price and replace the marketplace's for tickets that are sold again.
    """

    resale: bool = True
    transferable: bool = True
    cap_percent: CapPercent | None = None
    cap_amount: CapAmount | None = None
    buyer_fee_percent: FeePercent | None = None
    seller_fee_percent: FeePercent | None = None
    resale_until: Moment | None = None


class ResaleRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that hold for a show; version 0: nobody has set any, and the marketplace's own fees hold.

    `own` are those that were set for this show alone; without them its organiser's for all shows are asked for. What
    the place demands holds in any case. `sources` says of each rule that was set whose it is.
    """

    show_id: UUID
    resale: bool = True
    transferable: bool = True
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_until: datetime | None = None
    own: RulesDraft | None = None
    sources: dict[str, RuleSource] = msgspec.field(default_factory=dict)
    version: int = 0


def rules_check(show: Show, rules: ResaleRules, draft: RulesDraft | None, expected: int, now: datetime) -> None:
    """Whether a show's own rules can become these, or (None) end.

    Raises VersionStale, ShowIsCancelled, ShowIsOver, RulesInvalid.
    """
    if rules.version != expected:
        raise VersionStale(current_version=rules.version)
    if show.status == "cancelled":
        raise ShowIsCancelled
    if show.status == "scheduled" and show.starts_at <= now:
        raise ShowIsOver(
            "Once a show has begun its tickets are neither sold nor given away, so no rule is left to set."
        )
    if draft is None:
        return
    caps = cap_errors(draft.cap_percent, draft.cap_amount, show.currency)
    if errors := [*caps, *_until_errors(draft, show, rules, now)]:
        raise RulesInvalid(None, *errors)


def rules_next(
    show: Show,
    rules: ResaleRules,
    own: RulesDraft | None,
    holding: RulesDraft,
    sources: dict[str, RuleSource],
    rules_id: UUID,
    now: datetime,
) -> tuple[ResaleRules, ResaleRulesSet | None]:
    """The show's next rules, of which `holding` is what holds, and the event; no event where nothing changes."""
    wanted: dict[str, Any] = msgspec.structs.asdict(holding)
    cap = holding.cap_amount
    wanted["cap_amount"] = Money(cap.amount, cap.currency) if cap else None
    wanted["resale_until"] = holding.resale_until.astimezone(UTC) if holding.resale_until else None
    following = msgspec.structs.replace(rules, **wanted, own=own, sources=sources)
    if following == rules:
        return rules, None
    following = msgspec.structs.replace(following, version=rules.version + 1)
    event = ResaleRulesSet(
        rules_id=rules_id,
        show_id=show.id,
        organiser_id=show.organiser_id,
        by_venue=tuple(name for name, source in sources.items() if source == "venue"),
        version=following.version,
        occurred_at=now,
        **wanted,
    )
    return following, event


def cap_errors(percent: int | None, cap: CapAmount | None, currency: str | None) -> list[FieldError]:
    """What is wrong with a cap, for a show that is sold in this currency (None: for shows in any)."""
    if cap is None:
        return []
    if percent is not None:
        return [FieldError("cap_amount", "send a cap either in per cent or as an amount")]
    if currency is not None and cap.currency != currency:
        return [FieldError("cap_amount.currency", f"this show is sold in {currency}")]
    if currency_errors(cap.currency):
        return [FieldError("cap_amount.currency", "is no currency that cards are charged in here")]
    if cap.amount % (step := step_of(cap.currency)):
        return [FieldError("cap_amount.amount", f"cards pay {cap.currency} in steps of {step} minor units")]
    return []


def _until_errors(draft: RulesDraft, show: Show, rules: ResaleRules, now: datetime) -> list[FieldError]:
    """A time that has passed may stay as it is while other rules change."""
    until = draft.resale_until
    if until is None or (rules.own is not None and until == rules.own.resale_until):
        return []
    if until <= now:
        return [FieldError("resale_until", "must be in the future; to end resale now, do not allow it")]
    if show.status == "scheduled" and until > show.starts_at:
        return [FieldError("resale_until", "must not be after the show begins")]
    return []
