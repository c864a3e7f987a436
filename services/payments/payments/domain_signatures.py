"""Who sent a webhook: the provider's signature over its exact bytes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from payments.domain_refusals import SignatureInvalid

WEBHOOK_TOLERANCE_S = 300


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
