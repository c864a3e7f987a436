"""What the provider keeps: the objects of its API, with the provider's field names.

Amounts are integers in minor units, times are whole seconds since 1970.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal, TypeVar

import msgspec

IntentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "succeeded",
    "canceled",
]
CaptureMethod = Literal["automatic", "automatic_async", "manual"]
CancellationReason = Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"]
RefundReason = Literal["duplicate", "fraudulent", "requested_by_customer"]

METADATA_KEYS_MAX = 50
MetadataKey = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
MetadataValue = Annotated[str, msgspec.Meta(max_length=500)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], msgspec.Meta(max_length=METADATA_KEYS_MAX)]


class ApiObject(msgspec.Struct, kw_only=True):
    """What all objects have. `object` is the kind, which is also the name that the journal files it under."""

    id: str
    created: int
    object: str
    livemode: bool = False


class PaymentIntent(ApiObject, kw_only=True):
    """One attempt to collect `amount`; at most one of its charges succeeds."""

    object: str = "payment_intent"
    amount: int
    currency: str
    status: IntentStatus
    capture_method: CaptureMethod
    client_secret: str
    amount_capturable: int = 0
    amount_received: int = 0
    canceled_at: int | None = None
    cancellation_reason: CancellationReason | None = None
    description: str | None = None
    last_payment_error: dict[str, Any] | None = None
    latest_charge: str | None = None
    metadata: dict[str, str]
    next_action: dict[str, Any] | None = None
    payment_method: str | None = None
    payment_method_types: list[str]
    receipt_email: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_group: str | None = None


class Charge(ApiObject, kw_only=True):
    """One try of a card. `amount_refunded` counts refunds of captured money, not a released authorisation."""

    object: str = "charge"
    amount: int
    currency: str
    payment_intent: str
    payment_method: str
    status: Literal["succeeded", "failed"]
    paid: bool
    captured: bool = False
    amount_captured: int = 0
    amount_refunded: int = 0
    refunded: bool = False
    disputed: bool = False
    failure_code: str | None = None
    failure_message: str | None = None
    metadata: dict[str, str]
    payment_method_details: dict[str, Any]
    transfer_group: str | None = None


class PaymentMethod(ApiObject, kw_only=True):
    """A card that somebody has typed in. Neither its number nor its security code is kept."""

    object: str = "payment_method"
    type: Literal["card"] = "card"
    allow_redisplay: str = "unspecified"
    billing_details: dict[str, Any]
    card: dict[str, Any]
    customer: None = None
    metadata: dict[str, str]


class Challenge(ApiObject, kw_only=True):
    """The bank asks whether the buyer is the buyer. Not part of the provider's API: only its pages know it."""

    object: str = "challenge"
    payment_intent: str
    return_url: str | None
    status: Literal["open", "passed", "failed"] = "open"


class Refund(ApiObject, kw_only=True):
    """Captured money given back."""

    object: str = "refund"
    amount: int
    currency: str
    charge: str
    payment_intent: str
    reason: RefundReason | None = None
    status: Literal["succeeded"] = "succeeded"
    metadata: dict[str, str]


class Dispute(ApiObject, kw_only=True):
    """A cardholder who wants the money back from the bank. The amount is withdrawn until the dispute is won."""

    object: str = "dispute"
    amount: int
    currency: str
    charge: str
    payment_intent: str
    reason: str = "fraudulent"
    status: Literal["needs_response", "won", "lost"] = "needs_response"
    is_charge_refundable: bool = False
    balance_transactions: list[dict[str, Any]]
    evidence: dict[str, Any] = {}
    evidence_details: dict[str, Any]
    metadata: dict[str, str] = {}


class Account(ApiObject, kw_only=True):
    """Somebody who is paid by the platform; money can be transferred once `capabilities.transfers` is active."""

    object: str = "account"
    type: Literal["custom", "express", "standard"]
    business_type: str | None = None
    country: str
    default_currency: str
    email: str | None = None
    capabilities: dict[str, str]
    charges_enabled: bool = False
    payouts_enabled: bool = False
    details_submitted: bool = False
    requirements: dict[str, Any]
    metadata: dict[str, str]


class OnboardingLink(ApiObject, kw_only=True):
    """A way into the onboarding page: for a few minutes, and until it has been used."""

    object: str = "onboarding_link"
    account: str
    expires_at: int
    refresh_url: str
    return_url: str
    used: bool = False


class Transfer(ApiObject, kw_only=True):
    """Money sent from the platform to an account."""

    object: str = "transfer"
    amount: int
    amount_reversed: int = 0
    currency: str
    description: str | None = None
    destination: str
    metadata: dict[str, str]
    reversed: bool = False
    source_transaction: str | None = None
    source_type: str = "card"
    transfer_group: str | None = None


class TransferReversal(ApiObject, kw_only=True):
    """Money of a transfer taken back."""

    object: str = "transfer_reversal"
    amount: int
    currency: str
    transfer: str
    description: str | None = None
    metadata: dict[str, str]


class Event(ApiObject, kw_only=True):
    """Something that happened; `data.object` shows the object as it was at that moment."""

    object: str = "event"
    type: str
    api_version: str
    data: dict[str, Any]
    pending_webhooks: int
    request: dict[str, str | None]


class WebhookEndpoint(ApiObject, kw_only=True):
    """Where events are sent. The secret is told once, in the answer that created the endpoint."""

    object: str = "webhook_endpoint"
    url: str
    enabled_events: list[str]
    status: Literal["enabled", "disabled"] = "enabled"
    secret: str | None = None
    metadata: dict[str, str]


Stored = TypeVar("Stored", bound=ApiObject)


def new_id(prefix: str) -> str:
    """An id that cannot be guessed, e.g. `pi_` and 24 hexadecimal digits."""
    return f"{prefix}_{secrets.token_hex(12)}"
