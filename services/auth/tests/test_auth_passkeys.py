"""Passkeys, with an authenticator of our own that signs as real ones do: who gets in, and everything that does not."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fairseat_common.contracts import UserLetterDue
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

PASSWORD = "a heron over still water"
SITE, ORIGIN = "localhost", "http://localhost:8000"
UP, UV, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def raw(given: str) -> bytes:
    return urlsafe_b64decode(given + "=" * (-len(given) % 4))


@dataclass
class Authenticator:
    """One credential on an elliptic curve, which counts its uses."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""
    count: int = 0

    def create(
        self, options: dict[str, Any], origin: str = ORIGIN, site: str = SITE, flags: int = UP | UV
    ) -> dict[str, Any]:
        """What a browser sends after `navigator.credentials.create()`."""
        self.handle = raw(options["user"]["id"])
        point = self.key.public_key().public_numbers()
        numbers = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        known = b"\0" * 16 + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(numbers)
        data = self._data(site, flags | ATTESTED) + known
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], origin)
        return {"id": text(self.id), "client_data": text(client), "attestation": text(attestation), "name": "Phone"}

    def sign(
        self,
        options: dict[str, Any],
        origin: str = ORIGIN,
        site: str = SITE,
        flags: int = UP | UV,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> dict[str, Any]:
        """What a browser sends after `navigator.credentials.get()`."""
        self.count += 1
        data = self._data(site, flags)
        client = self._client("webauthn.get", options["challenge"], origin)
        signed = (key or self.key).sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": text(self.id),
            "client_data": text(client),
            "authenticator_data": text(data),
            "signature": text(signed),
            "user_handle": text(self.handle),
        }

    def _data(self, site: str, flags: int) -> bytes:
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


async def signed_up(auth: RunningService, email: str = "ada@example.com") -> httpx.AsyncClient:
    client = auth.client()
    answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return client


async def asked(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """Options of a route."""
    answer = await client.post(path)
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def enrolled(auth: RunningService, email: str = "ada@example.com") -> tuple[httpx.AsyncClient, Authenticator]:
    """Somebody with a passkey."""
    client, authenticator = await signed_up(auth, email), Authenticator()
    options = await asked(client, "/api/users/passkeys/options")
    answer = await client.post("/api/users/passkeys", json=authenticator.create(options))
    assert answer.status_code == 201, answer.text
    return client, authenticator


async def sign_in(client: httpx.AsyncClient, assertion: dict[str, Any]) -> tuple[int, str]:
    answer = await client.post("/api/users/signin/passkey", json=assertion)
    return answer.status_code, answer.json().get("type", "")


async def test_a_passkey_signs_its_owner_in_without_a_name_or_a_password(start: StartService) -> None:
    auth = await start("auth")
    owner, authenticator = await enrolled(auth)
    browser = auth.client()
    options = await asked(browser, "/api/users/signin/passkey/options")
    assert (options["rpId"], options["userVerification"], options["allowCredentials"]) == (SITE, "required", [])
    assert await sign_in(browser, authenticator.sign(options)) == (200, "")
    user = (await browser.get("/api/users/currentuser")).json()["current_user"]
    assert user["email"] == "ada@example.com"
    [shown] = (await owner.get("/api/users/passkeys")).json()["items"]
    assert (shown["name"], shown["used_at"] is not None, shown["backed_up"]) == ("Phone", True, False)
    assert [letter.kind for letter in await auth.published(UserLetterDue)][1:] == ["passkey_added"]
    assert (await owner.delete(f"/api/users/passkeys/{shown['id']}")).status_code == 204
    options = await asked(browser, "/api/users/signin/passkey/options")
    assert await sign_in(browser, authenticator.sign(options)) == (401, "passkey-refused")


async def test_a_passkey_works_for_the_site_that_browsers_see(start: StartService) -> None:
    auth = await start("auth", PUBLIC_URL="https://tickets.example:8443")
    browser = auth.client()
    answer = await browser.post("/api/users/signin/passkey/options")
    assert answer.json()["rpId"] == "tickets.example"
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-fairseat_challenge=")
    assert {"HttpOnly", "Secure", "Max-Age=300", "Path=/"} <= {part.strip() for part in cookie.split(";")}


WRONG_ANSWERS: dict[str, Callable[[Authenticator, dict[str, Any]], dict[str, Any]]] = {
    "another origin": lambda a, o: a.sign(o, origin="https://fairseat.evil.example"),
    "our host on another port": lambda a, o: a.sign(o, origin="http://localhost:9000"),
    "made for another site": lambda a, o: a.sign(o, site="evil.example"),
    "nobody was verified": lambda a, o: a.sign(o, flags=UP),
    "nobody was there": lambda a, o: a.sign(o, flags=UV),
    "another challenge": lambda a, o: a.sign(o | {"challenge": text(secrets.token_bytes(32))}),
    "signed by another key": lambda a, o: a.sign(o, key=ec.generate_private_key(ec.SECP256R1())),
    "an unknown credential": lambda a, o: a.sign(o) | {"id": text(secrets.token_bytes(32))},
    "another one's handle": lambda a, o: a.sign(o) | {"user_handle": text(secrets.token_bytes(16))},
    "an answer to a registration": lambda a, o: (
        a.sign(o) | {"client_data": text(a._client("webauthn.create", o["challenge"], ORIGIN))}
    ),
    "changed on the way": lambda a, o: a.sign(o) | {"authenticator_data": text(a._data(SITE, UP | UV | 0x08))},
    "no authenticator's data": lambda a, o: a.sign(o) | {"authenticator_data": text(b"\xff" * 5)},
    "no client's data": lambda a, o: a.sign(o) | {"client_data": text(b"[1]")},
}


async def test_wrong_answers_are_refused_and_spend_their_challenge(start: StartService) -> None:
    auth = await start("auth", SIGNIN_ACCOUNT_FAILURES_MAX="100")
    _, authenticator = await enrolled(auth)
    for name, wrong in WRONG_ANSWERS.items():
        browser = auth.client()
        options = await asked(browser, "/api/users/signin/passkey/options")
        assert await sign_in(browser, wrong(authenticator, options)) == (401, "passkey-refused"), name
        assert await sign_in(browser, authenticator.sign(options)) == (401, "passkey-refused"), name
        assert (await browser.get("/api/users/currentuser")).json()["current_user"] is None


async def test_another_persons_credential_opens_nothing_of_ones_own(start: StartService) -> None:
    auth = await start("auth")
    _, adas = await enrolled(auth)
    eve, eves = await enrolled(auth, "eve@example.com")
    browser = auth.client()
    options = await asked(browser, "/api/users/signin/passkey/options")
    # Eve's signature under Ada's credential, and Ada's name under Eve's.
    forged = eves.sign(options) | {"id": text(adas.id), "user_handle": text(adas.handle)}
    assert await sign_in(browser, forged) == (401, "passkey-refused")
    options = await asked(browser, "/api/users/signin/passkey/options")
    assert await sign_in(browser, eves.sign(options) | {"user_handle": text(adas.handle)}) == (401, "passkey-refused")
    # Nobody takes a credential over that is another's, nor deletes an account with another's.
    options = await asked(eve, "/api/users/passkeys/options")
    answer = await eve.post("/api/users/passkeys", json=adas.create(options))
    assert (answer.status_code, answer.json()["type"]) == (409, "passkey-known")
    adas.handle = b""
    options = await asked(eve, "/api/users/signin/passkey/options")
    answer = await eve.request("DELETE", "/api/users/me", json={"passkey": adas.sign(options)})
    assert (answer.status_code, answer.json()["type"]) == (401, "passkey-refused")


async def test_an_answer_counts_once_in_one_browser_and_for_a_short_time(start: StartService) -> None:
    auth = await start("auth")
    _, authenticator = await enrolled(auth)
    browser, thief = auth.client(), auth.client()
    options = await asked(browser, "/api/users/signin/passkey/options")
    answer = authenticator.sign(options)
    await asked(thief, "/api/users/signin/passkey/options")
    assert await sign_in(thief, answer) == (401, "passkey-refused"), "the challenge is another browser's"
    twice = await asyncio.gather(*(sign_in(client, answer) for client in [browser] * 4))
    assert sorted(status for status, _ in twice) == [200, 401, 401, 401]
    options = await asked(browser, "/api/users/signin/passkey/options")
    async with auth.database.connection() as connection:
        await connection.execute("update passkey_challenges set expires_at = now() - interval '1 second'")
    assert await sign_in(browser, authenticator.sign(options)) == (401, "passkey-refused")


async def test_a_copy_of_an_authenticator_is_noticed(start: StartService) -> None:
    auth = await start("auth")
    owner, authenticator = await enrolled(auth)
    browser = auth.client()
    authenticator.count = 7
    options = await asked(browser, "/api/users/signin/passkey/options")
    assert await sign_in(browser, authenticator.sign(options)) == (200, "")
    for count in (7, 3, -1):
        copy = Authenticator(authenticator.key, authenticator.id, authenticator.handle, count)
        options = await asked(browser, "/api/users/signin/passkey/options")
        assert await sign_in(browser, copy.sign(options)) == (401, "passkey-refused"), count
    async with auth.database.connection() as connection:
        noted = await connection.fetchval("select count(*) from audit_log where action = 'passkey-cloned'")
    assert noted == 3
    assert (await owner.get("/api/users/passkeys")).status_code == 200


async def test_one_that_does_not_count_is_taken_as_it_is(start: StartService) -> None:
    auth = await start("auth")
    _, authenticator = await enrolled(auth)
    for _ in range(2):
        authenticator.count = -1
        browser = auth.client()
        options = await asked(browser, "/api/users/signin/passkey/options")
        assert await sign_in(browser, authenticator.sign(options)) == (200, "")


WRONG_KEYS: dict[str, Callable[[Authenticator, dict[str, Any]], dict[str, Any]]] = {
    "another origin": lambda a, o: a.create(o, origin="https://evil.example"),
    "made for another site": lambda a, o: a.create(o, site="evil.example"),
    "nobody was verified": lambda a, o: a.create(o, flags=UP),
    "another challenge": lambda a, o: a.create(o | {"challenge": text(secrets.token_bytes(32))}),
    "another credential than it says": lambda a, o: a.create(o) | {"id": text(secrets.token_bytes(32))},
    "no attestation": lambda a, o: a.create(o) | {"attestation": text(cbor2.dumps({"fmt": "none"}))},
    "nothing that can be read": lambda a, o: a.create(o) | {"attestation": text(b"\xff\xff")},
}


async def test_a_passkey_that_was_not_made_here_and_now_is_not_added(start: StartService) -> None:
    auth = await start("auth")
    client, authenticator = await signed_up(auth), Authenticator()
    for name, wrong in WRONG_KEYS.items():
        options = await asked(client, "/api/users/passkeys/options")
        answer = await client.post("/api/users/passkeys", json=wrong(authenticator, options))
        assert (answer.status_code, answer.json()["type"]) == (422, "passkey-invalid"), name
        again = await client.post("/api/users/passkeys", json=authenticator.create(options))
        assert again.json()["type"] == "passkey-invalid", f"{name}: the challenge is spent"
    assert (await client.get("/api/users/passkeys")).json()["items"] == []


async def test_a_challenge_is_of_one_session_and_an_account_has_so_many_passkeys(start: StartService) -> None:
    auth = await start("auth")
    ada, eve = await signed_up(auth), await signed_up(auth, "eve@example.com")
    options = await asked(ada, "/api/users/passkeys/options")
    await asked(eve, "/api/users/passkeys/options")
    answer = await eve.post("/api/users/passkeys", json=Authenticator().create(options))
    assert answer.json()["type"] == "passkey-invalid"
    async with auth.database.connection() as connection:
        await connection.execute(
            "insert into passkeys (id, credential_id, user_id, public_key, sign_count, name, backed_up)"
            " select gen_random_uuid(), int4send(n), u.id, '', 0, 'x', false from generate_series(1, 20) n,"
            " (select id from users where email = 'ada@example.com') u"
        )
    for path, body in (("/options", None), ("", Authenticator().create(options))):
        answer = await ada.post(f"/api/users/passkeys{path}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "passkey-limit")
    other = (await ada.get("/api/users/passkeys", params={"limit": 1})).json()["items"][0]["id"]
    assert (await eve.delete(f"/api/users/passkeys/{other}")).status_code == 404


async def test_guesses_from_one_address_come_to_an_end(start: StartService) -> None:
    auth = await start("auth", SIGNIN_ACCOUNT_FAILURES_MAX="3")
    _, authenticator = await enrolled(auth)
    browser = auth.client()
    found = []
    for _ in range(4):
        options = await asked(browser, "/api/users/signin/passkey/options")
        found.append((await sign_in(browser, authenticator.sign(options, site="evil.example")))[1])
    assert found == ["passkey-refused"] * 3 + ["too-many-attempts"]
