"""PaymentIntents: create, confirm, capture, cancel.

    requires_payment_method -> requires_confirmation -> requires_capture -> succeeded
                 ^                |      |                   ^
                 |    declined    |      v                   |
                 +----------------+-- requires_action -------+

and to canceled from every state but succeeded. An intent that captures by itself goes straight to succeeded.
"""

from __future__ import annotations

import secrets
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from fairseat_local.provider import charging, errors
from fairseat_local.provider.objects import (
    CancellationReason,
    CaptureMethod,
    Charge,
    Metadata,
    PaymentIntent,
    new_id,
)
from fairseat_local.provider.params import AMOUNT_MAX, AMOUNT_MIN, Short, Text, check_currency, check_step
from fairseat_local.provider.payment_methods import card_of
from fairseat_local.provider.work import Work


class AutomaticMethods(msgspec.Struct, forbid_unknown_fields=True):
    """Let the provider choose the payment methods."""

    enabled: bool
    allow_redirects: Literal["always", "never"] = "always"


class CreateIntent(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/payment_intents`."""

    amount: int
    currency: Short
    allowed_payment_method_types: list[Literal["card"]] | UnsetType = UNSET
    automatic_payment_methods: AutomaticMethods | UnsetType = UNSET
    capture_method: CaptureMethod = "automatic_async"
    confirm: bool = False
    description: Text | None = None
    error_on_requires_action: bool = False
    metadata: Metadata = {}
    payment_method: Short | None = None
    payment_method_types: Any = UNSET
    receipt_email: Short | None = None
    return_url: Text | None = None
    statement_descriptor_suffix: Short | None = None
    transfer_group: Short | None = None

    @property
    def may_redirect(self) -> bool:
        """Whether a payment method could be chosen that sends the buyer to another site."""
        if self.allowed_payment_method_types is not UNSET:
            return False
        automatic = self.automatic_payment_methods
        return automatic is UNSET or automatic.allow_redirects == "always"


class ConfirmIntent(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/payment_intents/{id}/confirm`."""

    error_on_requires_action: bool = False
    payment_method: Short | None = None
    return_url: Text | None = None


class CaptureIntent(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/payment_intents/{id}/capture`. What is not captured is released."""

    amount_to_capture: int | None = None


class CancelIntent(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/payment_intents/{id}/cancel`."""

    cancellation_reason: CancellationReason | None = None


def intent_create(work: Work, _: str, params: CreateIntent) -> PaymentIntent:
    """A new intent, confirmed in the same step if asked to."""
    _check_create(work, params)
    intent_id = new_id("pi")
    intent = PaymentIntent(
        id=intent_id,
        created=work.now,
        amount=params.amount,
        currency=params.currency.lower(),
        status="requires_confirmation" if params.payment_method else "requires_payment_method",
        capture_method=params.capture_method,
        client_secret=f"{intent_id}_secret_{secrets.token_hex(12)}",
        description=params.description,
        metadata=params.metadata,
        payment_method=params.payment_method,
        payment_method_types=["card"],
        receipt_email=params.receipt_email,
        statement_descriptor_suffix=params.statement_descriptor_suffix,
        transfer_group=params.transfer_group,
    )
    work.journal.insert(intent)
    work.record("intent_created", intent, amount=intent.amount, intent_id=intent.id)
    work.emit("payment_intent.created", intent)
    return _confirm(work, intent, params) if params.confirm else intent


def intent_confirm(work: Work, intent_id: str, params: ConfirmIntent) -> PaymentIntent:
    """Charge the card: the amount is authorised, and captured too unless capture is manual."""
    intent = work.load(PaymentIntent, "payment_intent", intent_id)
    if intent.status not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise _unexpected("confirm", intent)
    if params.payment_method:
        card_of(work, params.payment_method)
        intent.payment_method = params.payment_method
    return _confirm(work, intent, params)


def intent_capture(work: Work, intent_id: str, params: CaptureIntent) -> PaymentIntent:
    """Collect an authorised amount, once."""
    intent = work.load(PaymentIntent, "payment_intent", intent_id)
    if intent.status != "requires_capture":
        raise _unexpected("capture", intent)
    amount = intent.amount if params.amount_to_capture is None else params.amount_to_capture
    if not 0 < amount <= intent.amount_capturable:
        raise errors.refused(
            f"At most {intent.amount_capturable} can be captured.",
            code="amount_too_large" if amount > 0 else "amount_too_small",
            param="amount_to_capture",
        )
    check_step(amount, intent.currency, "amount_to_capture")
    charging.collect(work, intent, work.load(Charge, "charge", intent.latest_charge or ""), amount)
    return intent


def intent_cancel(work: Work, intent_id: str, params: CancelIntent) -> PaymentIntent:
    """Release an authorisation, or give an unpaid intent up."""
    intent = work.load(PaymentIntent, "payment_intent", intent_id)
    if intent.status in ("succeeded", "canceled"):
        raise _unexpected("cancel", intent)
    intent.status = "canceled"
    intent.canceled_at = work.now
    intent.cancellation_reason = params.cancellation_reason
    intent.amount_capturable = 0
    intent.next_action = None
    work.journal.update(intent)
    work.record("canceled", intent, amount=intent.amount, intent_id=intent.id)
    work.emit("payment_intent.canceled", intent)
    return intent


def _check_create(work: Work, params: CreateIntent) -> None:
    if params.amount < AMOUNT_MIN:
        raise errors.invalid(f"Amount must be at least {AMOUNT_MIN}.", code="amount_too_small", param="amount")
    if params.amount > AMOUNT_MAX:
        raise errors.invalid(f"Amount must be at most {AMOUNT_MAX}.", code="amount_too_large", param="amount")
    check_step(params.amount, check_currency(params.currency), "amount")
    _check_types(params)
    if params.payment_method:
        card_of(work, params.payment_method)
    if params.error_on_requires_action and not params.confirm:
        message = "error_on_requires_action goes with confirm=true only."
        raise errors.invalid(message, code="parameter_invalid", param="error_on_requires_action")
    if params.confirm and params.may_redirect and not params.return_url:
        message = "Give a return_url, or allow only payment methods that never redirect."
        raise errors.invalid(message, code="parameter_missing", param="return_url")


def _check_types(params: CreateIntent) -> None:
    if params.payment_method_types is not UNSET:
        # The API version that the SDK pins reports this field and no longer lets it be written.
        message = "payment_method_types cannot be set any more; use allowed_payment_method_types."
        code = "payment_method_types_no_longer_supported"
        raise errors.invalid(message, code=code, param="payment_method_types")
    if UNSET not in (params.allowed_payment_method_types, params.automatic_payment_methods):
        message = "Give allowed_payment_method_types or automatic_payment_methods, not both."
        raise errors.invalid(message, code="parameter_invalid", param="allowed_payment_method_types")


def _confirm(work: Work, intent: PaymentIntent, params: CreateIntent | ConfirmIntent) -> PaymentIntent:
    if intent.payment_method is None:
        message = f"The PaymentIntent {intent.id} has no payment method to confirm it with."
        raise _state_error(message, intent)
    return charging.confirm(work, intent, params.return_url, error_on_action=params.error_on_requires_action)


def _unexpected(verb: str, intent: PaymentIntent) -> errors.ProviderError:
    return _state_error(f"Cannot {verb} a PaymentIntent that has a status of {intent.status}.", intent)


def _state_error(message: str, intent: PaymentIntent) -> errors.ProviderError:
    shown = msgspec.to_builtins(intent)
    return errors.refused(message, code="payment_intent_unexpected_state", payment_intent=shown)
