"""The ways in which payments says no."""

from __future__ import annotations

from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid, Malformed, PaymentRequired, Unavailable

UNKNOWN_METHOD = "resource_missing"
CARD_LIMIT = "card_limit"
"""The reason of an attempt that failed since its card has bought enough."""


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


class CardLimit(Conflict):
    """The card has paid for as many tickets of the show as one card may."""

    slug = "card-limit"
    title = "This card has bought as many tickets as one card may"
    detail = "Nothing was charged, and your seats are still held. Pay with another card and a new Idempotency-Key."


class ProviderUnavailable(Unavailable):
    """The provider did not answer, so it is not known whether the payment was made."""

    slug = "payment-provider-unavailable"
    title = "The payment provider does not answer"
    detail = "Repeat the request with the same Idempotency-Key: you will be told how it ended, and pay once at most."


class ProviderBroke(ProviderUnavailable):
    """The provider failed at this very idempotency key and will say so again for as long as it remembers it."""


class ProviderDisagrees(Conflict):
    """The provider's object cannot be the one of this attempt."""

    slug = "payment-provider-disagrees"
    title = "The payment provider reports something that cannot be"


class ProviderRefuses(Conflict):
    """The provider will never do this; nothing came of it. `code` says why, in the provider's words."""

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


def unknown_method(code: str | None) -> Invalid | None:
    """What to say when the provider does not know the payment method; None for its other reasons."""
    if code != UNKNOWN_METHOD:
        return None
    return Invalid(None, FieldError("payment_method", "is not known to the payment provider"))
