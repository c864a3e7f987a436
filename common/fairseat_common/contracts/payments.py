"""Facts that payments publishes: about attempts to pay (``payment_id``) and about payouts to sellers."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from fairseat_common.contracts.base import Event, Money, published

ReturnReason = Literal["show_cancelled", "gate", "goodwill", "show_moved", "unwanted"]
"""Why money went back: a refund that orders decided, or a charge for an order that was not confirmed (unwanted)."""
DisputeStage = Literal["opened", "won", "lost"]


class _Payment(Event, frozen=True, kw_only=True):
    """What the payment events carry."""

    payment_id: UUID
    order_id: UUID
    buyer_id: UUID
    amount: Money


@published
class PaymentAuthorized(_Payment, frozen=True, kw_only=True):
    """The provider reserved the amount on the buyer's card; nothing is charged yet."""

    subject: ClassVar[str] = "payments.authorized.v1"
    aggregate: ClassVar[str] = "payment_id"


@published
class PaymentFailed(_Payment, frozen=True, kw_only=True):
    """The attempt ended without an authorisation; the buyer may try again while the hold lasts."""

    subject: ClassVar[str] = "payments.failed.v1"
    aggregate: ClassVar[str] = "payment_id"

    reason: str


@published
class PaymentCaptured(_Payment, frozen=True, kw_only=True):
    """The buyer was charged for a confirmed order."""

    subject: ClassVar[str] = "payments.captured.v1"
    aggregate: ClassVar[str] = "payment_id"


@published
class PaymentVoided(_Payment, frozen=True, kw_only=True):
    """The authorisation was released without a charge, since the order was not confirmed."""

    subject: ClassVar[str] = "payments.voided.v1"
    aggregate: ClassVar[str] = "payment_id"


@published
class PaymentRefunded(_Payment, frozen=True, kw_only=True):
    """Money of a captured payment went back to the buyer's card: ``refunded`` of its ``amount``."""

    subject: ClassVar[str] = "payments.refunded.v1"
    aggregate: ClassVar[str] = "payment_id"

    refund_id: UUID
    refunded: Money
    reason: ReturnReason


@published
class PaymentDisputed(_Payment, frozen=True, kw_only=True):
    """The buyer's bank took money back (opened), gave it back (won), or keeps it (lost)."""

    subject: ClassVar[str] = "payments.disputed.v1"
    aggregate: ClassVar[str] = "payment_id"

    dispute_id: UUID
    disputed: Money
    stage: DisputeStage


class _Payout(Event, frozen=True, kw_only=True):
    """What the payout events carry."""

    payout_id: UUID
    seller_id: UUID
    amount: Money
    transfer_id: str


@published
class PayoutSent(_Payout, frozen=True, kw_only=True):
    """A seller's money left for the seller's account at the provider: one transfer."""

    subject: ClassVar[str] = "payouts.sent.v1"
    aggregate: ClassVar[str] = "payout_id"

    sent_at: datetime


@published
class PayoutReversed(_Payout, frozen=True, kw_only=True):
    """The transfer of a payout came back; the money is the seller's again and goes into the next payout."""

    subject: ClassVar[str] = "payouts.reversed.v1"
    aggregate: ClassVar[str] = "payout_id"
