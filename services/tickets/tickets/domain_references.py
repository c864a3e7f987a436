"""What devices at the door know tickets by while they have no network. Pure.

A reference is the first 16 bytes of the SHA-256 (FIPS 180-4) of a ticket's serial, base64url. Whoever reads a genuine
code can work it out; a code cannot be worked out from it, nor a serial, which is random.
"""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

REFERENCE_BYTES = 16


def reference_of(serial: UUID) -> bytes:
    """The reference of the ticket that has this serial."""
    return hashlib.sha256(serial.bytes).digest()[:REFERENCE_BYTES]


def reference_read(text: str) -> bytes:
    """The bytes of a reference that was sent; its form has been checked."""
    return base64.urlsafe_b64decode(text + "==")


def text_of(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
