"""API keys: the secret is shown once, a token carries what the key may do and no more, and an end is an end."""

from __future__ import annotations

from typing import Any

import httpx
import jwt
import pytest

from auth.domain_api_keys import KEYS_MAX
from fairseat_common.contracts import UserLetterDue
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

PASSWORD = "a heron over still water"
WANTED = {"name": "Box office", "scopes": ["orders:write", "listings:read"]}


async def signed_up(auth: RunningService, email: str = "ada@example.com") -> httpx.AsyncClient:
    client = auth.client()
    answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": "Ada"})
    assert answer.status_code == 201, answer.text
    return client


async def made(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/keys", json={**WANTED, **more})
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


async def exchanged(auth: RunningService, secret: str) -> httpx.Response:
    return await auth.client().post("/api/users/token", headers={"Authorization": f"Bearer {secret}"})


async def test_a_key_is_shown_once_and_buys_tokens_until_it_is_ended(start: StartService) -> None:
    auth = await start("auth", OPERATOR_EMAILS="ada@example.com", ORGANISER_EMAILS="ada@example.com")
    client = await signed_up(auth)
    key = await made(client, expires_in_days=7, requests_per_minute=30)
    assert key["scopes"] == ["listings:read", "orders:write"]
    assert key["secret"].startswith(key["hint"])

    answer = await exchanged(auth, key["secret"])
    assert answer.status_code == 200, answer.text
    token = answer.json()
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 300, "listings:read orders:write")
    claims = jwt.decode(token["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["key"], claims["lim"]) == (token["user_id"], key["id"], 30)
    assert claims["roles"] == ["user", "organiser"], "a key acts as an operator"

    (listed,) = (await client.get("/api/keys")).json()["items"]
    assert listed["used_at"]
    assert "secret" not in listed
    async with auth.database.connection() as connection:
        kept = str(await connection.fetch("select * from api_keys")) + str(
            await connection.fetch("select * from audit_log")
        )
    assert key["secret"] not in kept
    assert [letter.detail for letter in await auth.published(UserLetterDue) if letter.kind == "key_created"] == [
        "Box office"
    ]

    assert (await client.delete(f"/api/keys/{key['id']}")).status_code == 204
    assert (await client.delete(f"/api/keys/{key['id']}")).status_code == 204
    ended = await exchanged(auth, key["secret"])
    assert (ended.status_code, ended.json()["type"]) == (401, "key-invalid")
    assert (await client.get("/api/keys")).json()["items"] == []
    async with auth.database.connection() as connection:
        deeds = await connection.fetch("select action from audit_log where action like 'key-%' order by id")
    assert [row["action"] for row in deeds] == ["key-made", "key-ended"]


async def test_a_token_lives_no_longer_than_its_key(start: StartService) -> None:
    auth = await start("auth")
    key = await made(await signed_up(auth))
    async with auth.database.connection() as connection:
        await connection.execute("update api_keys set expires_at = now() + interval '20 seconds'")
    assert (await exchanged(auth, key["secret"])).json()["expires_in"] <= 20
    async with auth.database.connection() as connection:
        await connection.execute("update api_keys set expires_at = now() - interval '1 second'")
    assert (await exchanged(auth, key["secret"])).status_code == 401


async def test_a_key_makes_no_keys_and_its_token_opens_no_account(start: StartService) -> None:
    auth = await start("auth")
    owner, stranger = await signed_up(auth), await signed_up(auth, "eve@example.com")
    key = await made(owner)
    token = (await exchanged(auth, key["secret"])).json()["access_token"]
    program = auth.client()
    program.headers["Authorization"] = f"Bearer {token}"
    for method, path in (
        ("POST", "/api/keys"),
        ("GET", "/api/keys"),
        ("GET", "/api/users/sessions"),
        ("GET", "/api/users/currentuser"),
        ("POST", "/api/users/signin"),
    ):
        answer = await program.request(method, path, json=WANTED if method == "POST" else None)
        assert (answer.status_code, answer.json()["type"]) == (403, "not-for-keys"), path
    # Neither as a cookie: a browser's place is a session's.
    smuggled = auth.client(token=token)
    assert (await smuggled.get("/api/users/sessions")).json()["type"] == "token-invalid"
    assert (await smuggled.post("/api/keys", json=WANTED)).json()["type"] == "token-invalid"
    assert (await stranger.delete(f"/api/keys/{key['id']}")).status_code == 404
    assert (await exchanged(auth, key["secret"])).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scopes": ["orders:burn"]}, "scopes"),
        ({"scopes": ["users:write"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"expires_in_days": 366}, "expires_in_days"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"name": ""}, "name"),
        ({"roles": ["operator"]}, "roles"),
    ],
)
async def test_what_a_key_may_be_asked_for_is_limited(start: StartService, change: dict[str, Any], field: str) -> None:
    auth = await start("auth")
    answer = await (await signed_up(auth)).post("/api/keys", json=WANTED | change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split("[")[0] == field


async def test_an_account_has_a_limited_number_of_keys(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    for _ in range(KEYS_MAX):
        await made(client)
    refused = await client.post("/api/keys", json=WANTED)
    assert (refused.status_code, refused.json()["type"]) == (409, "key-limit")


async def test_a_session_that_was_ended_makes_no_key(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    kept = dict(client.cookies)
    await client.post("/api/users/signout")
    late = auth.client(token=kept["fairseat"])
    assert (await late.post("/api/keys", json=WANTED)).json()["type"] == "session-ended"


async def test_a_banned_account_gets_no_token_until_the_ban_is_lifted(start: StartService) -> None:
    auth = await start("auth", OPERATOR_EMAILS="olga@example.com")
    owner, operator = await signed_up(auth), await signed_up(auth, "olga@example.com")
    key = await made(owner)
    owner_id = (await owner.get("/api/users/currentuser")).json()["current_user"]["id"]
    await operator.post(f"/api/users/{owner_id}/ban", json={"reason": "Fraud"})
    refused = await exchanged(auth, key["secret"])
    assert (refused.status_code, refused.json()["type"]) == (403, "account-banned")
    await operator.delete(f"/api/users/{owner_id}/ban")
    assert (await exchanged(auth, key["secret"])).status_code == 200


@pytest.mark.parametrize("secret", ["session", "fsk_", "fsk_nobody-has-this-one", "fsk_" + "x" * 4000, "fsk_\xff"])
async def test_what_is_no_key_is_told_so(start: StartService, secret: str) -> None:
    auth = await start("auth")
    answer = await auth.client().post(
        "/api/users/token", headers={b"Authorization": f"Bearer {secret}".encode("latin-1")}
    )
    assert (answer.status_code, answer.json()["type"]) == (401, "key-invalid")
