"""How an organiser lets tickets of a show be sold on and given away. Pure: time and ids come in, events go out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from catalog.domain import Moment, Show, ShowIsCancelled, ShowIsOver
from catalog.domain_venues import CurrencyCode
from fairseat_common.contracts import Money, ResaleRulesSet
from fairseat_common.contracts.refusals import FieldError, Invalid, VersionStale
from fairseat_common.money import AMOUNT_MAX, step_of

CAP_PERCENT_MAX = 1_000
FEE_PERCENT_MAX = 50

CapPercent = Annotated[int, Meta(ge=1, le=CAP_PERCENT_MAX)]
FeePercent = Annotated[int, Meta(ge=0, le=FEE_PERCENT_MAX)]


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
    """The rules of a show. Version 0: its organiser has set none, and the marketplace's own fees hold."""

    show_id: UUID
    resale: bool = True
    transferable: bool = True
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_until: datetime | None = None
    version: int = 0


def rules_set(
    show: Show, rules: ResaleRules, draft: RulesDraft, expected: int, rules_id: UUID, now: datetime
) -> tuple[ResaleRules, ResaleRulesSet | None]:
    """The show's next rules and the event; no event where nothing changes.

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
    if errors := [*_cap_errors(draft, show), *_until_errors(draft, show, rules, now)]:
        raise RulesInvalid(None, *errors)
    wanted: dict[str, Any] = msgspec.structs.asdict(draft)
    wanted["cap_amount"] = Money(draft.cap_amount.amount, draft.cap_amount.currency) if draft.cap_amount else None
    wanted["resale_until"] = draft.resale_until.astimezone(UTC) if draft.resale_until else None
    following = msgspec.structs.replace(rules, **wanted)
    if following == rules and rules.version:
        return rules, None
    following = msgspec.structs.replace(following, version=rules.version + 1)
    event = ResaleRulesSet(
        rules_id=rules_id, organiser_id=show.organiser_id, occurred_at=now, **msgspec.structs.asdict(following)
    )
    return following, event


def _cap_errors(draft: RulesDraft, show: Show) -> list[FieldError]:
    cap = draft.cap_amount
    if cap is None:
        return []
    if draft.cap_percent is not None:
        return [FieldError("cap_amount", "send a cap either in per cent or as an amount")]
    if cap.currency != show.currency:
        return [FieldError("cap_amount.currency", f"this show is sold in {show.currency}")]
    if cap.amount % (step := step_of(show.currency)):
        return [FieldError("cap_amount.amount", f"cards pay {show.currency} in steps of {step} minor units")]
    return []


def _until_errors(draft: RulesDraft, show: Show, rules: ResaleRules, now: datetime) -> list[FieldError]:
    """A time that has passed may stay as it is while other rules change."""
    until = draft.resale_until
    if until is None or until == rules.resale_until:
        return []
    if until <= now:
        return [FieldError("resale_until", "must be in the future; to end resale now, do not allow it")]
    if show.status == "scheduled" and until > show.starts_at:
        return [FieldError("resale_until", "must not be after the show begins")]
    return []
