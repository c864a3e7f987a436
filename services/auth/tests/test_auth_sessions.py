"""Sessions: cookies, tokens that rotate, tokens that were stolen, and ends that hold everywhere."""

from __future__ import annotations

import asyncio
import re
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auth.actions_keys import Signer, SigningKey, load_keys
from auth.domain import User
from fairseat_common.contracts.refusals import TokenInvalid
from fairseat_common.ids import new_id
from fairseat_common.settings import SettingsError
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.web import Verifier

PASSWORD = "a heron over still water"
ROUTES = [
    ("POST", "/api/users/signup"),
    ("POST", "/api/users/signin"),
    ("POST", "/api/users/signout"),
    ("POST", "/api/users/refresh"),
    ("GET", "/api/users/currentuser"),
    ("GET", "/api/users/sessions"),
    ("DELETE", "/api/users/sessions/{id}"),
    ("GET", "/.well-known/jwks.json"),
]
OPEN_TO_ALL = {
    ("POST", "/api/users/signup"): 201,
    ("POST", "/api/users/signin"): 401,  # the body's doing, not the token's
    ("POST", "/api/users/signout"): 204,
    ("GET", "/api/users/currentuser"): 200,
    ("GET", "/.well-known/jwks.json"): 200,
}
SHOWN_BY_THE_BODY = {
    ("POST", "/api/users/verification/confirm"),
    ("POST", "/api/users/password-reset"),
    ("POST", "/api/users/password-reset/confirm"),
    ("POST", "/api/users/signin/passkey"),
    ("POST", "/api/users/signin/passkey/options"),
    ("POST", "/api/users/token"),
}
"""Routes at which nobody is signed in: a token, a key or a passkey in the body says who is meant."""


async def signed_up(auth: RunningService, email: str = "ada@example.com") -> httpx.AsyncClient:
    client = auth.client()
    answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": "Ada"})
    assert answer.status_code == 201, answer.text
    return client


def with_cookies(auth: RunningService, cookies: Mapping[str, str]) -> httpx.AsyncClient:
    client = auth.client()
    client.cookies.update(dict(cookies))
    return client


def cookies_set(answer: httpx.Response) -> dict[str, str]:
    return {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}


def write_key(file: Path) -> None:
    file.touch(0o600)
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def modes(directory: Path) -> list[int]:
    return [stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()]


async def current(client: httpx.AsyncClient) -> str | None:
    user = (await client.get("/api/users/currentuser")).json()["current_user"]
    return None if user is None else str(user["email"])


async def test_other_services_verify_the_token_offline(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    user = (await client.get("/api/users/currentuser")).json()["current_user"]
    verified = await Verifier(f"{auth.url}/.well-known/jwks.json").verify(client.cookies["fairseat"])
    assert (str(verified.id), verified.roles) == (user["id"], frozenset({"user"}))
    assert 290 < verified.expires_at - time.time() <= 300
    claims = jwt.decode(client.cookies["fairseat"], options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "sid", "roles", "iat", "exp"}


async def test_the_key_set_holds_public_parts_only(start: StartService) -> None:
    auth = await start("auth")
    answer = await auth.client().get("/.well-known/jwks.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    [key] = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}


async def test_cookies_are_for_this_host_and_no_script(start: StartService) -> None:
    auth = await start("auth", PUBLIC_URL="https://fairseat.example")
    answer = await auth.client().post("/api/users/signup", json={"email": "a@example.com", "password": PASSWORD})
    cookies = cookies_set(answer)
    assert set(cookies) == {"__Host-fairseat", "__Host-fairseat_session"}
    for line in cookies.values():
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "secure", "samesite=lax", "path=/", "max-age=2592000"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
    plain = await start("auth")
    answer = await plain.client().post("/api/users/signup", json={"email": "a@example.com", "password": PASSWORD})
    assert set(cookies_set(answer)) == {"fairseat", "fairseat_session"}
    assert "secure" not in answer.headers["set-cookie"].lower()


async def test_the_database_never_holds_a_token(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    await client.post("/api/users/refresh")
    async with auth.database.connection() as connection:
        kept = await connection.fetch("select t::text as a, s::text as b from session_tokens t, sessions s")
        password = await connection.fetchval("select password_hash from users")
    assert len(kept) == 2
    assert client.cookies["fairseat_session"] not in str(kept)
    assert client.cookies["fairseat_session"].encode().hex() not in str(kept)
    assert password.startswith("$argon2id$")


async def test_sign_out_ends_the_session_and_clears_the_cookies(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    before = dict(client.cookies)
    answer = await client.post("/api/users/signout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert dict(client.cookies) == {}
    assert (await client.post("/api/users/signout")).status_code == 204
    assert await current(with_cookies(auth, before)) is None
    answer = await with_cookies(auth, before).post("/api/users/refresh")
    assert (answer.status_code, answer.json()["type"]) == (401, "session-ended")
    answer = await with_cookies(auth, before).get("/api/users/sessions")
    assert (answer.status_code, answer.json()["type"]) == (401, "session-ended")


async def test_the_current_user_gets_a_new_access_token_without_a_write(start: StartService) -> None:
    auth = await start("auth", ACCESS_TOKEN_SECONDS="1")
    client = await signed_up(auth)
    session = client.cookies["fairseat_session"]
    bare = with_cookies(auth, {"fairseat_session": session})
    async with auth.database.connection() as connection:
        before = await connection.fetch("select s.xmin, t.xmin from sessions s, session_tokens t")
    answer = await bare.get("/api/users/currentuser")
    assert answer.json()["current_user"]["email"] == "ada@example.com"
    assert set(cookies_set(answer)) == {"fairseat"}
    async with auth.database.connection() as connection:
        assert await connection.fetch("select s.xmin, t.xmin from sessions s, session_tokens t") == before
    assert await current(auth.client()) is None
    assert await current(with_cookies(auth, {"fairseat_session": "made up"})) is None


async def test_refresh_rotates_and_the_old_token_has_a_short_grace(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    first = client.cookies["fairseat_session"]
    answer = await client.post("/api/users/refresh")
    assert (answer.status_code, answer.json()["email"]) == (200, "ada@example.com")
    second = client.cookies["fairseat_session"]
    assert second != first
    late_tab = await with_cookies(auth, {"fairseat_session": first}).post("/api/users/refresh")
    assert late_tab.status_code == 200
    assert set(cookies_set(late_tab)) == {"fairseat"}
    assert (await client.post("/api/users/refresh")).status_code == 200


async def test_parallel_tabs_refresh_together(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    tabs = [with_cookies(auth, client.cookies) for _ in range(6)]
    answers = await asyncio.gather(*(tab.post("/api/users/refresh") for tab in tabs))
    assert {answer.status_code for answer in answers} == {200}
    assert sum("fairseat_session" in cookies_set(answer) for answer in answers) == 1


async def test_an_older_token_ends_the_session_for_both(start: StartService) -> None:
    auth = await start("auth", SESSION_GRACE_SECONDS="0")
    client = await signed_up(auth)
    stolen = client.cookies["fairseat_session"]
    assert (await client.post("/api/users/refresh")).status_code == 200
    for thief in (with_cookies(auth, {"fairseat_session": stolen}), client):
        answer = await thief.post("/api/users/refresh")
        assert (answer.status_code, answer.json()["type"]) == (401, "session-ended")
    assert await current(client) is None
    async with auth.database.connection() as connection:
        assert await connection.fetchval("select end_reason from sessions") == "token-reused"


async def test_an_expired_session_is_over(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    async with auth.database.connection() as connection:
        await connection.execute("update sessions set expires_at = now()")
    assert await current(client) is None
    assert (await client.post("/api/users/refresh")).json()["type"] == "session-ended"


async def test_signing_in_again_replaces_this_browsers_session(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    before = dict(client.cookies)
    await client.post("/api/users/signin", json={"email": "ada@example.com", "password": PASSWORD})
    assert await current(client) == "ada@example.com"
    assert await current(with_cookies(auth, before)) is None


async def test_sessions_are_listed_and_ended_from_afar(start: StartService) -> None:
    auth = await start("auth")
    phone = await signed_up(auth)
    laptop = auth.client()
    headers = [(b"user-agent", b"Laptop\x85 " + b"x" * 400)]
    body = {"email": "ada@example.com", "password": PASSWORD}
    await laptop.post("/api/users/signin", json=body, headers=headers)
    stranger = await signed_up(auth, "eve@example.com")
    page = (await laptop.get("/api/users/sessions", params={"limit": 1})).json()
    [newest] = page["items"]
    assert newest["current"]
    assert len(newest["user_agent"]) == 200
    [older] = (await laptop.get("/api/users/sessions", params={"cursor": page["next_cursor"]})).json()["items"]
    assert not older["current"]
    path = f"/api/users/sessions/{older['id']}"
    assert (await stranger.delete(path)).status_code == 404
    assert await current(phone) == "ada@example.com"
    assert [(await laptop.delete(path)).status_code for _ in range(2)] == [204, 204]
    assert await current(phone) is None
    assert len((await laptop.get("/api/users/sessions")).json()["items"]) == 1
    for bad in ("nonsense", str(new_id())):
        answer = await laptop.delete(f"/api/users/sessions/{bad}")
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
    for query in ("cursor=nonsense", "limit=0", "limit=101", "limit=x"):
        answer = await laptop.get(f"/api/users/sessions?{query}")
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid"), query


async def test_every_route_signed_out_and_with_bad_tokens(start: StartService, tmp_path: Path) -> None:
    auth = await start("auth", SIGNING_KEYS_DIR=str(tmp_path))
    [own] = load_keys(str(tmp_path), "local")
    user = User(new_id(), "x@example.com", "", ("user",))
    tokens = {
        "sign-in-required": "",
        "token-expired": Signer([own], 1).issue(user, new_id(), time.time() - 60),
        "token-invalid": auth.issuer.token(user.id),
        "session-ended": Signer([own], 60).issue(user, new_id(), time.time()),
    }
    for number, (slug, token) in enumerate(tokens.items()):
        for method, path in ROUTES:
            client = with_cookies(auth, {"fairseat": token} if token else {})
            body = {"email": f"ada{number}@example.com", "password": PASSWORD if "signup" in path else "wrong one"}
            answer = await client.request(method, path.format(id=new_id()), json=body if "sign" in path else None)
            expected = OPEN_TO_ALL.get((method, path), 401)
            assert answer.status_code == expected, (path, answer.text)
            if (method, path) not in OPEN_TO_ALL:
                assert answer.json()["type"] == ("session-ended" if "refresh" in path else slug), path


async def test_all_other_routes_are_closed_to_the_signed_out(start: StartService) -> None:
    auth = await start("auth")
    paths = (await auth.client().get("/openapi.json")).json()["paths"]
    found = {(method.upper(), path) for path, ways in paths.items() for method in ways}
    assert found > set(OPEN_TO_ALL) | set(SHOWN_BY_THE_BODY)
    for method, path in sorted(found - set(OPEN_TO_ALL) - set(SHOWN_BY_THE_BODY)):
        answer = await auth.client().request(method, re.sub(r"{[^}]*}", str(new_id()), path), json={})
        assert answer.status_code == 401, (method, path, answer.text)
    for method, path in SHOWN_BY_THE_BODY:
        answer = await auth.client().request(method, path, json={"unknown": 1})
        assert answer.status_code in (200, 401, 422), (method, path, answer.text)
    assert (await auth.client().get("/api/users/nowhere")).json()["type"] == "not-found"
    assert (await auth.client().put("/api/users/signup")).json()["type"] == "method-not-allowed"


async def test_another_site_cannot_sign_anybody_in(start: StartService) -> None:
    auth = await start("auth")
    await signed_up(auth)
    body = {"email": "ada@example.com", "password": PASSWORD}
    answer = await auth.client().post("/api/users/signin", json=body, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["type"]) == (403, "cross-site-request")


async def test_the_newest_key_signs_and_the_older_ones_still_verify(start: StartService, tmp_path: Path) -> None:
    auth = await start("auth", SIGNING_KEYS_DIR=str(tmp_path))
    client = await signed_up(auth)
    assert modes(tmp_path) == [0o600]
    old = client.cookies["fairseat"]
    [first] = load_keys(str(tmp_path), "production")
    await auth.stop()
    write_key(tmp_path / "0002.pem")
    auth = await start("auth", keep_data=True, SIGNING_KEYS_DIR=str(tmp_path))
    again = with_cookies(auth, {"fairseat": old})
    assert await current(again) == "ada@example.com"
    again = await signed_up(auth, "bob@example.com")
    second = jwt.get_unverified_header(again.cookies["fairseat"])["kid"]
    assert second != first.id
    published = [key["kid"] for key in (await again.get("/.well-known/jwks.json")).json()["keys"]]
    assert published == [second, first.id]


async def test_keys_that_are_missing_or_open_are_refused(tmp_path: Path) -> None:
    for directory, environment in [("", "production"), (str(tmp_path), "staging"), (str(tmp_path / "no"), "staging")]:
        with pytest.raises(SettingsError, match="SIGNING_KEYS_DIR"):
            load_keys(directory, environment)
    [made] = load_keys(str(tmp_path), "local")
    assert [key.id for key in load_keys(str(tmp_path), "local")] == [made.id]
    (tmp_path / "0001.pem").chmod(0o644)
    with pytest.raises(SettingsError, match="everybody"):
        load_keys(str(tmp_path), "local")
    (tmp_path / "0001.pem").chmod(0o600)
    (tmp_path / "0001.pem").write_text("nonsense")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_keys(str(tmp_path), "local")


async def test_a_token_for_another_purpose_is_refused(start: StartService) -> None:
    auth = await start("auth")
    key = SigningKey(Ed25519PrivateKey.generate())
    verifier = Verifier(f"{auth.url}/.well-known/jwks.json")
    for token in (
        Signer([key], 300).issue(User(new_id(), "", "", ()), new_id(), time.time()),
        jwt.encode({"sub": str(new_id())}, "", "none"),
        jwt.encode({"sub": str(UUID(int=0))}, "x" * 32, "HS256", headers={"kid": key.id, "typ": "at+jwt"}),
    ):
        with pytest.raises(TokenInvalid):
            await verifier.verify(token)


async def test_old_rows_go(start: StartService) -> None:
    from datetime import timedelta

    from auth.actions import Limits, tidy

    auth = await start("auth")
    client = await signed_up(auth)
    await client.post("/api/users/signin", json={"email": "ada@example.com", "password": "wrong one"})
    await signed_up(auth, "bob@example.com")
    async with auth.database.connection() as connection:
        await connection.execute("update signin_failures set failed_at = now() - interval '1 day'")
        await connection.execute(
            "update sessions set expires_at = now() - interval '8 days' where user_id ="
            " (select id from users where email = 'ada@example.com')"
        )
    limits = Limits(
        session=timedelta(days=30),
        grace=timedelta(seconds=10),
        window=timedelta(minutes=10),
        account_failures_max=10,
        address_failures_max=100,
    )
    assert not await tidy(auth.database, limits)
    async with auth.database.connection() as connection:
        rows = "select (select count(*) from signin_failures) + (select count(*) from sessions)"
        assert await connection.fetchval(rows) == 1
        assert await connection.fetchval("select count(*) from session_tokens") == 1
