"""All events of Fairseat, one module per publisher, and the money type they share.

Import event classes from here; `registry()` lists them by subject.
"""

from fairseat_common.contracts.base import Event, Money, decode, encode, registry, stream_of
from fairseat_common.contracts.expiration import ExpirationDue
from fairseat_common.contracts.listings import (
    IssuedTicket,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    SplitRule,
    TicketsIssued,
)
from fairseat_common.contracts.orders import (
    CancelReason,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    RefundReason,
)
from fairseat_common.contracts.payments import (
    DisputeStage,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentVoided,
    PayoutReversed,
    PayoutSent,
    ReturnReason,
)
from fairseat_common.contracts.shows import (
    ChartRow,
    ChartSection,
    SectionKind,
    ShowChanged,
    ShowPublished,
    ShowStatus,
    VenuePublished,
)
from fairseat_common.contracts.transfers import (
    TicketsTransferred,
    TransferEnd,
    TransferEnded,
    TransferOffered,
    TransferredTicket,
)
from fairseat_common.contracts.users import UserRegistered

__all__ = [
    "CancelReason",
    "ChartRow",
    "ChartSection",
    "DisputeStage",
    "Event",
    "ExpirationDue",
    "IssuedTicket",
    "ListingChanged",
    "ListingPublished",
    "ListingWithdrawn",
    "Money",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderHeld",
    "OrderPaymentRefused",
    "OrderRefundDue",
    "OrderRefunded",
    "PaymentAuthorized",
    "PaymentCaptured",
    "PaymentDisputed",
    "PaymentFailed",
    "PaymentRefunded",
    "PaymentVoided",
    "PayoutReversed",
    "PayoutSent",
    "RefundReason",
    "ReturnReason",
    "SectionKind",
    "ShowChanged",
    "ShowPublished",
    "ShowStatus",
    "SplitRule",
    "TicketsIssued",
    "TicketsTransferred",
    "TransferEnd",
    "TransferEnded",
    "TransferOffered",
    "TransferredTicket",
    "UserRegistered",
    "VenuePublished",
    "decode",
    "encode",
    "registry",
    "stream_of",
]
