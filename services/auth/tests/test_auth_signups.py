"""Accounts per address: so many within the window, however many are opened at once."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from auth import store_signups
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

TRIES = 12
AT_ONCE = 5
"""Fewer than the pool has connections."""


async def sign_up(auth: RunningService, number: int, name: str = "new") -> httpx.Response:
    body = {"email": f"{name}{number}@example.com", "password": "a heron over still water"}
    return await auth.client().post("/api/users/signup", json=body)


@pytest.mark.parametrize("guarded", [True, False])
async def test_an_address_opens_no_more_accounts_than_it_may(
    start: StartService, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = await start("auth", SIGNUPS_ADDRESS_MAX="3", SIGNUPS_WINDOW_SECONDS="3600")
    if not guarded:
        met = asyncio.Barrier(AT_ONCE)

        async def all_at_once(*_: object) -> None:
            """Nobody has written when everybody looks."""
            async with asyncio.timeout(12):
                await met.wait()

        monkeypatch.setattr(store_signups, "address_lock", all_at_once)
    answers = await asyncio.gather(*(sign_up(auth, number) for number in range(TRIES if guarded else AT_ONCE)))
    codes = [answer.status_code for answer in answers]
    if not guarded:
        assert codes == [201] * AT_ONCE
        return
    assert sorted(codes) == [201] * 3 + [429] * (TRIES - 3)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["type"] == "too-many-sign-ups"
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    taken = next(number for number, code in enumerate(codes) if code == 201)
    signed_in = {"email": f"new{taken}@example.com", "password": "a heron over still water"}
    assert (await auth.client().post("/api/users/signin", json=signed_in)).status_code == 200


async def test_what_was_refused_or_is_long_ago_does_not_count(start: StartService) -> None:
    auth = await start("auth", SIGNUPS_ADDRESS_MAX="2")
    assert [(await sign_up(auth, 1)).status_code for _ in range(3)] == [201, 409, 409]
    assert [(await sign_up(auth, number)).status_code for number in (2, 3)] == [201, 429]
    async with auth.database.connection() as connection:
        await connection.execute("update signups set made_at = made_at - interval '61 minutes'")
    assert (await sign_up(auth, 3)).status_code == 201


async def test_on_one_machine_nobody_is_counted(start: StartService) -> None:
    auth = await start("auth")
    assert {(await sign_up(auth, number)).status_code for number in range(25)} == {201}
