"""Who may hear of which fact by webhook, and what of it is not theirs to know. Pure."""

from __future__ import annotations

from typing import NamedTuple

from fairseat_common.contracts import (
    ClaimDecided,
    ClaimOpened,
    Event,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PayoutReversed,
    PayoutSent,
    ShowChanged,
    ShowPublished,
    TicketScanned,
    TicketsIssued,
    TicketsTransferred,
    TransferEnded,
    TransferOffered,
)

TEST = "webhooks.test.v1"
"""What a delivery is about that only shows that deliveries arrive. Every webhook hears it, when its owner asks."""


class Audience(NamedTuple):
    """One kind of reader: the field that names the account (None: the fact is public), and what is left out for it."""

    role: str
    owner: str | None
    hides: frozenset[str] = frozenset()


_SELLER_OWN = frozenset({"seller_fees", "seller_id"})
_BUYER_OWN = frozenset({
    "buyer_id", "fees", "total", "expires_at", "waiting_entry_id", "late", "refund_amount", "payment_id",
})  # fmt: skip
_BUYER = Audience("buyer", "buyer_id", _SELLER_OWN)
_SELLER = Audience("seller", "seller_id", _BUYER_OWN)
_SENDER = Audience("sender", "from_id", frozenset({"to_id"}))
_RECEIVER = Audience("receiver", "to_id", frozenset({"from_id"}))
_HOLDER = Audience("holder", "holder_id")
_CLAIMANT = Audience("holder", "holder_id", frozenset({"buyer_id", "seller_id", "penalty"}))
_BLAMED = Audience("seller", "seller_id", frozenset({"buyer_id", "holder_id", "order_id", "replacement_ticket_id"}))
_PUBLIC = Audience("public", None)

AUDIENCES: dict[type[Event], tuple[Audience, ...]] = {
    ShowPublished: (_PUBLIC,),
    ShowChanged: (_PUBLIC,),
    ListingPublished: (Audience("seller", "seller_id"),),
    ListingChanged: (Audience("seller", "seller_id"),),
    ListingWithdrawn: (Audience("seller", "seller_id"),),
    OrderHeld: (_BUYER,),
    OrderConfirmed: (_BUYER, _SELLER),
    OrderCancelled: (_BUYER,),
    OrderPaymentRefused: (_BUYER,),
    OrderRefundDue: (_BUYER, _SELLER),
    OrderRefunded: (_BUYER, _SELLER),
    PaymentCaptured: (Audience("buyer", "buyer_id"),),
    PaymentFailed: (Audience("buyer", "buyer_id"),),
    PaymentRefunded: (Audience("buyer", "buyer_id"),),
    PayoutSent: (Audience("seller", "seller_id", frozenset({"transfer_id"})),),
    PayoutReversed: (Audience("seller", "seller_id", frozenset({"transfer_id"})),),
    TicketsIssued: (_HOLDER,),
    TransferOffered: (_SENDER,),
    TicketsTransferred: (_SENDER, _RECEIVER),
    TransferEnded: (_SENDER,),
    TicketScanned: (_HOLDER,),
    ClaimOpened: (_CLAIMANT, _BLAMED),
    ClaimDecided: (_CLAIMANT, _BLAMED),
}
"""Every fact that a webhook can hear of. An account hears of what is its own, and of shows, which are everybody's."""

SUBJECTS = tuple(sorted(event_type.subject for event_type in AUDIENCES))
