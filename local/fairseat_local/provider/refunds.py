"""Refunds: captured money goes back, never more than was captured."""

from __future__ import annotations

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.disputes import disputes_of
from fairseat_local.provider.objects import Charge, Metadata, PaymentIntent, Refund, RefundReason, new_id
from fairseat_local.provider.params import Short, check_step
from fairseat_local.provider.work import Work


class CreateRefund(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/refunds`: `charge` or `payment_intent`; no amount means all that is left."""

    amount: int | None = None
    charge: Short | None = None
    metadata: Metadata = {}
    payment_intent: Short | None = None
    reason: RefundReason | None = None


class UpdateRefund(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/refunds/{id}`."""

    metadata: Metadata = {}


def refund_create(work: Work, _: str, params: CreateRefund) -> Refund:
    """Give a captured amount back, in whole or in part."""
    charge = _charge(work, params)
    if not charge.captured:
        raise errors.refused(f"The charge {charge.id} was not captured.", code="charge_not_captured", param="charge")
    left = charge.amount_captured - charge.amount_refunded
    if left == 0:
        raise errors.refused(f"The charge {charge.id} has been refunded.", code="charge_already_refunded")
    if any(dispute.status != "won" for dispute in disputes_of(work, charge)):
        message = f"The charge {charge.id} is disputed: the bank has the money already."
        raise errors.refused(message, code="charge_disputed")
    amount = left if params.amount is None else params.amount
    if not 0 < amount <= left:
        message = f"A refund of {amount} is not possible: {left} of the charge are left."
        code = "amount_too_large" if amount > left else "parameter_invalid_integer"
        raise errors.refused(message, code=code, param="amount")
    check_step(amount, charge.currency, "amount")
    charge.amount_refunded += amount
    charge.refunded = charge.amount_refunded == charge.amount_captured
    refund = Refund(
        id=new_id("re"),
        created=work.now,
        amount=amount,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        reason=params.reason,
        metadata=params.metadata,
    )
    work.journal.insert(refund, parent=charge.payment_intent)
    work.journal.update(charge)
    work.record("refunded", refund, amount=amount, intent_id=charge.payment_intent)
    work.emit("refund.created", refund)
    work.emit("charge.refunded", charge)
    return refund


def refund_update(work: Work, refund_id: str, params: UpdateRefund) -> Refund:
    """Note something about a refund."""
    refund = work.load(Refund, "refund", refund_id)
    refund.metadata = {**refund.metadata, **params.metadata}
    work.journal.update(refund)
    work.emit("refund.updated", refund)
    return refund


def _charge(work: Work, params: CreateRefund) -> Charge:
    if params.charge and params.payment_intent:
        message = "Give charge or payment_intent, not both."
        raise errors.invalid(message, code="parameter_invalid", param="charge")
    if params.payment_intent:
        intent = work.load(PaymentIntent, "payment_intent", params.payment_intent, "payment_intent")
        if intent.latest_charge is None:
            message = f"The PaymentIntent {intent.id} has no charge to refund."
            raise errors.refused(message, code="payment_intent_unexpected_state", param="payment_intent")
        return work.load(Charge, "charge", intent.latest_charge)
    if not params.charge:
        raise errors.invalid("Missing required param: charge.", code="parameter_missing", param="charge")
    return work.load(Charge, "charge", params.charge, "charge")
