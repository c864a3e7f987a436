"""One's own account: what it says, whose its address is, its password, a copy of it, and its end."""

from __future__ import annotations

import asyncio
from statistics import median
from time import perf_counter
from typing import Any, get_args
from uuid import UUID

import httpx
import jwt

from auth import actions_security
from auth.actions import Asker
from auth.consumers import consumers
from auth.domain_people import Language
from auth.main import AuthSettings
from fairseat_common.contracts import (
    Event,
    OrderRefunded,
    ShowChanged,
    TicketsTransferred,
    TransferredTicket,
    UserChanged,
    UserErased,
    UserLetterDue,
    UserVerified,
)
from fairseat_common.ids import new_id
from fairseat_common.languages import LANGUAGES
from fairseat_common.sealing import opened
from fairseat_common.testing.builders import listing_published, now, order_confirmed, order_held, show_published
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

PASSWORD = "a heron over still water"
OTHER = "two herons over still water"
ADA = "ada@example.com"
SECRET = "fairseat-local-letters"


async def signed_up(auth: RunningService, email: str = ADA, **more: Any) -> httpx.AsyncClient:
    client = auth.client()
    body = {"email": email, "password": PASSWORD, "name": "Ada"} | more
    assert (await client.post("/api/users/signup", json=body)).status_code == 201
    return client


async def signed_in(auth: RunningService, password: str = PASSWORD, email: str = ADA, **more: Any) -> httpx.Response:
    return await auth.client().post("/api/users/signin", json={"email": email, "password": password}, **more)


async def letters(auth: RunningService, *kinds: str) -> list[UserLetterDue]:
    """The letters of these kinds, oldest first."""
    return [letter for letter in await auth.published(UserLetterDue) if letter.kind in kinds]


async def token(auth: RunningService, kind: str, place: int = -1) -> str:
    """What the link of a letter carries."""

    async def look() -> str | None:
        found = await letters(auth, kind)
        return opened(found[place].sealed or "", "letter", [SECRET]) if len(found) > max(place, 0) else None

    return await eventually(look, 10)


async def me(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/api/users/me")).json()
    return found


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"] if answer.content else ""


async def confirm(auth: RunningService, given: str) -> tuple[int, str]:
    answer = await auth.client().post("/api/users/verification/confirm", json={"token": given})
    return answer.status_code, answer.json().get("type", answer.json().get("email"))


def test_the_languages_are_those_that_fairseat_speaks() -> None:
    assert get_args(Language) == LANGUAGES


async def test_a_profile_says_what_its_owner_says(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth, locale="de")
    found = await me(client)
    assert (found["verified"], found["locale"], found["pending_email"], found["passkeys"]) == (False, "de", None, 0)
    edit = {"name": "Ada L.", "locale": "fr", "timezone": "Europe/Paris", "currency": "EUR"}
    answer = await client.patch("/api/users/me", json=edit)
    assert answer.json() | edit == answer.json()
    [said] = await auth.published(UserChanged)
    assert (said.name, said.locale, said.timezone, said.version) == ("Ada L.", "fr", "Europe/Paris", 2)
    claims = jwt.decode(client.cookies["fairseat"], options={"verify_signature": False})
    assert (claims["loc"], claims["tz"], claims["cur"]) == ("fr", "Europe/Paris", "EUR")
    # Nothing new is no news; null takes a choice back.
    assert (await client.patch("/api/users/me", json=edit)).json()["version"] == 2
    assert (await client.patch("/api/users/me", json={"timezone": None})).json()["timezone"] is None
    for body, name in (
        ({"locale": "it"}, "locale"),
        ({"timezone": "Europe/Nowhere"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"currency": "XXX"}, "currency"),
        ({"name": ""}, "name"),
        ({"name": "x\r\nBcc: y"}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": "b@example.com"}, "password"),
        ({"roles": ["operator"]}, "roles"),
        ({"verified": True}, "verified"),
    ):
        answer = await client.patch("/api/users/me", json=body)
        assert slug(answer) == (422, "invalid"), body
        assert name in [error["field"] for error in answer.json()["errors"]], body


async def test_an_address_is_verified_by_its_letter_once(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    link = await token(auth, "verify_email")
    async with auth.database.connection() as connection:
        kept = await connection.fetchval("select t::text from letter_tokens t")
    assert link not in kept
    assert link.encode().hex() not in kept
    answers = await asyncio.gather(*(confirm(auth, link) for _ in range(4)))
    assert sorted(answers) == [(200, ADA)] + [(422, "link-invalid")] * 3
    assert (await client.get("/api/users/currentuser")).json()["current_user"]["verified"]
    [said] = await auth.published(UserVerified)
    assert (said.email, said.version) == (ADA, 2)
    assert slug(await client.post("/api/users/verification")) == (409, "already-verified")
    other = await signed_up(auth, "bob@example.com")
    late = await token(auth, "verify_email")
    async with auth.database.connection() as connection:
        await connection.execute("update letter_tokens set expires_at = now()")
    for wrong in (late, "made up", await token(auth, "verify_email", 0)):
        assert await confirm(auth, wrong) == (422, "link-invalid")
    sent = [(await other.post("/api/users/verification")).status_code for _ in range(5)]
    assert sent == [202] * 4 + [429]


async def test_another_address_needs_the_password_and_its_own_letter(start: StartService) -> None:
    auth = await start("auth")
    client, _ = await signed_up(auth), await signed_up(auth, "bob@example.com")
    await confirm(auth, await token(auth, "verify_email", 0))
    new = {"email": "ada@new.example", "password": PASSWORD}
    assert slug(await client.patch("/api/users/me", json=new | {"password": "wrong"})) == (403, "wrong-password")
    assert slug(await client.patch("/api/users/me", json=new | {"email": "BOB@example.com"})) == (409, "email-taken")
    answer = await client.patch("/api/users/me", json=new)
    assert (answer.json()["email"], answer.json()["pending_email"]) == (ADA, "ada@new.example")
    assert (await signed_in(auth)).status_code == 200
    link = await token(auth, "verify_email")
    [written] = [letter for letter in await letters(auth, "verify_email") if letter.email == "ada@new.example"]
    assert written.user_id == UUID((await me(client))["id"])
    # Whoever takes the address meanwhile has it.
    first = await signed_up(auth, "ada@new.example")
    assert await confirm(auth, link) == (409, "email-taken")
    await first.request("DELETE", "/api/users/me", json={"password": PASSWORD})
    assert await confirm(auth, link) == (200, "ada@new.example")
    found = await me(client)
    assert (found["email"], found["verified"], found["pending_email"]) == ("ada@new.example", True, None)
    assert [letter.email for letter in await letters(auth, "email_changed")] == [ADA]
    assert (await signed_in(auth)).status_code == 401


async def test_a_password_is_changed_by_whoever_knows_it(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    other = auth.client()
    other.cookies.update((await signed_in(auth)).cookies)
    path = "/api/users/me/password"
    for body, expected in (
        ({"current": "wrong", "password": OTHER}, (403, "wrong-password")),
        ({"current": PASSWORD, "password": "password1"}, (422, "invalid")),
        ({"current": PASSWORD, "password": ADA}, (422, "invalid")),
    ):
        assert slug(await client.put(path, json=body)) == expected, body
    assert (await client.put(path, json={"current": PASSWORD, "password": OTHER})).status_code == 204
    assert (await client.get("/api/users/currentuser")).json()["current_user"]
    assert (await other.get("/api/users/currentuser")).json()["current_user"] is None
    assert (await signed_in(auth)).status_code == 401
    assert (await signed_in(auth, OTHER)).status_code == 200
    assert len(await letters(auth, "password_changed")) == 1
    guesses = [slug(await client.put(path, json={"current": "x", "password": PASSWORD}))[1] for _ in range(11)]
    assert guesses[-1] == "too-many-attempts"


async def test_a_reset_says_the_same_whoever_asks(start: StartService) -> None:
    auth = await start("auth", RESETS_ADDRESS_MAX="60")
    await signed_up(auth)
    client, times = auth.client(), {ADA: [], "nobody@example.com": []}  # type: ignore[var-annotated]
    for _ in range(15):
        for email, spent in times.items():
            began = perf_counter()
            answer = await client.post("/api/users/password-reset", json={"email": email})
            spent.append(perf_counter() - began)
            assert (answer.status_code, answer.content) == (202, b"null")
    known, unknown = (median(spent) for spent in times.values())
    assert max(known, unknown) < 3 * min(known, unknown), (known, unknown)

    async def looked_into() -> bool:
        async with auth.database.connection() as connection:
            return not await connection.fetchval("select count(*) from reset_requests where email is not null")

    await eventually(looked_into, 10)
    assert len(await letters(auth, "reset_password")) == 5, "an account gets so many letters an hour"
    for _ in range(30):
        answer = await client.post("/api/users/password-reset", json={"email": f"{new_id().hex}@example.com"})
    answer = await client.post("/api/users/password-reset", json={"email": ADA})
    assert slug(answer) == (429, "too-many-letters")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_reset_does_the_same_work_whoever_asks(start: StartService) -> None:
    """Times differ by chance, statements do not: whether there is an account is looked up after the answer."""
    auth = await start("auth")
    await signed_up(auth)
    rules = AuthSettings.of(auth.environ).letters
    work: list[list[str]] = []
    for email in (ADA, "nobody@example.com"):
        done: list[str] = []
        async with auth.database.connection() as connection, connection.transaction():
            with connection.query_logger(lambda record, done=done: done.append(record.query)):
                await actions_security.reset_ask(connection, rules, email, None, Asker("192.0.2.1", "", ""))
        work.append(done)
    assert work[0] == work[1]
    assert work[0]


async def test_a_reset_link_sets_a_password_once_and_ends_every_session(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    for _ in range(2):
        await auth.client().post("/api/users/password-reset", json={"email": ADA.upper(), "locale": "es"})
    first, second = await token(auth, "reset_password", 0), await token(auth, "reset_password", 1)
    assert (await letters(auth, "reset_password"))[0].locale == "es"
    path = "/api/users/password-reset/confirm"
    assert slug(await client.post(path, json={"token": first, "password": "password1"})) == (422, "invalid")
    verify = await token(auth, "verify_email")
    for wrong in ("made up", verify):
        assert slug(await client.post(path, json={"token": wrong, "password": OTHER})) == (422, "link-invalid")
    answers = await asyncio.gather(
        *(auth.client().post(path, json={"token": first, "password": OTHER}) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422]
    assert slug(await client.post(path, json={"token": second, "password": PASSWORD})) == (422, "link-invalid")
    assert (await client.get("/api/users/currentuser")).json()["current_user"] is None
    assert (await signed_in(auth)).status_code == 401
    answer = await signed_in(auth, OTHER)
    assert answer.json()["verified"], "whoever has the letter has the address"
    async with auth.database.connection() as connection:
        ended = await connection.fetch("select distinct end_reason from sessions where ended_at is not null")
    assert [row["end_reason"] for row in ended] == ["password-reset"]


async def test_a_browser_that_was_never_seen_is_told_of(start: StartService) -> None:
    auth = await start("auth")
    await signed_up(auth)
    for agent in ("Firefox/140.0", "Firefox/140.0", ""):
        await signed_in(auth, headers={"user-agent": agent})
    assert [letter.detail for letter in await letters(auth, "sign_in_new")] == ["Firefox/140.0", ""]


async def test_addresses_need_no_letter_where_none_is_asked_for(start: StartService) -> None:
    auth = await start("auth", VERIFY_EMAILS="no")
    assert (await me(await signed_up(auth)))["verified"]
    assert await letters(auth, "verify_email") == []
    await auth.stop()
    auth = await start("auth", VERIFIED_EMAILS="DEMO@example.com")
    assert (await me(await signed_up(auth, "demo@example.com")))["verified"]
    assert not (await me(await signed_up(auth)))["verified"]


async def test_a_copy_has_what_there_is_and_no_secrets(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth)
    await client.put("/api/users/me/password", json={"current": PASSWORD, "password": OTHER})
    answer = await client.get("/api/users/me/export")
    found = answer.json()
    assert found["profile"]["email"] == ADA
    assert len(found["sessions"]) == 1
    assert "password-changed" in [deed["action"] for deed in found["deeds"]]
    for secret in ("argon2", "hash", client.cookies["fairseat_session"]):
        assert secret not in answer.text


async def test_whoever_deletes_an_account_shows_who_they_are_and_leaves_nothing(start: StartService) -> None:
    auth = await start("auth")
    client = await signed_up(auth, "ada.lovelace@example.com", name="Ada Lovelace")
    for body, expected in (
        ({}, (422, "invalid")),
        ({"password": "wrong"}, (403, "wrong-password")),
        ({"password": PASSWORD, "reason": "none"}, (422, "invalid")),
    ):
        assert slug(await client.request("DELETE", "/api/users/me", json=body)) == expected
    user_id = UUID((await me(client))["id"])
    session = client.cookies["fairseat_session"]
    answer = await client.request("DELETE", "/api/users/me", json={"password": PASSWORD})
    assert (answer.status_code, dict(client.cookies)) == (204, {})
    client.cookies["fairseat_session"] = session
    assert (await client.get("/api/users/currentuser")).json()["current_user"] is None
    assert (await signed_in(auth, email="ada.lovelace@example.com")).status_code == 401
    [said] = await auth.published(UserErased)
    assert (said.user_id, said.pseudonym[:7]) == (user_id, "erased-")
    assert [letter.email for letter in await letters(auth, "account_erased")] == ["ada.lovelace@example.com"]
    async with auth.database.connection() as connection:
        tables = await connection.fetch("select tablename as t from pg_tables where schemaname = 'public'")
        for row in tables:
            # What was said before must stay as it was said until it is forgotten with the streams.
            if row["t"] != "outbox":
                kept = str(await connection.fetch(f"select t::text from {row['t']} t"))
                assert "lovelace" not in kept.lower(), row["t"]
    assert (await signed_up(auth, "ada.lovelace@example.com")).cookies


async def test_an_account_that_is_needed_stays(start: StartService) -> None:
    auth = await start("auth")
    clients = {name: await signed_up(auth, f"{name}@example.com") for name in ("buyer", "seller", "friend", "host")}
    ids = {name: UUID((await me(client))["id"]) for name, client in clients.items()}
    show = show_published(organiser_id=ids["host"])
    order = order_confirmed(order_held(listing_published(show, seller_id=ids["seller"]), buyer_id=ids["buyer"]))
    fields = {name: getattr(order, name) for name in order.__struct_fields__ if name != "late"}
    refunded = OrderRefunded(
        **fields | {"version": 4},
        refund_id=new_id(),
        refund_reason="goodwill",
        refund_seats=order.seats,
        refund_amount=order.total,
        entire=True,
    )
    gift = TicketsTransferred(
        transfer_id=new_id(),
        show_id=show.show_id,
        from_id=ids["buyer"],
        to_email="friend@example.com",
        tickets=(TransferredTicket(new_id(), "Stalls", "C", "1"),),
        to_id=ids["friend"],
        version=2,
        occurred_at=now(),
    )
    named = {name: getattr(show, name) for name in show.__struct_fields__}
    over = ShowChanged(**named | {"version": 2, "starts_at": now().replace(year=2020)})
    harness = Harness(auth, consumers)

    async def deliver(*events: Event) -> None:
        for delivery in harness.deliveries(events):
            assert await harness.deliver(delivery)

    async def refused() -> dict[str, Any]:
        found = {}
        for name, client in clients.items():
            answer = await client.request("DELETE", "/api/users/me", json={"password": "wrong"})
            found[name] = answer.json().get("reasons")
        return found

    # An order is known before its show, and a refund before its order.
    await deliver(order, gift)
    assert await refused() == {"buyer": ["orders"], "seller": ["orders"], "friend": ["orders"], "host": None}
    await deliver(show)
    assert (await refused())["host"] == ["shows"]
    await deliver(refunded, order)
    assert await refused() == {"buyer": None, "seller": None, "friend": ["orders"], "host": ["shows"]}
    await deliver(over)
    assert set((await refused()).values()) == {None}
