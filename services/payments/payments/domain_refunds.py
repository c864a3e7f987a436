"""The rules of money that goes back: refunds that are due once, and disputes that the buyer's bank decides.

A refund is due, then refunded:

    captured, stray    the provider gives the money back; looked up before anything is sent again
    voided             nothing was ever charged: the refund is settled without the provider
    dispute lost       the bank has given the money back already: the refund is settled by the dispute
    anything else      it waits until the capture is decided

A dispute is opened, then won or lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from fairseat_common.contracts import Event, Money, PaymentDisputed, PaymentRefunded
from fairseat_common.contracts.payments import DisputeStage as DisputeStage
from fairseat_common.contracts.payments import ReturnReason as ReturnReason
from payments.domain import Attempt, Status, facts
from payments.domain_refusals import ProviderDisagrees

RefundStatus = Literal["due", "refunded"]
SettledBy = Literal["provider", "void", "dispute"]
RefundWork = Literal["send", "void", "dispute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money of one attempt that has to go back, once. Its id is the provider's idempotency key.

    `settled_by` says whose books it moved: the provider paid it out, or nothing had been charged (void), or a lost
    dispute had taken it before. `provider_id` is set for the first only. `sent`: the provider may have heard of it.
    """

    id: UUID
    order_id: UUID
    attempt_id: UUID
    reason: ReturnReason
    seats: tuple[str, ...]
    amount: Money
    status: RefundStatus
    provider_id: str | None
    settled_by: SettledBy | None
    version: int
    keys_used: int
    sent: bool
    tries: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """The buyer's bank takes a payment back until it has decided."""

    id: UUID
    attempt_id: UUID
    order_id: UUID
    amount: Money
    provider_id: str
    stage: DisputeStage
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """The provider's refund, as far as we read it."""

    id: str
    intent_id: str
    amount: Money
    refund_id: str | None
    """Our refund's id in its metadata; None if somebody else made it."""
    made: bool
    """The money is on its way; False if the bank sent it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The provider's dispute, as far as we read it."""

    id: str
    intent_id: str
    amount: Money
    stage: DisputeStage


def refund_due(refund_id: UUID, attempt: Attempt, reason: ReturnReason, seats: tuple[str, ...], amount: Money,
               now: datetime) -> Refund:  # fmt: skip
    """A refund that nobody has worked on."""
    return Refund(
        id=refund_id,
        order_id=attempt.order_id,
        attempt_id=attempt.id,
        reason=reason,
        seats=seats,
        amount=amount,
        status="due",
        provider_id=None,
        settled_by=None,
        version=1,
        keys_used=0,
        sent=False,
        tries=0,
        created_at=now,
    )


def refund_work(status: Status, stage: DisputeStage | None) -> RefundWork | None:
    """How a due refund is settled, by its attempt's status and its dispute's stage, if there is one."""
    if status == "voided":
        return "void"
    if status not in ("captured", "stray") or stage == "opened":
        return None
    return "dispute" if stage == "lost" else "send"


def settle(
    refund: Refund, attempt: Attempt, by: SettledBy, provider_id: str | None, now: datetime
) -> tuple[Refund, Attempt, list[Event]]:
    """The refund and its attempt after the money went back, and the fact to publish. Old news changes nothing."""
    if refund.status == "refunded":
        return refund, attempt, []
    refund = replace(refund, status="refunded", provider_id=provider_id, settled_by=by, version=refund.version + 1)
    attempt = replace(attempt, version=attempt.version + 1)
    event = PaymentRefunded(refund_id=refund.id, refunded=refund.amount, reason=refund.reason, **facts(attempt, now))
    return refund, attempt, [event]


def check_given_back(refund: Refund, attempt: Attempt, found: GivenBack) -> None:
    """Raise ProviderDisagrees unless the provider's refund is this one."""
    right = (str(refund.id), attempt.intent_id, refund.amount)
    if (found.refund_id, found.intent_id, found.amount) != right:
        raise ProviderDisagrees(f"{found.id} is not refund {refund.id} of {refund.amount}")


def dispute_heard(
    known: Dispute | None, dispute_id: UUID, attempt: Attempt, claim: Claim, now: datetime
) -> tuple[Dispute, Attempt, list[Event]]:
    """The dispute after the provider's word about it, and the facts to publish: opened first, then how it ended."""
    events: list[Event] = []
    if known is None:
        known = Dispute(
            id=dispute_id,
            attempt_id=attempt.id,
            order_id=attempt.order_id,
            amount=claim.amount,
            provider_id=claim.id,
            stage="opened",
            version=1,
        )
        attempt, event = _disputed(known, attempt, now)
        events.append(event)
    if known.stage == "opened" and claim.stage != "opened":
        known = replace(known, stage=claim.stage, version=known.version + 1)
        attempt, event = _disputed(known, attempt, now)
        events.append(event)
    return known, attempt, events


def _disputed(dispute: Dispute, attempt: Attempt, now: datetime) -> tuple[Attempt, Event]:
    attempt = replace(attempt, version=attempt.version + 1)
    event = PaymentDisputed(dispute_id=dispute.id, disputed=dispute.amount, stage=dispute.stage, **facts(attempt, now))
    return attempt, event
