"""Sign-up and sign-in: who gets an account, who gets in, and what is written when nobody does."""

from __future__ import annotations

import asyncio
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from auth.actions_passwords import Passwords
from fairseat_common.contracts import UserRegistered
from fairseat_common.contracts.refusals import Unavailable
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

PASSWORD = "a heron over still water"


def account(email: object = "ada@example.com", **more: Any) -> dict[str, Any]:
    return {"email": email, "password": PASSWORD, "name": "Ada"} | more


async def signed_up(auth: RunningService, email: str = "ada@example.com") -> httpx.AsyncClient:
    client = auth.client()
    answer = await client.post("/api/users/signup", json=account(email))
    assert answer.status_code == 201, answer.text
    return client


async def count(auth: RunningService, table: str) -> int:
    async with auth.database.connection() as connection:
        return int(await connection.fetchval(f"select count(*) from {table}"))


async def test_sign_up_signs_in_and_says_so(start: StartService) -> None:
    auth = await start("auth")
    client = auth.client()
    answer = await client.post("/api/users/signup", json=account("Ada@Example.com"))
    assert answer.status_code == 201
    user = answer.json()
    chosen = {"verified": False, "locale": None, "timezone": None, "currency": None}
    assert user == {"id": user["id"], "email": "Ada@Example.com", "name": "Ada", "roles": ["user"]} | chosen
    assert (await client.get("/api/users/currentuser")).json() == {"current_user": user}
    [said] = await auth.published(UserRegistered)
    assert (str(said.user_id), said.email, said.name, said.roles) == (user["id"], user["email"], "Ada", ("user",))
    assert said.version == 1


async def test_the_name_may_be_missing(start: StartService) -> None:
    auth = await start("auth")
    answer = await auth.client().post("/api/users/signup", json={"email": "x@example.com", "password": PASSWORD})
    assert (answer.status_code, answer.json()["name"]) == (201, "")


async def test_an_email_has_one_account_in_any_case(start: StartService) -> None:
    auth = await start("auth")
    await signed_up(auth)
    for second in ("ada@example.com", "ADA@example.COM"):
        answer = await auth.client().post("/api/users/signup", json=account(second))
        assert (answer.status_code, answer.json()["type"]) == (409, "email-taken")
        assert "set-cookie" not in answer.headers
    assert await count(auth, "users") == 1


async def test_case_is_folded_in_every_script(start: StartService) -> None:
    auth = await start("auth")
    await signed_up(auth, "mañana.ÉTÉ@example.com")
    answer = await auth.client().post("/api/users/signup", json=account("MAN\u0303ANA.été@example.com"))
    assert answer.status_code == 409


async def test_of_parallel_sign_ups_one_wins(start: StartService) -> None:
    auth = await start("auth")
    clients = [auth.client() for _ in range(8)]
    emails = ["ada@example.com", "ADA@example.com"] * 4
    answers = await asyncio.gather(
        *(c.post("/api/users/signup", json=account(email)) for c, email in zip(clients, emails, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await count(auth, "users"), await count(auth, "sessions"), await count(auth, "outbox")) == (1, 1, 2)


async def test_the_constraint_itself_refuses_the_second_account(start: StartService) -> None:
    import asyncpg

    auth = await start("auth")
    await signed_up(auth)
    async with auth.database.connection() as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "insert into users (id, email, name, password_hash, roles)"
                " select gen_random_uuid(), upper(email), name, password_hash, roles from users"
            )


BAD_SIGN_UPS: list[tuple[dict[str, Any], str]] = [
    (account("ada"), "email"),
    (account("a@b"), "email"),
    (account("a b@example.com"), "email"),
    (account("ada\r\nBcc: x@example.com"), "email"),
    (account('"<x>"@example.com'), "email"),
    (account("a" * 65 + "@example.com"), "email"),
    (account("a" * 250 + "@example.com"), "email"),
    (account("ada@-example.com"), "email"),
    (account(email=7), "email"),
    (account(password="short"), "password"),
    (account(password="x" * 129), "password"),
    (account(password="Password123"), "password"),
    (account(password="ｐassword1"), "password"),
    (account(password="xxxxxxxxxxxx"), "password"),
    (account("ada.lovelace@example.com", password="Ada.Lovelace"), "password"),
    (account(password=None), "password"),
    (account(name=""), "name"),
    (account(name="x" * 201), "name"),
    (account(name="Ada\r\nBcc: x@example.com"), "name"),
    (account(name="Ada\u2028x"), "name"),
    (account(name="\u0958" * 200), "name"),
    ({"email": "ada@example.com"}, ""),
    (account(roles=["operator"]), ""),
]


async def test_bad_input_is_named_and_nothing_is_written(start: StartService) -> None:
    auth = await start("auth")
    client = auth.client()
    for body, field in BAD_SIGN_UPS:
        answer = await client.post("/api/users/signup", json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid"), (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert not field or field in [error["field"] for error in answer.json()["errors"]], (body, answer.text)
        assert PASSWORD not in answer.text
    assert (await count(auth, "users"), await count(auth, "outbox")) == (0, 0)


async def test_white_space_around_an_email_is_a_slip(start: StartService) -> None:
    auth = await start("auth")
    answer = await auth.client().post("/api/users/signup", json=account("ada@example.com\n"))
    assert answer.status_code in (201, 422)
    if answer.status_code == 201:
        assert answer.json()["email"] == "ada@example.com"


UNREADABLE: list[tuple[bytes, int]] = [
    (b"{", 400),
    (b"", 422),
    (b"[]", 422),
    (b"null", 422),
    (b'{"email": "\\ud800", "password": "\\ud800"}', 400),
    (b'{"email": "' + b"x" * 300_000 + b'"}', 413),
]


async def test_unreadable_bodies(start: StartService) -> None:
    auth = await start("auth")
    client = auth.client()
    for route in ("signup", "signin"):
        for content, status in UNREADABLE:
            headers = {"content-type": "application/json"}
            answer = await client.post(f"/api/users/{route}", content=content, headers=headers)
            assert answer.status_code == status, (content[:40], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    assert await count(auth, "users") == 0


async def test_sign_in_in_any_case_opens_a_second_session(start: StartService) -> None:
    auth = await start("auth")
    await signed_up(auth)
    client = auth.client()
    answer = await client.post("/api/users/signin", json={"email": "ADA@EXAMPLE.com", "password": PASSWORD})
    assert (answer.status_code, answer.json()["email"]) == (200, "ada@example.com")
    assert (await client.get("/api/users/currentuser")).json()["current_user"] == answer.json()
    assert await count(auth, "sessions") == 2


async def test_a_wrong_password_and_an_unknown_email_look_the_same(start: StartService) -> None:
    auth = await start("auth", SIGNIN_ACCOUNT_FAILURES_MAX="1000")
    await signed_up(auth)
    client = auth.client()

    async def attempt(email: str) -> tuple[float, int, dict[str, Any]]:
        started = perf_counter()
        answer = await client.post("/api/users/signin", json={"email": email, "password": "no such password"})
        assert "set-cookie" not in answer.headers
        document = answer.json()
        document.pop("request_id")
        return perf_counter() - started, answer.status_code, document

    known, unknown = [], []
    for _ in range(15):
        known.append(await attempt("ada@example.com"))
        unknown.append(await attempt("nobody@example.com"))
    assert known[0][1:] == unknown[0][1:]
    assert known[0][1:] == (401, known[0][2])
    assert known[0][2]["type"] == "bad-credentials"
    ratio = median(k[0] for k in known) / median(u[0] for u in unknown)
    assert 0.6 < ratio < 1.6


async def test_a_strange_email_is_simply_not_known(start: StartService) -> None:
    auth = await start("auth")
    for email in ("\x00", "ada@example.com\x00", "' or 1=1 --", "nobody"):
        answer = await auth.client().post("/api/users/signin", json={"email": email, "password": PASSWORD})
        assert (answer.status_code, answer.json()["type"]) == (401, "bad-credentials")


async def test_failures_are_limited_per_account_even_when_the_right_password_follows(start: StartService) -> None:
    auth = await start("auth", SIGNIN_ACCOUNT_FAILURES_MAX="3")
    await signed_up(auth)
    await signed_up(auth, "bob@example.com")
    client = auth.client()
    for _ in range(3):
        answer = await client.post("/api/users/signin", json={"email": "Ada@example.com", "password": "wrong one"})
        assert answer.status_code == 401
    for password in ("wrong one", PASSWORD):
        answer = await client.post("/api/users/signin", json={"email": "ada@example.com", "password": password})
        assert (answer.status_code, answer.json()["type"]) == (429, "too-many-attempts")
        assert 0 < int(answer.headers["retry-after"]) <= 600
    answer = await client.post("/api/users/signin", json={"email": "bob@example.com", "password": PASSWORD})
    assert answer.status_code == 200


async def test_failures_leave_the_window(start: StartService) -> None:
    auth = await start("auth", SIGNIN_ACCOUNT_FAILURES_MAX="1")
    client = await signed_up(auth)
    await client.post("/api/users/signin", json={"email": "ada@example.com", "password": "wrong one"})
    right = {"email": "ada@example.com", "password": PASSWORD}
    assert (await client.post("/api/users/signin", json=right)).status_code == 429
    async with auth.database.connection() as connection:
        await connection.execute("update signin_failures set failed_at = failed_at - interval '601 seconds'")
    assert (await client.post("/api/users/signin", json=right)).status_code == 200


async def test_failures_are_limited_per_address(start: StartService) -> None:
    auth = await start("auth", SIGNIN_ADDRESS_FAILURES_MAX="5")
    client = auth.client()
    bodies = [{"email": f"{n}@example.com", "password": "wrong one"} for n in range(6)]
    statuses = [(await client.post("/api/users/signin", json=body)).status_code for body in bodies]
    assert statuses == [401] * 5 + [429]


async def test_parallel_guesses_do_not_get_past_the_limit(start: StartService) -> None:
    auth = await start("auth", SIGNIN_ACCOUNT_FAILURES_MAX="3", HASHING_THREADS="1")
    await signed_up(auth)
    clients = [auth.client() for _ in range(20)]

    async def guess(client: httpx.AsyncClient, password: str) -> int:
        answer = await client.post("/api/users/signin", json={"email": "ada@example.com", "password": password})
        return answer.status_code

    statuses = await asyncio.gather(*(guess(client, "wrong one") for client in clients))
    assert statuses.count(401) == 3
    assert set(statuses) == {401, 429}
    assert await guess(auth.client(), PASSWORD) == 429


async def test_many_people_sign_up_from_one_address(start: StartService) -> None:
    auth = await start("auth")
    client = auth.client()
    bodies = [account(f"fan{n}@example.com") for n in range(120)]
    answers = await asyncio.gather(*(client.post("/api/users/signup", json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert await count(auth, "users") == 120


async def test_an_old_hash_is_renewed_at_sign_in(start: StartService) -> None:
    auth = await start("auth")
    await signed_up(auth)
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    async with auth.database.connection() as connection:
        await connection.execute("update users set password_hash = $1", old)
    for _ in range(2):
        answer = await auth.client().post("/api/users/signin", json={"email": "ada@example.com", "password": PASSWORD})
        assert answer.status_code == 200
    async with auth.database.connection() as connection:
        renewed = await connection.fetchval("select password_hash from users")
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_hashing_refuses_more_than_can_wait() -> None:
    passwords = Passwords(threads=1, waiting_max=2)
    async with passwords.running():
        outcomes = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(5)), return_exceptions=True)
    assert [isinstance(outcome, Unavailable) for outcome in outcomes] == [False] * 3 + [True] * 2


async def test_roles_by_email_in_local_runs_only(start: StartService) -> None:
    emails = {"ORGANISER_EMAILS": "oona@example.com", "OPERATOR_EMAILS": "otto@example.com,oona@example.com"}
    auth = await start("auth", **emails)
    for email, roles in [("Oona@example.com", ["user", "organiser", "operator"]), ("x@example.com", ["user"])]:
        answer = await auth.client().post("/api/users/signup", json=account(email))
        assert answer.json()["roles"] == roles


async def test_logs_hold_no_secrets(start: StartService, capsys: pytest.CaptureFixture[str]) -> None:
    auth = await start("auth", LOG_LEVEL="debug", SIGNIN_ACCOUNT_FAILURES_MAX="1")
    client = await signed_up(auth, "canary@example.com")
    tokens = [client.cookies["fairseat"], client.cookies["fairseat_session"]]
    for password in ("canary wrong one", "canary wrong two", PASSWORD):
        await client.post("/api/users/signin", json={"email": "canary@example.com", "password": password})
    await client.post("/api/users/refresh")
    tokens.append(client.cookies["fairseat_session"])
    logged = capsys.readouterr()
    said = logged.out + logged.err
    assert "session.opened" in said
    assert "signin.limited" in said
    for secret in ("canary", PASSWORD, *tokens):
        assert secret not in said
