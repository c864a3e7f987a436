"""Misbehaviour on request: what breaks, what is kept, and that the same seed breaks the same things."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe
from aiohttp import web

from fairseat_local.provider.journal import Journal
from fairseat_local.provider.process import ProviderProcess
from fairseat_local.provider.schema import FIRST

SECRET = "whsec_test"
WAIT_S = 20.0


class Misbehaving:
    """A provider, a client that never tries twice, and the controls."""

    def __init__(self, process: ProviderProcess, http: stripe.AIOHTTPClient, control: httpx.AsyncClient) -> None:
        self.process = process
        self.control = control
        at: Any = {"api": process.url}
        self.client = stripe.StripeClient("sk_test_x", base_addresses=at, http_client=http, max_network_retries=0)
        self.since = 0

    async def faults(self, **wanted: Any) -> None:
        answer = await self.control.post("/faults", json=wanted)
        assert answer.status_code == 200, answer.text

    async def pay(self, key: str, **changes: Any) -> stripe.PaymentIntent:
        params: Any = {
            "amount": 5_000,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            **changes,
        }
        return await self.client.v1.payment_intents.create_async(params, {"idempotency_key": key})

    async def tried(self, key: str) -> str:
        """What came of one payment: `paid`, `cut` or `500`."""
        try:
            await self.pay(key)
        except stripe.APIConnectionError:
            return "cut"
        except stripe.APIError as error:
            return str(error.http_status)
        return "paid"

    async def journal(self, **query: Any) -> list[dict[str, Any]]:
        """The effects of this test."""
        params = {"after": self.since, **query}
        found: list[dict[str, Any]] = (await self.control.get("/journal", params=params)).json()
        return found

    async def counts(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = (await self.control.get("/counts")).json()
        return found


@asynccontextmanager
async def misbehaving(data: Path, webhook_url: str | None = None) -> AsyncIterator[Misbehaving]:
    http = stripe.AIOHTTPClient(timeout=10)
    process = ProviderProcess(data, webhook_url, SECRET)
    async with process, httpx.AsyncClient() as control:
        control.base_url = httpx.URL(f"{process.url}/control")
        yield Misbehaving(process, http, control)
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Misbehaving]:
    async with misbehaving(tmp_path_factory.mktemp("provider") / "provider.sqlite") as found:
        yield found


@pytest.fixture
async def provider(process: Misbehaving) -> Misbehaving:
    """The one process of this module, behaving, and with a journal that begins here."""
    await process.faults()
    process.since = max((each["seq"] for each in await process.journal(after=0)), default=0)
    return process


class Inbox:
    """An endpoint that notes the order in which events arrive."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._changed = asyncio.Condition()

    async def post(self, request: web.Request) -> web.Response:
        event = stripe.Webhook.construct_event(await request.read(), request.headers["stripe-signature"], SECRET)
        async with self._changed:
            self.ids.append(event.id)
            self._changed.notify_all()
        return web.Response()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: len(self.ids) >= count)


@asynccontextmanager
async def listening(inbox: Inbox) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", inbox.post)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def test_a_connection_that_breaks_before_the_effect_leaves_nothing(provider: Misbehaving) -> None:
    await provider.faults(calls={"before": 1})
    assert await provider.tried("before") == "cut"
    await provider.faults()
    assert await provider.journal() == []
    assert (await provider.pay("before")).status == "requires_capture"


async def test_a_connection_that_breaks_after_the_effect_leaves_it(provider: Misbehaving) -> None:
    await provider.faults(calls={"after": 1})
    assert await provider.tried("after") == "cut"
    await provider.faults()
    assert [each["kind"] for each in await provider.journal()] == ["intent_created", "authorized"]
    again = await provider.pay("after")
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(await provider.journal()) == 2


@pytest.mark.parametrize(("fault", "effects"), [("error", 0), ("error_after", 2)])
async def test_a_stored_500_is_all_that_its_key_gets(provider: Misbehaving, fault: str, effects: int) -> None:
    await provider.faults(calls={fault: 1})
    assert await provider.tried(fault) == "500"
    await provider.faults()
    assert await provider.tried(fault) == "500"
    assert len(await provider.journal()) == effects
    assert await provider.tried(f"{fault}, another key") == "paid"


async def test_keys_are_forgotten_when_asked(provider: Misbehaving) -> None:
    first = await provider.pay("forgotten")
    assert (await provider.pay("forgotten")).id == first.id
    await provider.faults(keys_forgotten_after_s=0)
    assert (await provider.pay("forgotten")).id != first.id


async def test_the_same_seed_breaks_the_same_calls_also_across_a_kill(provider: Misbehaving) -> None:
    wanted = {"seed": 7, "calls": {"before": 0.2, "after": 0.2, "error": 0.2}}
    await provider.faults(**wanted)
    first = [await provider.tried(f"a{n}") for n in range(20)]
    counted = (await provider.counts())["faults"]
    assert set(first) == {"paid", "cut", "500"}
    assert counted["before"] + counted["after"] == first.count("cut")
    assert counted["error"] == first.count("500")
    await provider.faults(**wanted)
    second = [await provider.tried(f"b{n}") for n in range(10)]
    await provider.process.kill()
    await provider.process.start()
    second += [await provider.tried(f"b{n}") for n in range(10, 20)]
    assert second == first
    await provider.faults(**{**wanted, "seed": 8})
    assert [await provider.tried(f"c{n}") for n in range(20)] != first


async def test_lost_webhooks_never_arrive(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(inbox) as url, misbehaving(tmp_path / "p.sqlite", url) as provider:
        await provider.faults(seed=3, webhooks={"lose": 0.5})
        for n in range(10):
            await provider.pay(f"k{n}")
        made = await provider.client.v1.events.list_async({"limit": 100})
        lost = (await provider.counts())["webhooks"]["lost"]
        assert 0 < lost < len(made.data)
        await inbox.until(len(made.data) - lost)
        assert set(inbox.ids) < {event.id for event in made.data}
        missed = await provider.client.v1.events.list_async({"limit": 100, "delivery_success": False})
        assert {event.id for event in missed.data} == {event.id for event in made.data} - set(inbox.ids)
        assert (await provider.counts())["faults"]["lost"] == lost


async def test_webhooks_come_again_late_and_in_another_order(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(inbox) as url, misbehaving(tmp_path / "p.sqlite", url) as provider:
        await provider.faults(webhooks={"repeat": 2, "delay_s": [0.1, 0.2], "reorder": True})
        await provider.pay("k1")
        await provider.pay("k2")
        made = [event.id for event in (await provider.client.v1.events.list_async({"limit": 100})).data][::-1]
        await inbox.until(3 * len(made))
        assert sorted(inbox.ids) == sorted(made * 3)
        assert list(dict.fromkeys(inbox.ids)) != made


async def test_a_late_webhook_stays_late_over_a_kill(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(inbox) as url, misbehaving(tmp_path / "p.sqlite", url) as provider:
        await provider.faults(webhooks={"delay_s": [3_000, 3_600]})
        await provider.pay("late")
        await provider.process.kill()
        await provider.process.start()
        await provider.faults()
        intent = await provider.pay("in time")
        await inbox.until(3)
        told = await provider.client.v1.events.list_async({"limit": 3})
        assert sorted(inbox.ids) == sorted(event.id for event in told.data)
        assert intent.id in {event.data.object["id"] for event in told.data}
        assert (await provider.counts())["webhooks"]["due"] == 3


async def test_the_journal_tells_every_effect_in_order_also_after_a_kill(provider: Misbehaving) -> None:
    intent = await provider.pay("pay", metadata={"order_id": "o1"})
    options: Any = {"idempotency_key": "take"}
    await provider.client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 4_000}, options)
    params: Any = {"payment_intent": intent.id, "amount": 1_000, "metadata": {"refund_id": "r1"}}
    refund = await provider.client.v1.refunds.create_async(params, {"idempotency_key": "r1"})
    await provider.process.kill()
    await provider.process.start()
    told = await provider.journal()
    assert [each["kind"] for each in told] == ["intent_created", "authorized", "captured", "refunded"]
    keys = ("kind", "object_id", "intent_id", "amount", "currency", "idempotency_key", "metadata")
    assert [tuple(each[key] for key in keys) for each in told[2:]] == [
        ("captured", intent.id, intent.id, 4_000, "eur", "take", {"order_id": "o1"}),
        ("refunded", refund.id, intent.id, 1_000, "eur", "r1", {"refund_id": "r1"}),
    ]
    assert await provider.journal(after=told[1]["seq"], kind="captured") == told[2:3]
    assert (await provider.counts())["effects"]["refunded"] == len(await provider.journal(after=0, kind="refunded"))


async def test_controls_that_make_no_sense_are_refused(provider: Misbehaving) -> None:
    for wanted in ({"seed": "x"}, {"calls": {"before": 2}}, {"calls": {"before": 0.6, "after": 0.6}}, {"surprise": 1}):
        assert (await provider.control.post("/faults", json=wanted)).status_code == 400
    assert (await provider.control.post("/faults", content=b"{")).status_code == 400
    assert (await provider.control.get("/journal", params={"after": "x"})).status_code == 400
    assert (await provider.control.get("/nothing")).status_code == 404
    assert (await provider.control.post("/payment_intents/pi_none/capture")).status_code == 404
    assert (await provider.control.get("/faults")).json()["calls"]["before"] == 0


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "old.sqlite")
    old.executescript(FIRST)
    for object_id in ("evt_1", "we_1"):
        row = (object_id, "event", 1, b"{}")
        old.execute("insert into objects (id, kind, created, body) values (?, ?, ?, ?)", row)
    old.execute("insert into deliveries (event_id, endpoint_id, state, due_at) values ('evt_1', 'we_1', 'due', 1)")
    old.commit()
    old.close()
    for _ in range(2):
        journal = Journal(tmp_path / "old.sqlite")
        assert journal.deliveries.counts()["due"] == 1
        assert journal.effects.counts() == {}
        journal.close()
