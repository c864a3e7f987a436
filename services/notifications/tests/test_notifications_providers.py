"""Providers with an HTTP API: each adapter against its stand-in, which puts what it takes in the catcher."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from fairseat_common.contracts import OrderConfirmed, UserRegistered
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import TLS, RunningService
from fairseat_common.testing.serving import Serving
from fairseat_common.testing.waiting import eventually
from fairseat_local.mail.app import MailApp
from fairseat_local.mail.standin import StandIn
from fairseat_local.mail.store import Mail, MailStore

PROVIDERS = ("sendgrid", "mailchimp")
KEYS = {"sendgrid": "SG.local", "mailchimp": "md-local"}


@dataclass
class Desk:
    """A stand-in, what the catcher has of it, and the settings that lead there."""

    name: str
    standin: StandIn
    store: MailStore
    url: str

    def settings(self, **more: str) -> dict[str, str]:
        upper = self.name.upper()
        return {
            "MAIL_PROVIDER": self.name,
            f"{upper}_URL": self.url,
            f"{upper}_API_KEY": KEYS[self.name],
            "MAIL_FROM": "Fairseat <tickets@fairseat.example>",
            "MAIL_TIMEOUT_SECONDS": "1",
            **more,
        }

    @property
    def caught(self) -> list[Mail]:
        return self.store.newest()


@pytest_asyncio.fixture(loop_scope="session", params=PROVIDERS)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    store = MailStore(tmp_path / "mail")
    app = MailApp(store)
    serving = Serving(app)
    await serving.start()
    yield Desk(request.param, app.providers[request.param], store, serving.url)
    await serving.stop()


async def sold(service: RunningService, name: str = "Sam", email: str = "sam@example.com") -> OrderConfirmed:
    """A sale, of which its seller is told."""
    seller, show = new_id(), show_published(title="The Herons")
    user = UserRegistered(user_id=seller, email=email, name=name, roles=("user",), version=1, occurred_at=now())
    order = order_confirmed(order_held(listing_published(show, seller_id=seller)))
    for event in (user, show, order):
        await service.publish(event)
    return order


async def state(service: RunningService, status: str, attempts: int = 0) -> str:
    async def look() -> str | None:
        async with service.database.connection() as connection:
            row = await connection.fetchrow("select status, attempts, last_error from mails")
        assert row is not None
        assert row["status"] == status, row
        assert row["attempts"] >= attempts, row
        return row["last_error"] or "-"

    return await eventually(look, 20)


async def test_a_mail_arrives_with_our_message_id_and_nothing_tracked(start: StartService, desk: Desk) -> None:
    service = await start("notifications", **desk.settings())
    order = await sold(service, "Zoë *|FNAME|* 東京")
    await state(service, "sent")
    [mail] = desk.caught
    assert mail.to == "sam@example.com"
    assert mail.subject == "Sold: The Herons"
    assert mail.message_id == f"<sold.{order.order_id}@fairseat.example>"
    assert "Hello Zoë *|FNAME|* 東京," in mail.text
    assert "You sold 1 seat." in mail.html
    source = desk.store.source(mail.id).decode()
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in source
    assert "/unsubscribe?token=" in source.partition("Content-Type")[0]
    assert "Auto-Submitted: auto-generated" in source


@pytest.mark.parametrize("deed", ["silent", "cut"])
async def test_a_lost_answer_means_at_most_a_copy_that_can_be_recognised(
    start: StartService, desk: Desk, deed: str
) -> None:
    desk.standin.deeds.append(deed)
    service = await start("notifications", **desk.settings())
    await sold(service)
    await state(service, "sent", 2)
    first, second = desk.standin.journal
    assert first.digest == second.digest
    assert first.message_id == second.message_id
    assert len({mail.message_id for mail in desk.caught}) == 1
    assert len(desk.caught) == 2


@pytest.mark.parametrize("deed", ["busy", "broken"])
async def test_a_busy_or_broken_provider_is_asked_again(start: StartService, desk: Desk, deed: str) -> None:
    desk.standin.deeds.extend([deed, deed])
    service = await start("notifications", **desk.settings())
    await sold(service)
    await state(service, "sent", 3)
    assert len(desk.caught) == 1
    answers = [entry.status for entry in desk.standin.journal]
    assert answers[:2] == [429 if deed == "busy" else 500] * 2


async def test_while_a_provider_asks_for_rest_it_is_left_alone_by_every_mail(start: StartService, desk: Desk) -> None:
    desk.standin.deeds.append("busy")
    desk.standin.busy_s = 3
    service = await start("notifications", **desk.settings())
    await sold(service)
    await eventually(lambda: _journal(desk, 1))
    for _ in range(4):
        await sold(service, email="tim@example.com")

    async def all_sent() -> bool:
        async with service.database.connection() as connection:
            return bool(await connection.fetchval("select count(*) = 5 from mails where status = 'sent'"))

    await eventually(all_sent, 20)
    busy, following, *_ = desk.standin.journal
    assert busy.status == 429
    assert following.at - busy.at >= desk.standin.busy_s


async def _journal(desk: Desk, count: int) -> bool:
    return len(desk.standin.journal) >= count


async def test_a_refused_key_parks_nothing(start: StartService, desk: Desk) -> None:
    bad = desk.settings(**{f"{desk.name.upper()}_API_KEY": "wrong"})
    service = await start("notifications", **bad)
    await sold(service)

    async def refused() -> str | None:
        async with service.database.connection() as connection:
            said: str | None = await connection.fetchval("select last_error from mails where status = 'queued'")
        return said

    said = await eventually(refused)
    assert "invalid" in said.lower()
    assert "wrong" not in said
    await service.stop()
    again = await start("notifications", keep_data=True, **desk.settings())
    async with again.database.connection() as connection:
        await connection.execute("update mails set due_at = now()")
    await state(again, "sent")
    assert len(desk.caught) == 1


async def test_what_the_provider_cannot_take_is_parked_with_its_words(start: StartService, desk: Desk) -> None:
    service = await start("notifications", **desk.settings())
    await sold(service, email="sämi@example.com")
    said = await state(service, "parked")
    assert "ASCII" in said
    assert len(desk.standin.journal) == 1


async def test_a_rejected_recipient_is_parked(start: StartService, desk: Desk) -> None:
    desk.standin.deeds.append("rejected")
    service = await start("notifications", **desk.settings())
    await sold(service)
    if desk.name == "sendgrid":  # says so later, by other means
        await state(service, "sent")
    else:
        assert "hard-bounce" in await state(service, "parked")
    assert desk.caught == []


async def test_too_large_a_mail_is_parked(start: StartService, desk: Desk) -> None:
    desk.standin.body_max_bytes = 100
    service = await start("notifications", **desk.settings())
    await sold(service)
    assert "413" in await state(service, "parked")


async def test_an_address_where_nobody_answers_loses_nothing(start: StartService, desk: Desk) -> None:
    upper = desk.name.upper()
    service = await start("notifications", **desk.settings(**{f"{upper}_URL": f"{desk.url}/nowhere"}))
    await sold(service)

    async def postponed() -> bool:
        async with service.database.connection() as connection:
            return bool(await connection.fetchval("select last_error like '%405%' from mails where status = 'queued'"))

    await eventually(postponed)


GOOD: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "bea@example.com", "name": "Bea"}]}],
    "from": {"email": "tickets@fairseat.example"},
    "subject": "Hello",
    "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello"}],
}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 202),
        ({"content": list(reversed(GOOD["content"]))}, 400),
        ({"personalizations": []}, 400),
        ({"subject": ""}, 400),
        ({"headers": {"To": "x@example.com"}}, 400),
        ({"headers": {"X-Name": "Zoë\n"}}, 400),
        ({"custom_args": {"a": 1}}, 400),
        ({"custom_args": {"a": "x" * 10_001}}, 400),
        ({"categories": ["a", "a"]}, 400),
        ({"surprise": 1}, 400),
    ],
)
async def test_the_stand_in_is_strict(tmp_path: Path, change: dict[str, Any], status: int) -> None:
    serving = Serving(MailApp(MailStore(tmp_path / "mail")))
    await serving.start()
    try:
        async with httpx.AsyncClient(base_url=serving.url, verify=TLS) as client:
            key = {"Authorization": "Bearer SG.x", "Content-Type": "application/json"}
            answer = await client.post("/v3/mail/send", content=json.dumps(GOOD | change), headers=key)
            assert answer.status_code == status, answer.text
            assert (await client.post("/v3/mail/send", json=GOOD)).status_code == 401
            plain = key | {"Content-Type": "text/plain"}
            assert (await client.post("/v3/mail/send", content="{}", headers=plain)).status_code == 415
            assert (await client.get("/v3/mail/send")).status_code == 405
            assert (await client.post("/control/mail/sendgrid", json=["busy"])).status_code == 204
            assert (await client.post("/control/mail/sendgrid", json=["sleep"])).status_code == 422
            assert (await client.post("/v3/mail/send", content=json.dumps(GOOD), headers=key)).status_code == 429
            assert len((await client.get("/control/mail/journal")).json()) == 5
    finally:
        await serving.stop()
