"""The rules of API keys: what they look like, what they may be asked for, and how many there may be."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from auth.domain import hash_of
from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid, SignInRequired

PREFIX = "fsk_"
SECRET_BYTES = 32
SECRET_LENGTH_MAX = 128
HINT_LENGTH = 12
KEYS_MAX = 20
DAYS_DEFAULT = 90
DAYS_MAX = 365
PER_MINUTE_DEFAULT = 600
PER_MINUTE_MAX = 6000
ROLES_NEVER = frozenset({"operator"})
"""Roles that no key acts in, whoever made it."""


class KeyLimit(Conflict):
    """The account has as many keys as it may."""

    slug = "key-limit"
    title = "That is as many API keys as an account may have"
    detail = f"An account has {KEYS_MAX} keys at most. End one that is no longer used, then make the new one."


class KeyInvalid(SignInRequired):
    """The key is none of ours, has expired, or was ended."""

    slug = "key-invalid"
    title = "The API key is not valid"
    detail = "Send a key that has neither expired nor been ended, as `Authorization: Bearer fsk_...`."


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key that somebody wants: what it may do, for how many days, and how often in a minute."""

    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
    scopes: Annotated[list[str], Meta(min_length=1, max_length=100)]
    expires_in_days: Annotated[int, Meta(ge=1, le=DAYS_MAX)] = DAYS_DEFAULT
    requests_per_minute: Annotated[int, Meta(ge=1, le=PER_MINUTE_MAX)] = PER_MINUTE_DEFAULT


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key, as its owner sees it. `hint` is how it begins; `used_at` is when it was last exchanged for a token."""

    id: UUID
    name: str
    hint: str
    scopes: tuple[str, ...]
    requests_per_minute: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    expired: bool


class KeyMade(KeyView, frozen=True, kw_only=True):
    """A new key with its secret, which is shown this once and never again."""

    secret: str


class KeyToken(msgspec.Struct, frozen=True, kw_only=True):
    """An access token for a key (RFC 6749, section 5.1): send it as `Authorization: Bearer ...`."""

    access_token: str
    token_type: str
    expires_in: int
    """Seconds."""
    scope: str
    """The key's scopes, separated by spaces."""
    user_id: UUID


class KeyOwner(msgspec.Struct, frozen=True):
    """Whom a key acts for, and how."""

    key_id: UUID
    user_id: UUID
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    per_minute: int
    left_s: float
    """How long the key is still good for."""


def new_secret() -> str:
    """A key nobody can guess; what it begins with lets programs that look for lost secrets find it."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> bytes | None:
    """How a key is kept; None for what cannot be one."""
    if not secret.startswith(PREFIX) or len(secret) > SECRET_LENGTH_MAX or not secret.isascii():
        return None
    return hash_of(secret)


def scopes_of(asked: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The scopes in their order, each once; raises Invalid for one that there is not."""
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise Invalid(None, FieldError("scopes", f"There is no scope {unknown[0][:60]!r}"))
    return tuple(scope for scope in known if scope in asked)


def acting_roles(roles: Sequence[str]) -> tuple[str, ...]:
    """The roles that a key acts in for an account with these."""
    return tuple(role for role in roles if role not in ROLES_NEVER)
