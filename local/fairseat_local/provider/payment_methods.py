"""PaymentMethods: cards that buyers type in, checked as the provider checks them in test mode."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.cards import BY_LAST4, CARDS, NUMBERS, Card, brand_of
from fairseat_local.provider.objects import Metadata, PaymentMethod, new_id
from fairseat_local.provider.params import Short
from fairseat_local.provider.work import Work

DIGITS_MIN, DIGITS_MAX = 12, 19
YEARS_AHEAD_MAX = 50


class CardParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What stands on a card."""

    number: Annotated[str, msgspec.Meta(max_length=40)]
    exp_month: int
    exp_year: int
    cvc: Annotated[str, msgspec.Meta(max_length=10)] | None = None


class AddressParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where the holder lives."""

    city: Short | None = None
    country: Short | None = None
    line1: Short | None = None
    line2: Short | None = None
    postal_code: Short | None = None
    state: Short | None = None


class BillingParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who the holder is."""

    address: AddressParams = msgspec.field(default_factory=AddressParams)
    email: Short | None = None
    name: Short | None = None
    phone: Short | None = None


class CreateMethod(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/payment_methods`."""

    type: Literal["card"]
    card: CardParams
    allow_redisplay: Literal["always", "limited", "unspecified"] = "unspecified"
    billing_details: BillingParams = msgspec.field(default_factory=BillingParams)
    metadata: Metadata = {}


def method_create(work: Work, _: str, params: CreateMethod) -> PaymentMethod:
    """A card to pay with, which behaves as the test card with its number."""
    number = params.card.number.replace(" ", "").replace("-", "")
    _check(params.card, number, work.now)
    method = PaymentMethod(
        id=new_id("pm"),
        created=work.now,
        allow_redisplay=params.allow_redisplay,
        billing_details=msgspec.to_builtins(params.billing_details),
        card={
            "brand": brand_of(number),
            "last4": number[-4:],
            "exp_month": params.card.exp_month,
            "exp_year": _full_year(params.card.exp_year, work.now),
            "funding": "credit",
            "fingerprint": BY_LAST4[number[-4:]].fingerprint,
        },
        metadata=params.metadata,
    )
    work.journal.insert(method)
    work.record("payment_method_created", method)
    return method


def card_of(work: Work, payment_method: str) -> Card:
    """How the card behind a payment method behaves; the name of a test card is one by itself."""
    if card := CARDS.get(payment_method):
        return card
    method = work.load(PaymentMethod, "PaymentMethod", payment_method, "payment_method")
    return BY_LAST4[method.card["last4"]]


def luhn_ok(number: str) -> bool:
    """Whether the last digit fits the others (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0


def _check(card: CardParams, number: str, now: int) -> None:
    this_month = _months(now)
    month = _full_year(card.exp_year, now) * 12 + card.exp_month - 1
    if not (number.isascii() and number.isdigit() and DIGITS_MIN <= len(number) <= DIGITS_MAX and luhn_ok(number)):
        raise _wrong("incorrect_number", "number", "The card number is not valid.")
    if not 1 <= card.exp_month <= 12:
        raise _wrong("invalid_expiry_month", "exp_month", "The card's expiry month is not valid.")
    if not this_month <= month <= this_month + 12 * YEARS_AHEAD_MAX:
        raise _wrong("invalid_expiry_year", "exp_year", "The card has expired, or its expiry year is not valid.")
    digits = 4 if brand_of(number) == "amex" else 3
    if card.cvc is not None and not (card.cvc.isascii() and card.cvc.isdigit() and len(card.cvc) == digits):
        raise _wrong("invalid_cvc", "cvc", f"The card's security code has {digits} digits.")
    if number not in NUMBERS:
        message = "The card was declined: this is a test, and it is none of the test cards."
        raise _wrong("card_declined", "number", message, decline_code="test_mode_live_card")


def _months(now: int) -> int:
    """Months since the year 0."""
    today = datetime.fromtimestamp(now, UTC)
    return today.year * 12 + today.month - 1


def _full_year(year: int, now: int) -> int:
    """Two digits are a year of this century."""
    return year + datetime.fromtimestamp(now, UTC).year // 100 * 100 if 0 <= year < 100 else year


def _wrong(code: str, param: str, message: str, decline_code: str | None = None) -> errors.ProviderError:
    return errors.ProviderError(402, "card_error", message, code=code, param=param, decline_code=decline_code)
