"""Passkeys: what a browser sends, and why it may be refused. Pure.

All binary values are base64url without padding, as browsers write them (Web Authentication, level 3).
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Meta

from auth.domain_people import Proof
from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid, Refusal

PASSKEYS_MAX = 20
CHALLENGE_BYTES = 32
CHALLENGE_S = 300
"""For how long an answer to a challenge is taken."""
NAME_DEFAULT = "Passkey"

ChallengePurpose: TypeAlias = Literal["register", "signin"]
_BASE64 = r"^[A-Za-z0-9_-]+$(?!\n)"
CredentialId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1364, pattern=_BASE64)]
Binary: TypeAlias = Annotated[str, Meta(min_length=1, max_length=8192, pattern=_BASE64)]
Large: TypeAlias = Annotated[str, Meta(min_length=1, max_length=65_536, pattern=_BASE64)]
PasskeyName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Transport: TypeAlias = Literal["usb", "nfc", "ble", "smart-card", "internal", "hybrid", "cable"]


class PasskeyRefused(Refusal):
    """The answer of the authenticator does not show who somebody is. Why is in the log, and nobody else's business."""

    status = 401
    slug = "passkey-refused"
    title = "The passkey was not accepted"
    detail = "Ask for new options and try again, or sign in with your password."


class PasskeyInvalid(Invalid):
    """A new passkey could not be verified."""

    slug = "passkey-invalid"
    title = "The passkey could not be added"
    detail = "Ask for new options and try again, on this site and in this browser."


class PasskeyKnown(Conflict):
    """The passkey is some account's already."""

    slug = "passkey-known"
    title = "This passkey is in use already"
    detail = "Use it to sign in, or choose another authenticator."


class PasskeyLimit(Conflict):
    """An account has as many passkeys as it may."""

    slug = "passkey-limit"
    title = "You have as many passkeys as you can"
    detail = "Remove one that you do not use any more."


class NewPasskey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `navigator.credentials.create()` gave, and what the passkey is to be called."""

    id: CredentialId
    client_data: Binary
    attestation: Large
    transports: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    name: PasskeyName = NAME_DEFAULT


class Assertion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `navigator.credentials.get()` gave."""

    id: CredentialId
    client_data: Binary
    authenticator_data: Binary
    signature: Binary
    user_handle: Annotated[str, Meta(max_length=128)] | None = None


class Identification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is signed in shows once more who they are: by the password, or by a passkey."""

    password: Proof | None = None
    passkey: Assertion | None = None


class PasskeyView(msgspec.Struct, frozen=True):
    """A passkey, as its owner sees it."""

    id: UUID
    name: str
    transports: tuple[str, ...]
    backed_up: bool
    """Whether it is kept by a service that brings it to all devices of its owner."""
    created_at: datetime
    used_at: datetime | None


class Site(msgspec.Struct, frozen=True):
    """Where passkeys work: the origin that browsers see, and its host, to which they are bound."""

    origin: str
    host: str

    @classmethod
    def of(cls, public_url: str) -> Site:
        """The site at the public address."""
        parts = urlsplit(public_url)
        return cls(f"{parts.scheme}://{parts.netloc}", parts.hostname or "")


def binary(text: str, field: str) -> bytes:
    """The bytes of a value; raises Invalid."""
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(None, FieldError(field, "Is not base64url")) from error


def text(data: bytes) -> str:
    """The other way round."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
