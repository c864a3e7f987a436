"""Bans end what there is and let nothing new begin; operators find people, and give roles."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from fairseat_common.contracts import UserChanged, UserDeactivated, UserLetterDue, UserReactivated
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

PASSWORD = "a long enough password"
OPERATOR = "operator@example.com"


async def signed_up(auth: RunningService, email: str, name: str = "Ada Lind") -> tuple[httpx.AsyncClient, str]:
    client = auth.client()
    answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": name})
    assert answer.status_code == 201, answer.text
    return client, answer.json()["id"]


async def sign_in(auth: RunningService, email: str) -> httpx.Response:
    return await auth.client().post("/api/users/signin", json={"email": email, "password": PASSWORD})


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text


async def deeds(operator: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    return (await operator.get("/operations/auth/audit", params=query)).json()["items"]  # type: ignore[no-any-return]


async def test_a_ban_ends_sessions_and_lets_none_begin(start: StartService) -> None:
    auth = await start("auth", OPERATOR_EMAILS=OPERATOR)
    operator, operator_id = await signed_up(auth, OPERATOR)
    person, user_id = await signed_up(auth, "ada@example.com")
    assert (await sign_in(auth, "ada@example.com")).status_code == 200
    path = f"/api/users/{user_id}"
    assert (await operator.get(path)).json()["sessions"] == 2

    banned = await operator.post(f"{path}/ban", json={"reason": "Sold seats that she had not"})
    assert banned.status_code == 200, banned.text
    assert (banned.json()["sessions"], banned.json()["ban"]["banned_by"]) == (0, operator_id)
    # The access token has minutes to go, but nothing renews it.
    refused(await person.post("/api/users/refresh"), 401, "session-ended")
    assert (await person.get("/api/users/currentuser")).json() == {"current_user": None}
    refused(await sign_in(auth, "ada@example.com"), 403, "account-banned")
    wrong = await auth.client().post("/api/users/signin", json={"email": "ada@example.com", "password": "wrong"})
    refused(wrong, 401, "bad-credentials")
    refused(await operator.post(f"{path}/ban", json={"reason": "Again"}), 409, "already-banned")
    [said] = await auth.published(UserDeactivated)
    assert (str(said.user_id), said.reason) == (user_id, "Sold seats that she had not")

    for _ in range(2):
        assert (await operator.delete(f"{path}/ban")).status_code == 204
    assert (await sign_in(auth, "ada@example.com")).status_code == 200
    refused(await person.post("/api/users/refresh"), 401, "session-ended")
    [restored] = await auth.published(UserReactivated)
    assert restored.version == said.version + 1
    letters = [(letter.kind, letter.detail) for letter in await auth.published(UserLetterDue)]
    assert [each for each in letters if each[0].startswith("account_")] == [
        ("account_banned", "Sold seats that she had not"),
        ("account_restored", ""),
    ]
    history = (await operator.get(path)).json()
    assert (history["ban"], [each["reason"] for each in history["bans"]]) == (None, ["Sold seats that she had not"])
    assert [deed["action"] for deed in await deeds(operator, subject=user_id)] == ["user-restored", "user-banned"]
    [failed] = await deeds(operator, subject=history["failures_subject"])
    assert (failed["action"], failed["actor_id"]) == ("sign-in-refused", None)
    assert len(await deeds(operator, actor_id=user_id, action="signed-in")) == 3


async def test_no_session_slips_in_beside_a_ban(start: StartService) -> None:
    auth = await start("auth", OPERATOR_EMAILS=OPERATOR)
    operator, _ = await signed_up(auth, OPERATOR)
    for number in range(3):
        email = f"racer-{number}@example.com"
        _, user_id = await signed_up(auth, email)
        ban = operator.post(f"/api/users/{user_id}/ban", json={"reason": "Fraud"})
        answers = await asyncio.gather(*(sign_in(auth, email) for _ in range(4)), ban)
        assert {answer.status_code for answer in answers} <= {200, 403}
        assert (await operator.get(f"/api/users/{user_id}")).json()["sessions"] == 0
    report = (await operator.get("/operations/auth/invariants")).json()
    assert [each["name"] for each in report["invariants"] if each["holds"] is not True] == []


async def test_operators_find_people_and_give_roles_but_not_their_own_away(start: StartService) -> None:
    auth = await start("auth", OPERATOR_EMAILS=f"{OPERATOR},second@example.com")
    operator, operator_id = await signed_up(auth, OPERATOR, "Operator")
    _, second_id = await signed_up(auth, "second@example.com", "Second")
    person, user_id = await signed_up(auth, "Zoë@exämple.com", "Zoë Quist")

    async def found(**query: str) -> list[str]:
        answer = await operator.get("/api/users", params=query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await found() == [user_id, second_id, operator_id]
    for text in ("zoë", "QUIST", "EXÄMPLE", user_id):
        assert await found(q=text) == [user_id], text
    assert await found(q="%") == []
    assert await found(role="operator") == [second_id, operator_id]
    refused(await operator.post(f"/api/users/{operator_id}/ban", json={"reason": "-"}), 409, "own-account")
    refused(await operator.post(f"/api/users/{second_id}/ban", json={"reason": "-"}), 409, "operator-account")
    refused(await operator.put(f"/api/users/{operator_id}/roles", json={"roles": []}), 409, "own-account")

    given = await operator.put(f"/api/users/{user_id}/roles", json={"roles": ["organiser"]})
    assert given.json()["roles"] == ["user", "organiser"]
    assert (await operator.put(f"/api/users/{user_id}/roles", json={"roles": ["organiser"]})).status_code == 200
    [changed] = await auth.published(UserChanged)
    assert changed.roles == ("user", "organiser")
    assert (await person.post("/api/users/refresh")).json()["roles"] == ["user", "organiser"]
    assert (await operator.post(f"/api/users/{user_id}/ban", json={"reason": "Fraud"})).status_code == 200
    assert await found(banned="true") == [user_id]


async def test_only_operators_do_any_of_it(start: StartService) -> None:
    auth = await start("auth", OPERATOR_EMAILS=OPERATOR)
    operator, _ = await signed_up(auth, OPERATOR)
    person, user_id = await signed_up(auth, "ada@example.com")
    routes: list[tuple[str, str, Any]] = [
        ("GET", "/api/users", None),
        ("GET", "/api/users/{id}", None),
        ("POST", "/api/users/{id}/ban", {"reason": "x"}),
        ("DELETE", "/api/users/{id}/ban", None),
        ("PUT", "/api/users/{id}/roles", {"roles": ["operator"]}),
    ]
    for method, path, body in routes:
        refused(await person.request(method, path.format(id=user_id), json=body), 403, "operator-only")
        refused(await auth.client().request(method, path.format(id=user_id), json=body), 401, "sign-in-required")
        if "{id}" in path:
            refused(await operator.request(method, path.format(id=new_id()), json=body), 404, "not-found")
