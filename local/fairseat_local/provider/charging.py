"""What happens to a card: it is asked, challenged, charged, captured.

Declines are errors whose effects are kept, so they are told in two steps: written first, then raised by whoever
was asked over the API.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.cards import MESSAGES, Card
from fairseat_local.provider.disputes import dispute_open
from fairseat_local.provider.objects import Challenge, Charge, PaymentIntent, new_id
from fairseat_local.provider.payment_methods import card_of
from fairseat_local.provider.work import Work

Outcome = Literal["passed", "failed"]


def confirm(work: Work, intent: PaymentIntent, return_url: str | None, *, error_on_action: bool) -> PaymentIntent:
    """Charge the intent's card, or send its holder to the bank first. Raises what the provider answers to a no."""
    card = card_of(work, intent.payment_method or "")
    if not card.challenged:
        return _charge(work, intent, card)
    if error_on_action:
        code = "authentication_required"
        _fail(work, intent, {"type": "card_error", "code": code, "decline_code": code, "message": MESSAGES[code]})
        raise declined(intent)
    return _challenge(work, intent, return_url)


def challenge_settle(work: Work, intent: PaymentIntent, outcome: Outcome) -> PaymentIntent:
    """The holder has answered the bank. A challenge is settled once; afterwards this changes nothing."""
    challenge = newest_challenge(work, intent)
    if challenge is None or challenge.status != "open" or intent.status != "requires_action":
        return intent
    challenge.status = outcome
    work.journal.update(challenge)
    intent.next_action = None
    if outcome == "passed":
        try:
            return _charge(work, intent, card_of(work, intent.payment_method or ""))
        except errors.ProviderError:
            return intent
    code = "payment_intent_authentication_failure"
    _fail(work, intent, {"type": "invalid_request_error", "code": code, "message": MESSAGES[code]})
    return intent


def newest_challenge(work: Work, intent: PaymentIntent) -> Challenge | None:
    """The challenge that counts, if the intent has had one."""
    return next(reversed(work.journal.children(Challenge, intent.id)), None)


def way_back(intent: PaymentIntent, challenge: Challenge) -> str:
    """Where the bank sends the buyer: the return URL, told which intent it was and how it went."""
    parts = urlsplit(challenge.return_url or "/")
    done = "succeeded" if intent.status in ("requires_capture", "succeeded") else "failed"
    told = {"payment_intent": intent.id, "payment_intent_client_secret": intent.client_secret, "redirect_status": done}
    return parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *told.items()])).geturl()


def collect(work: Work, intent: PaymentIntent, charge: Charge, amount: int) -> None:
    """Take so much of an authorised amount and release the rest; the dispute card's holder disputes it at once."""
    charge.captured = True
    charge.amount_captured = amount
    intent.status = "succeeded"
    intent.amount_received = amount
    intent.amount_capturable = 0
    work.journal.update(charge)
    work.journal.update(intent)
    work.record("captured", intent, amount=amount, intent_id=intent.id)
    work.emit("charge.captured", charge)
    work.emit("payment_intent.succeeded", intent)
    if card_of(work, charge.payment_method).disputed:
        dispute_open(work, charge, amount)


def declined(intent: PaymentIntent) -> errors.ProviderError:
    """The answer 402 that tells why the intent's last try failed."""
    told = dict(intent.last_payment_error or {})
    told.pop("payment_method", None)
    kind, message = told.pop("type"), told.pop("message")
    return errors.ProviderError(402, kind, message, stored=True, payment_intent=msgspec.to_builtins(intent), **told)


def _challenge(work: Work, intent: PaymentIntent, return_url: str | None) -> PaymentIntent:
    intent.status = "requires_action"
    intent.last_payment_error = None
    intent.next_action = {
        "type": "redirect_to_url",
        "redirect_to_url": {
            "url": f"{work.public_url}/dev/provider/challenge/{intent.id}",
            "return_url": return_url,
        },
    }
    challenge = Challenge(id=new_id("chl"), created=work.now, payment_intent=intent.id, return_url=return_url)
    work.journal.insert(challenge, parent=intent.id)
    work.journal.update(intent)
    work.record("challenged", intent, amount=intent.amount, intent_id=intent.id)
    work.emit("payment_intent.requires_action", intent)
    return intent


def _charge(work: Work, intent: PaymentIntent, card: Card) -> PaymentIntent:
    charge = Charge(
        id=new_id("ch"),
        created=work.now,
        amount=intent.amount,
        currency=intent.currency,
        payment_intent=intent.id,
        payment_method=intent.payment_method or "",
        status="failed" if card.declined else "succeeded",
        paid=not card.declined,
        failure_code=card.code,
        failure_message=MESSAGES.get(card.code or ""),
        metadata=intent.metadata,
        payment_method_details={
            "type": "card",
            "card": {"brand": card.brand, "last4": card.last4, "fingerprint": card.fingerprint},
        },
        transfer_group=intent.transfer_group,
    )
    work.journal.insert(charge, parent=intent.id)
    intent.latest_charge = charge.id
    if card.declined:
        work.emit("charge.failed", charge)
        told = {"code": card.code, "decline_code": card.decline_code, "message": charge.failure_message}
        _fail(work, intent, {"type": "card_error", **told, "charge": charge.id})
        raise declined(intent)
    return _authorise(work, intent, charge)


def _authorise(work: Work, intent: PaymentIntent, charge: Charge) -> PaymentIntent:
    intent.last_payment_error = None
    work.record("authorized", intent, amount=intent.amount, intent_id=intent.id)
    work.emit("charge.succeeded", charge)
    if intent.capture_method != "manual":
        collect(work, intent, charge, intent.amount)
        return intent
    intent.status = "requires_capture"
    intent.amount_capturable = intent.amount
    work.journal.update(intent)
    work.emit("payment_intent.amount_capturable_updated", intent)
    return intent


def _fail(work: Work, intent: PaymentIntent, error: dict[str, Any]) -> None:
    """The intent needs another card."""
    intent.last_payment_error = {**error, "payment_method": {"id": intent.payment_method}}
    intent.payment_method = None
    intent.next_action = None
    intent.status = "requires_payment_method"
    work.journal.update(intent)
    work.record("declined", intent, amount=intent.amount, intent_id=intent.id)
    work.emit("payment_intent.payment_failed", intent)
