"""Who asks: people of the demo, and a program with a key."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx

from fairseat_common.web.scopes import SCOPES

PASSWORD = "fairseat demo 1"  # noqa: S105 -- of accounts in local runs only
RENEW_S = 100.0
ACCESS = "fairseat"
ENDING = frozenset(
    {
        ("POST", "/api/users/{user_id}/ban"),
        ("PUT", "/api/users/{user_id}/roles"),
        ("PUT", "/api/orders/switch"),
        ("PUT", "/api/payouts/switch"),
    }
)


@dataclass
class Asker:
    """Somebody with a token that is renewed before it runs out."""

    url: str
    name: str
    by_key: bool = False
    never: frozenset[tuple[str, str]] = frozenset()
    """Operations that would put an end to the others' work."""
    _token: str = ""
    _until: float = 0.0
    _secret: str = field(default="", repr=False)

    def cookies(self) -> dict[str, str]:
        """The cookie of a person: not the session's, which a sign-in that is made up would end."""
        return {} if self.by_key else {ACCESS: self._current()}

    def headers(self) -> dict[str, str]:
        """The header of a program."""
        return {"Authorization": f"Bearer {self._current()}"} if self.by_key else {}

    def _current(self) -> str:
        if time.monotonic() >= self._until:
            with httpx.Client(base_url=self.url, timeout=30) as client:
                self._token = self._exchanged(client) if self.by_key else self._signed_in(client)
            self._until = time.monotonic() + RENEW_S
        return self._token

    def _signed_in(self, client: httpx.Client) -> str:
        body = {"email": f"{self.name}@fairseat.example", "password": PASSWORD}
        answer = client.post("/api/users/signin", json=body)
        assert answer.status_code == 200, answer.text
        return client.cookies[ACCESS]

    def _exchanged(self, client: httpx.Client) -> str:
        if not self._secret:
            self._signed_in(client)
            wanted = {"name": "Made-up requests", "scopes": SCOPES, "requests_per_minute": 6000}
            made = client.post("/api/keys", json=wanted)
            assert made.status_code == 201, made.text
            self._secret = made.json()["secret"]
            client.cookies.clear()
        answer = client.post("/api/users/token", headers={"Authorization": f"Bearer {self._secret}"})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


def askers(url: str) -> list[Asker]:
    """A fan, an organiser, and a program that acts for a seller."""
    return [Asker(url, "fan"), Asker(url, "organiser"), Asker(url, "seller", by_key=True)]


def operator(url: str) -> Asker:
    """Somebody who may do everything, but neither bans those who ask nor stops all sales."""
    return Asker(url, "operator", never=ENDING)
