"""Facts that payments publishes. ``payment_id`` is one attempt to pay an order."""

from typing import ClassVar
from uuid import UUID

from fairseat_common.contracts.base import Event, Money, published


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
