"""A signed quote: the price that a buyer was shown, which the marketplace keeps to for a while.

tickets signs what it shows, orders reads it back at the hold; nobody can change a quote in between. The text is
``<body>.<signature>``, both base64url without padding; the signature is HMAC-SHA-256 over the body's text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import Invalid
from fairseat_common.environment import Reader

QUOTE_LENGTH_MAX = 600
LOCAL_SECRET = "fairseat-local-quotes"  # noqa: S105 - signs prices on one's own machine only


class QuoteInvalid(Invalid):
    """The quote was not made by this marketplace, or it is about something else."""

    slug = "quote-invalid"
    title = "The quote is not valid"
    detail = "Send the `quote` of the listing exactly as it was given, or leave it out to buy at the current price."


class Quote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one seat of a listing costs. ``expires_at`` is in whole seconds since 1970, by the signer's clock."""

    listing_id: UUID
    listing_version: int
    unit_price: Money
    unit_fee: Money
    unit_seller_fee: Money
    fee_rule: int
    expires_at: int


def quote_secrets(reader: Reader) -> tuple[str, ...]:
    """QUOTE_SECRETS: the first signs, all verify. Only local runs do without."""
    return reader.secrets("QUOTE_SECRETS", (LOCAL_SECRET,))


def quote_sign(quote: Quote, secret: str) -> str:
    """The quote as text."""
    body = base64.urlsafe_b64encode(msgspec.json.encode(quote)).rstrip(b"=")
    return f"{body.decode()}.{_signature(body, secret)}"


def quote_read(text: str, secrets: Sequence[str]) -> Quote:
    """The quote that one of the secrets signed; raises QuoteInvalid. Its expiry is the reader's to judge."""
    body, dot, signature = text.partition(".")
    if not dot or len(text) > QUOTE_LENGTH_MAX or not text.isascii():
        raise QuoteInvalid
    # Every secret is tried, each compared in constant time.
    good = [hmac.compare_digest(_signature(body.encode(), secret), signature) for secret in secrets]
    if not any(good):
        raise QuoteInvalid
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Quote)
    except (binascii.Error, msgspec.DecodeError) as error:
        raise QuoteInvalid from error


def _signature(body: bytes, secret: str) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
