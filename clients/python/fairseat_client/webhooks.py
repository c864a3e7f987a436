"""Deliveries of webhooks: who sent them, and when."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import msgspec

AGE_MAX_S = 300


class SignatureInvalid(ValueError):
    """The delivery was not signed with this secret, was changed on its way, or is too old."""


def verify(
    secret: str, signature: str, body: bytes, *, now_s: float | None = None, age_max_s: float = AGE_MAX_S
) -> dict[str, Any]:
    """The fact in a delivery; raises SignatureInvalid.

    `signature` is the header `Fairseat-Signature`, `body` the bytes as they came. Facts can come twice and out of
    order: drop an `id` that you have seen, and let a higher `version` win.
    """
    parts = [part.partition("=") for part in signature.split(",")]
    sent_at = next((value for name, _, value in parts if name == "t"), "")
    given = [value for name, _, value in parts if name == "v1"]
    if not (sent_at.isascii() and sent_at.isdigit()):
        raise SignatureInvalid("the header has no time")
    expected = hmac.new(secret.encode(), sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    # While a secret is replaced there is one for the old and one for the new.
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in given):
        raise SignatureInvalid("the signature does not fit")
    if abs((time.time() if now_s is None else now_s) - int(sent_at)) > age_max_s:
        raise SignatureInvalid("the delivery is too old")
    return msgspec.json.decode(body, type=dict[str, Any])
