"""Short secrets on their way through events: sealed by one service for another, legible to nobody between.

AES-256-GCM with a key of 32 bytes; `purpose` is bound to the sealed text, so one that was meant for something else does
not open. Secrets come as settings, the newest first: old ones still open what they sealed.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SealBroken(ValueError):
    """The text was not sealed by us for this purpose, or was changed."""


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"fairseat-seal:" + secret.encode()).digest()


def seal(text: str, purpose: str, secrets: Sequence[str]) -> str:
    """Seal a text with the newest secret."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_key(secrets[0])).encrypt(nonce, text.encode(), purpose.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def opened(sealed: str, purpose: str, secrets: Sequence[str]) -> str:
    """What was sealed; raises SealBroken."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode())
    except ValueError as error:
        raise SealBroken("not a sealed text") from error
    for secret in secrets:
        try:
            return AESGCM(_key(secret)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError):
            continue
    raise SealBroken("sealed by somebody else, for something else, or changed")
