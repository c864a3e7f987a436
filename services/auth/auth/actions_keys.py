"""Signing keys and the access tokens that they sign (RFC 8725, RFC 9068)."""

from __future__ import annotations

import os
import secrets
import stat
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from auth.domain import User
from auth.domain_api_keys import KeyOwner, acting_roles
from fairseat_common.keyring import key_files
from fairseat_common.settings import SettingsError
from fairseat_common.web import Verifier
from fairseat_common.web.auth import ALGORITHM, AUDIENCE, ISSUER, TOKEN_TYPE

FIRST_KEY = "0001.pem"


class SigningKey:
    """An Ed25519 key pair; its id is the thumbprint of the public part (RFC 7638, RFC 8037)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.private = private
        self.public = private.public_key()
        x = _base64(self.public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        self.id = _base64(sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest())
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.id, "use": "sig", "alg": ALGORITHM}


class Signer:
    """Issues access tokens with the last key and publishes all of them."""

    def __init__(self, keys: Sequence[SigningKey], lifetime_s: int) -> None:
        assert keys, "there is no key to sign with"
        self.keys = tuple(keys)
        self._signing = keys[-1]
        self._lifetime_s = lifetime_s
        self.key_set = msgspec.json.encode({"keys": [key.jwk for key in reversed(self.keys)]})
        """The JSON Web Key Set with the public parts, the one that signs first."""

    def issue(self, user: User, session_id: UUID, now_s: float) -> str:
        """An access token for the session; `now_s` in Unix seconds."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.id),
            "sid": str(session_id),
            "roles": list(user.roles),
            "iat": int(now_s),
            "exp": int(now_s) + self._lifetime_s,
        }
        # What the reader has chosen, for pages; who has chosen nothing has a shorter cookie.
        chosen = {"loc": user.locale, "tz": user.timezone, "cur": user.currency}
        claims |= {name: value for name, value in chosen.items() if value is not None}
        return self._signed(claims)

    def issue_for_key(self, owner: KeyOwner, now_s: float) -> tuple[str, int]:
        """An access token for an API key, and its life in seconds: never longer than what is left of the key's."""
        lifetime_s = max(1, min(self._lifetime_s, int(owner.left_s)))
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(owner.user_id),
            "sid": str(owner.key_id),
            "key": str(owner.key_id),
            "roles": list(acting_roles(owner.roles)),
            "scope": " ".join(owner.scopes),
            "lim": owner.per_minute,
            "iat": int(now_s),
            "exp": int(now_s) + lifetime_s,
        }
        return self._signed(claims), lifetime_s

    def _signed(self, claims: dict[str, Any]) -> str:
        headers = {"kid": self._signing.id, "typ": TOKEN_TYPE}
        return jwt.encode(claims, self._signing.private, ALGORITHM, headers=headers)


class OwnVerifier(Verifier):
    """Verifies as every service does, but has the keys at hand."""

    def __init__(self, signer: Signer) -> None:
        super().__init__("")
        self._signer = signer

    async def _fetch(self) -> dict[str, Any]:
        return {key.id: key.public for key in self._signer.keys}


def load_keys(directory: str, environment: str) -> list[SigningKey]:
    """The keys of a directory in the order of their file names, the one that signs last.

    A local run makes its first key by itself, kept only in memory if there is no directory. Elsewhere a key must be
    there. Raises SettingsError for a missing, unreadable or unprotected key.
    """
    local = environment == "local"
    if not directory:
        if local:
            return [SigningKey(Ed25519PrivateKey.generate())]
        raise SettingsError("SIGNING_KEYS_DIR is not set")
    files = key_files(Path(directory))
    if not files and local:
        _make_key(Path(directory))
        files = key_files(Path(directory))
    if not files:
        raise SettingsError(f"SIGNING_KEYS_DIR has no Ed25519 key: {directory}")
    return [_read_key(file) for file in files]


def _read_key(file: Path) -> SigningKey:
    try:
        if stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO:
            raise SettingsError(f"{file} can be read by everybody: chmod 600")
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"{file} cannot be read as a private key: {type(error).__name__}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{file} is not an Ed25519 key")
    return SigningKey(key)


def _make_key(directory: Path) -> None:
    """Write a first key as a whole or not at all; of two processes that try, the first one wins."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = directory / f".{secrets.token_hex(8)}"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, directory / FIRST_KEY)
    except FileExistsError:
        return
    finally:
        fresh.unlink()


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
