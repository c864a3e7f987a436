"""Who is asking: access tokens are verified offline with auth's published keys."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import aiohttp
import jwt
import msgspec
import structlog
from jwt.algorithms import OKPAlgorithm

from fairseat_common.contracts.refusals import SignInRequired, TokenExpired, TokenInvalid, Unavailable

log = structlog.get_logger(__name__)

ISSUER = "fairseat"
AUDIENCE = "fairseat"
TOKEN_TYPE = "at+jwt"  # noqa: S105  # RFC 9068: the type of an access token, not a secret
ALGORITHM = "EdDSA"
TOKEN_BYTES_MAX = 4096
KEYS_TIMEOUT_S = 3.0
KEYS_REFRESH_S = 300.0
KEYS_RETRY_S = 1.0
CACHE_MAX = 10_000


class SignedIn(msgspec.Struct, frozen=True):
    """The signed-in user, as the access token says."""

    id: UUID
    session_id: UUID
    roles: frozenset[str]
    expires_at: float
    """Unix seconds."""
    key_id: UUID | None = None
    """The API key that the token was made with; None for a browser's session."""
    scopes: frozenset[str] = frozenset()
    """What the key may do (`fairseat_common.web.scopes`); a session has none, and needs none."""
    per_minute: int | None = None
    """How many requests a minute the key may make."""


class Verifier:
    """Verifies access tokens (RFC 8725: one algorithm, issuer, audience, type and key id all checked)."""

    def __init__(self, jwks_url: str) -> None:
        self._url = jwks_url
        self._keys: dict[str, Any] = {}
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self._verified: OrderedDict[str, SignedIn] = OrderedDict()

    async def verify(self, token: str) -> SignedIn:
        """The user of a valid token.

        Raises TokenExpired, TokenInvalid, or Unavailable when the keys cannot be had: nobody is let in unverified.
        """
        user = self._verified.get(token)
        if user is None:
            user = await self._decode(token)
            self._verified[token] = user
            if len(self._verified) > CACHE_MAX:
                self._verified.popitem(last=False)
        if user.expires_at <= time.time():
            raise TokenExpired
        return user

    async def _decode(self, token: str) -> SignedIn:
        if len(token) > TOKEN_BYTES_MAX:
            raise TokenInvalid
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TOKEN_TYPE or header.get("alg") != ALGORITHM:
                raise TokenInvalid
            key = await self._key(str(header.get("kid", "")))
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "sid"]},
            )
            return _user_of(claims)
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise TokenInvalid from error

    async def _key(self, key_id: str) -> Any:
        stale = time.monotonic() - self._asked_at > KEYS_REFRESH_S
        if key_id not in self._keys or stale:
            await self._refresh(key_id)
        try:
            return self._keys[key_id]
        except KeyError:
            raise TokenInvalid from None

    async def _refresh(self, key_id: str) -> None:
        async with self._asking:
            # An unknown key id asks auth at most once a second, so made-up ids cannot flood it.
            if self._keys and time.monotonic() - self._asked_at < KEYS_RETRY_S:
                return
            try:
                keys = await self._fetch()
            except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError) as error:
                if key_id in self._keys:
                    return
                log.warning("auth.keys_unavailable", error=repr(error))
                raise Unavailable("Sign-ins cannot be verified right now. Please try again in a moment.") from error
            self._keys = keys
            self._asked_at = time.monotonic()

    async def _fetch(self) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=KEYS_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._url) as answer:
            answer.raise_for_status()
            document = msgspec.json.decode(await answer.content.read(65_536), type=dict[str, list[dict[str, str]]])
        return {key["kid"]: OKPAlgorithm.from_jwk(msgspec.json.encode(key).decode()) for key in document["keys"]}


def _user_of(claims: Mapping[str, Any]) -> SignedIn:
    """The user of verified claims; raises ValueError or TypeError for claims that auth does not make."""
    key = claims.get("key")
    limit = claims.get("lim")
    return SignedIn(
        id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        roles=frozenset(claims.get("roles", ())),
        expires_at=float(claims["exp"]),
        key_id=None if key is None else UUID(key),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        per_minute=None if limit is None else int(limit),
    )


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies of a request. What another site on the same host has set may be anything, and hides none of ours."""
    pairs = (part.partition("=") for part in headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip().strip('"') for name, is_pair, value in pairs if is_pair}


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The token of an Authorization header; None without one, or where it speaks of something else than a token."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def signed_in(verifier: Verifier, cookie_name: str, headers: Mapping[str, str]) -> SignedIn:
    """The user whose token the request carries; raises SignInRequired and its kinds.

    A key's token comes as `Authorization: Bearer`, and cookies do not count beside it; a session's comes as a cookie.
    Neither is good for the other's place: the edge has compared a Bearer's scopes with the request, and only those.
    """
    bearer = bearer_of(headers)
    token = cookies_of(headers).get(cookie_name, "") if bearer is None else bearer
    if not token:
        raise SignInRequired
    user = await verifier.verify(token)
    if (user.key_id is None) is (bearer is not None):
        raise TokenInvalid
    return user
