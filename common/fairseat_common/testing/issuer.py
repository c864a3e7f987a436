"""A stand-in for auth's keys, so that a service can be tested without auth running."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from fairseat_common.ids import new_id
from fairseat_common.testing.serving import Serving
from fairseat_common.web.asgi import Receive, Scope, Send
from fairseat_common.web.auth import ALGORITHM, AUDIENCE, ISSUER, TOKEN_TYPE
from fairseat_common.web.edge import answer

KEY_ID = "test-key"


def key_claims(*scopes: str, per_minute: int = 6000) -> dict[str, object]:
    """What the token of an API key with these scopes says beside what every token does."""
    return {"key": str(new_id()), "scope": " ".join(scopes), "lim": per_minute}


class Issuer:
    """Issues access tokens and serves the key set that verifies them."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._serving = Serving(self._serve)

    async def __aenter__(self) -> Issuer:
        """Start serving the keys."""
        await self._serving.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop serving."""
        await self._serving.stop()

    @property
    def jwks_url(self) -> str:
        """Where the keys are."""
        return f"{self._serving.url}/.well-known/jwks.json"

    async def _serve(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            key = OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True) | {"kid": KEY_ID, "use": "sig"}
            await answer(send, 200, msgspec.json.encode({"keys": [key]}), "application/json")

    def token(
        self,
        user_id: UUID,
        roles: Iterable[str] = ("user",),
        lifetime_s: float = 300,
        key: Ed25519PrivateKey | None = None,
        claims: Mapping[str, object] | None = None,
    ) -> str:
        """An access token as auth issues it; a negative lifetime makes an expired one, `key` a forged one.

        `claims` are said beside the usual ones, e.g. those of an API key's token (`key_claims`).
        """
        now = time.time()
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(new_id()),
            "roles": list(roles),
            "iat": int(now),
            "exp": int(now + lifetime_s),
            **(claims or {}),
        }
        return jwt.encode(said, key or self._key, ALGORITHM, headers={"kid": KEY_ID, "typ": TOKEN_TYPE})
