"""The rules of paying: what an attempt may become, what is due, and what the provider's word means for it.

    started ----> authorized ----> captured     only if the order is confirmed
       |              |
       |              +----------> voided       only if the order is cancelled
       +--------> failed                        declined, rejected, or given up

The provider is the truth about money: `adopt` takes its word for where an attempt stands.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from fairseat_common.contracts import Event, Money, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentVoided
from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid, Malformed, PaymentRequired, Unavailable

OrderStatus = Literal["held", "confirmed", "cancelled"]
Status = Literal["started", "authorized", "captured", "voided", "failed"]
Outcome = Literal["authorized", "late", "declined", "rejected", "abandoned"]
IntentStatus = Literal["pending", "unpaid", "authorized", "captured", "released"]
"""As the provider says; a pending intent is not decided yet."""
Work = Literal["recover", "capture", "void"]

WEBHOOK_TOLERANCE_S = 300
KEY_REMEMBERED_S = 23 * 3600
"""For how long the provider surely knows an idempotency key: it promises a day."""

UNKNOWN_METHOD = "resource_missing"
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 30.0


class OrderNotPayable(Conflict):
    """The order cannot be paid now."""

    slug = "order-not-payable"
    title = "This order cannot be paid"
    detail = "Its hold is over, or it is being paid or has been paid already."


class CardDeclined(PaymentRequired):
    """The bank said no; the seats stay held."""

    slug = "card-declined"
    title = "The card was declined"
    detail = "Your seats are still held. Try again with another card and a new Idempotency-Key."


class ProviderUnavailable(Unavailable):
    """The provider did not answer, so it is not known whether the payment was made."""

    slug = "payment-provider-unavailable"
    title = "The payment provider does not answer"
    detail = "Repeat the request with the same Idempotency-Key: you will be told how it ended, and pay once at most."


class ProviderDisagrees(Conflict):
    """The provider's object cannot be the one of this attempt."""

    slug = "payment-provider-disagrees"
    title = "The payment provider reports something that cannot be"


class ProviderRefuses(Conflict):
    """The provider will never take this payment; it made nothing. `code` says why, in the provider's words."""

    slug = "order-not-payable"
    title = "This order cannot be paid"
    detail = "The payment provider does not accept this payment."

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


class SignatureInvalid(Malformed):
    """A webhook was not signed by the provider, or too long ago."""

    slug = "webhook-signature-invalid"
    title = "The signature is not valid"
    detail = "The body must be signed by the payment provider, within the last five minutes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What payments knows of an order: enough to take its money."""

    id: UUID
    buyer_id: UUID
    version: int
    status: OrderStatus
    total: Money
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to pay an order. `version` counts the facts published about it."""

    id: UUID
    order_id: UUID
    buyer_id: UUID
    request_hash: bytes
    payment_method: str
    amount: Money
    status: Status
    version: int
    outcome: Outcome | None
    reason: str | None
    intent_id: str | None
    tries: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The provider's object, as far as we read it. `reason` says why an unpaid one is unpaid."""

    id: str
    status: IntentStatus
    amount: Money
    attempt_id: str | None
    reason: str | None = None


def work_due(attempt: Attempt, order: Order) -> Work | None:
    """What has to be done at the provider, as things stand."""
    if attempt.status == "started":
        return "recover"
    if attempt.status == "authorized" and order.status == "confirmed":
        return "capture"
    if attempt.status == "authorized" and order.status == "cancelled":
        return "void"
    return None


def may_send_again(attempt: Attempt, order: Order, now: datetime) -> bool:
    """Whether an attempt that the provider does not know may still be made.

    Only while the seats are held for it, and while the provider would recognise the key of a request that got
    through after all.
    """
    age_s = (now - attempt.created_at).total_seconds()
    return order.status == "held" and now < order.expires_at and age_s < KEY_REMEMBERED_S


def adopt(attempt: Attempt, order: Order, intent: Intent, now: datetime) -> tuple[Attempt, list[Event]]:
    """The attempt after the provider's word about it, and the facts to publish. Old news changes nothing."""
    if intent.attempt_id != str(attempt.id) or attempt.intent_id not in (None, intent.id):
        raise ProviderDisagrees(f"{intent.id} is not the object of attempt {attempt.id}")
    if intent.amount != attempt.amount:
        raise ProviderDisagrees(f"{intent.id} is about {intent.amount}, attempt {attempt.id} about {attempt.amount}")
    events: list[Event] = []
    if attempt.status == "started" and intent.status != "pending":
        attempt, event = _first_word(replace(attempt, intent_id=intent.id), order, intent, now)
        events.append(event)
    if attempt.status == "authorized" and intent.status == "captured":
        attempt = replace(attempt, status="captured", version=attempt.version + 1)
        events.append(PaymentCaptured(**_facts(attempt, now)))
    elif attempt.status == "authorized" and intent.status == "released":
        attempt = replace(attempt, status="voided", version=attempt.version + 1)
        events.append(PaymentVoided(**_facts(attempt, now)))
    return attempt, events


def fail(attempt: Attempt, outcome: Outcome, reason: str, now: datetime) -> tuple[Attempt, list[Event]]:
    """End a started attempt for which the provider holds nothing; any other one is left as it is."""
    if attempt.status != "started":
        return attempt, []
    failed, event = _failed(attempt, outcome, reason, now)
    return failed, [event]


def check_paid(attempt: Attempt) -> None:
    """Raise what the buyer has to be told, unless the attempt was authorised for an order that still wanted it."""
    if attempt.outcome == "declined":
        raise CardDeclined(reason=attempt.reason)
    if attempt.outcome == "rejected" and attempt.reason == UNKNOWN_METHOD:
        raise Invalid(None, FieldError("payment_method", "is not known to the payment provider"))
    if attempt.outcome == "rejected":
        raise ProviderRefuses(attempt.reason or "")
    if attempt.outcome == "late":
        raise OrderNotPayable("The hold ended while you were paying. The reservation on your card is released.")
    if attempt.outcome == "abandoned":
        raise OrderNotPayable("The payment did not go through before the hold ended. Nothing was charged.")


def is_stray(attempt: Attempt, intent: Intent) -> bool:
    """Whether money is reserved for an attempt that was given up: it must be released."""
    return attempt.status == "failed" and intent.status == "authorized"


def retry_in_s(tries: int) -> float:
    """The pause after so many fruitless tries, in seconds: doubling up to half a minute."""
    return min(RETRY_MAX_S, RETRY_FIRST_S * 2.0 ** min(tries, 16))


def check_signature(payload: bytes, header: str, secrets: Sequence[str], now_s: float) -> None:
    """Raise SignatureInvalid unless one of the secrets signed exactly these bytes in the last five minutes.

    The header is `t=<seconds>,v1=<hex>[,v1=...]`; signed is the time, a full stop and the body.
    """
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    given = [value.strip() for name, _, value in parts if name.strip() == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
        raise SignatureInvalid
    signed = times[0].encode() + b"." + payload
    good = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    # Every pair is compared, each in constant time.
    matches = [hmac.compare_digest(a.encode(), b.encode()) for a in good for b in given]
    if not any(matches) or abs(now_s - int(times[0])) > WEBHOOK_TOLERANCE_S:
        raise SignatureInvalid


def _first_word(attempt: Attempt, order: Order, intent: Intent, now: datetime) -> tuple[Attempt, Event]:
    if intent.status in ("authorized", "captured"):
        outcome: Outcome = "late" if order.status == "cancelled" else "authorized"
        attempt = replace(attempt, status="authorized", outcome=outcome, version=attempt.version + 1)
        return attempt, PaymentAuthorized(**_facts(attempt, now))
    if intent.status == "unpaid":
        return _failed(attempt, "declined", intent.reason or "card_declined", now)
    return _failed(attempt, "abandoned", "released", now)


def _failed(attempt: Attempt, outcome: Outcome, reason: str, now: datetime) -> tuple[Attempt, Event]:
    version = attempt.version + 1
    attempt = replace(attempt, status="failed", outcome=outcome, reason=reason, version=version)
    return attempt, PaymentFailed(reason=reason, **_facts(attempt, now))


class _Facts(TypedDict):
    payment_id: UUID
    order_id: UUID
    buyer_id: UUID
    amount: Money
    version: int
    occurred_at: datetime


def _facts(attempt: Attempt, now: datetime) -> _Facts:
    """What every event about the attempt carries."""
    return {
        "payment_id": attempt.id,
        "order_id": attempt.order_id,
        "buyer_id": attempt.buyer_id,
        "amount": attempt.amount,
        "version": attempt.version,
        "occurred_at": now,
    }
