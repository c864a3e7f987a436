"""The first operator is made by hand, in the service's own container; afterwards only when nobody else can."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from auth import actions_bans
from auth.domain_bans import NotAppointed
from fairseat_common.contracts import UserChanged
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

PASSWORD = "a long enough password"
ADA, BEN, CLEO = "ada@example.com", "ben@example.com", "cleo@example.com"


def program(auth: RunningService, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "auth.main_operator", *arguments]
    return subprocess.run(command, env=auth.environ, capture_output=True, text=True, timeout=60, check=False)


async def by_hand(auth: RunningService, *arguments: str) -> tuple[int, str]:
    """The exit code, and what it said; never anything but one line."""
    done = await asyncio.to_thread(program, auth, *arguments)
    said = done.stdout + done.stderr
    assert said.count("\n") == 1, said
    return done.returncode, said.strip()


async def sign_up(auth: RunningService, email: str) -> str:
    answer = await auth.client().post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": "A"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_the_first_operator_is_made_by_hand_and_it_is_written_down(start: StartService) -> None:
    auth = await start("auth", VERIFIED_EMAILS=f"{ADA},{CLEO}")
    assert await by_hand(auth, ADA) == (1, "No account has this address: sign up with it first.")
    ada, _, cleo = [await sign_up(auth, email) for email in (ADA, BEN, CLEO)]
    code, said = await by_hand(auth, BEN)
    assert code == 1
    assert said.startswith("The e-mail address is not verified")

    for email in (ADA, ADA.upper()):
        code, said = await by_hand(auth, email)
        assert code == 0, said
        assert said.startswith(f"{ADA} is an operator (account {ada})")
    [changed] = await auth.published(UserChanged)
    assert (str(changed.user_id), changed.roles) == (ada, ("user", "operator"))

    operator = auth.client()
    answer = await operator.post("/api/users/signin", json={"email": ADA, "password": PASSWORD})
    assert answer.json()["roles"] == ["user", "operator"]
    log = (await operator.get("/operations/auth/audit", params={"action": "roles-set"})).json()["items"]
    assert [(deed["actor_id"], deed["subject"], deed["details"]) for deed in log] == [
        (None, ada, {"before": ["user"], "after": ["user", "operator"]})
    ]

    code, said = await by_hand(auth, CLEO)
    assert code == 1
    assert said.startswith("There are operators already (1)")
    assert (await operator.post(f"/api/users/{cleo}/ban", json={"reason": "-"})).status_code == 200
    assert await by_hand(auth, CLEO, "--another") == (1, "The account is banned.")
    assert (await operator.delete(f"/api/users/{cleo}/ban")).status_code == 204
    assert (await by_hand(auth, CLEO, "--another"))[0] == 0


async def test_of_two_first_operators_at_once_one_is_made(start: StartService) -> None:
    auth = await start("auth", VERIFIED_EMAILS=f"{ADA},{BEN}")
    for email in (ADA, BEN):
        await sign_up(auth, email)

    async def second() -> None:
        async with auth.database.transaction() as other:
            await actions_bans.appoint(other, BEN, another=False)

    async with auth.database.transaction() as tx:
        await actions_bans.appoint(tx, ADA, another=False)
        racing = asyncio.create_task(second())
        # Either it waits for the first, as it must, or it is done, although it cannot know of the first.
        await eventually(lambda: waits_or_ends(auth, racing))
    with pytest.raises(NotAppointed):
        await racing


async def waits_or_ends(auth: RunningService, racing: asyncio.Task[None]) -> bool:
    async with auth.database.connection() as connection:
        waiting = await connection.fetchval("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    return bool(waiting) or racing.done()


@pytest.mark.parametrize("url", ["", "postgresql://nobody@127.0.0.1:1/nowhere"])
async def test_without_its_database_it_says_so_in_one_line(start: StartService, url: str) -> None:
    auth = await start("auth")
    auth.environ["DATABASE_URL"] = url
    code, said = await by_hand(auth, ADA)
    assert (code, "DATABASE_URL is not set" in said, "cannot be asked" in said) == (1 if url else 2, not url, bool(url))
