"""Webhooks: who hears what, signatures, tries, replays, limits, and addresses that nothing is sent to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from fairseat_common.contracts import UserDeactivated, UserErased
from fairseat_common.contracts.refusals import Invalid
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.serving import Serving
from fairseat_common.testing.waiting import eventually
from fairseat_common.web.asgi import Receive, Scope, Send
from fairseat_common.web.edge import answer, read_body
from notifications import domain_webhooks
from notifications.actions_webhook_sending import NotPublic, PublicResolver
from notifications.actions_webhooks import HEARD
from notifications.consumers import consumers
from notifications.domain_webhooks import BACKLOG_MAX, WEBHOOKS_MAX, retry_after_s

FAST = {"WEBHOOK_RETRY_SECONDS": "0"}


class Endpoint:
    """Somebody's program: keeps what it is sent, and answers as the test wants."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], dict[str, Any], bytes]] = []
        self.answers: list[int] = []
        self.serving = Serving(self._serve)

    @property
    def url(self) -> str:
        return f"{self.serving.url}/hook"

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await read_body(receive, 100_000)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.heard.append((headers, json.loads(body), body))
        status = self.answers.pop(0) if self.answers else 204
        await answer(send, status, b"", "text/plain", {"Location": "http://127.0.0.1:1/"} if status == 302 else None)


@pytest_asyncio.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    there = Endpoint()
    await there.serving.start()
    yield there
    await there.serving.stop()


async def added(client: httpx.AsyncClient, url: str, *subjects: str) -> dict[str, Any]:
    made = await client.post("/api/webhooks", json={"url": url, "subjects": list(subjects)})
    assert made.status_code == 201, made.text
    webhook: dict[str, Any] = made.json()
    return webhook


async def log_of(client: httpx.AsyncClient, webhook: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/api/webhooks/{webhook['id']}/deliveries", params=query)).json()[
        "items"
    ]
    return found


def signed_by(secret: str, header: str, body: bytes) -> bool:
    """As a receiver checks it."""
    (_, sent_at), *signed = [part.split("=", 1) for part in header.split(",")]
    mac = hmac.new(secret.encode(), sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(name == "v1" and hmac.compare_digest(mac, given) for name, given in signed)


async def sold(service: RunningService, buyer: UUID, seller: UUID) -> None:
    """The same sale is heard of twice."""
    show = show_published()
    held = order_held(listing_published(show, seller_id=seller), buyer_id=buyer)
    confirmed = order_confirmed(held)
    await service.publish(show)
    first, second = await service.publish(confirmed), await service.publish(confirmed)
    await eventually(lambda: service.heard(first))
    await eventually(lambda: service.heard(second))


async def test_everybody_hears_of_their_own_once_signed_and_without_what_is_the_others(
    start: StartService, endpoint: Endpoint
) -> None:
    service = await start("notifications", **FAST)
    people = {role: new_id() for role in ("buyer", "seller", "stranger")}
    webhooks = {
        role: await added(service.client(account), f"{endpoint.url}?{role}", "orders.confirmed.v1")
        for role, account in people.items()
    }
    await sold(service, people["buyer"], people["seller"])
    await eventually(lambda: _len(endpoint, 2))
    for headers, told, body in endpoint.heard:
        role = told["role"]
        assert signed_by(webhooks[role]["secret"], headers["fairseat-signature"], body)
        assert not signed_by(webhooks["stranger"]["secret"], headers["fairseat-signature"], body)
        assert headers["fairseat-event"] == told["subject"] == "orders.confirmed.v1"
    buyers, sellers = sorted((told for _, told, _ in endpoint.heard), key=lambda told: str(told["role"]))
    assert buyers["id"] == sellers["id"]
    assert buyers["data"]["total"]
    assert "seller_id" not in buyers["data"]
    assert not {"buyer_id", "total", "fees"} & sellers["data"].keys()
    (delivery,) = await log_of(service.client(people["buyer"]), webhooks["buyer"])
    assert (delivery["attempts"], delivery["answer"]) == (1, 204)
    assert await log_of(service.client(people["stranger"]), webhooks["stranger"]) == []
    async with service.database.connection() as connection:
        assert webhooks["buyer"]["secret"] not in str(await connection.fetch("select * from webhooks"))


async def test_an_old_secret_signs_beside_the_new_one_for_a_day(start: StartService, endpoint: Endpoint) -> None:
    service = await start("notifications", **FAST)
    owner = service.client(new_id())
    webhook = await added(owner, endpoint.url, "orders.confirmed.v1")
    path = f"/api/webhooks/{webhook['id']}"

    async def signature() -> tuple[str, bytes]:
        count = len(endpoint.heard)
        assert (await owner.post(f"{path}/test")).status_code == 202
        await eventually(lambda: _len(endpoint, count + 1))
        headers, _, body = endpoint.heard[-1]
        return headers["fairseat-signature"], body

    assert (await service.client(new_id()).post(f"{path}/secret")).status_code == 404
    assert webhook["old_secret_until"] is None
    secrets = [webhook["secret"]]
    for _ in range(2):
        renewed = await owner.post(f"{path}/secret")
        assert renewed.status_code == 200, renewed.text
        secrets.append(renewed.json()["secret"])
        assert renewed.json()["old_secret_until"] > renewed.json()["created_at"]
    oldest, old, new = secrets
    header, body = await signature()
    assert header.count("v1=") == 2
    assert [signed_by(secret, header, body) for secret in secrets] == [False, True, True]
    # Its time over, the old one signs no more, and is forgotten.
    async with service.database.transaction() as tx:
        await tx.execute("update webhooks set secret_before_until = now()")
    header, body = await signature()
    assert [signed_by(secret, header, body) for secret in (oldest, old, new)] == [False, False, True]
    assert (await owner.get(path)).json()["old_secret_until"] is None


async def _len(endpoint: Endpoint, count: int) -> bool:
    return len(endpoint.heard) >= count


async def test_what_fails_is_tried_again_and_what_was_sent_can_be_sent_again(
    start: StartService, endpoint: Endpoint
) -> None:
    service = await start("notifications", **FAST)
    buyer = new_id()
    client = service.client(buyer)
    webhook = await added(client, endpoint.url, "orders.confirmed.v1")
    endpoint.answers = [500, 302]
    await sold(service, buyer, new_id())

    async def delivered() -> dict[str, Any] | None:
        return next((each for each in await log_of(client, webhook, status="delivered")), None)

    delivery = await eventually(delivered)
    path = f"/api/webhooks/{webhook['id']}/deliveries/{delivery['id']}"
    whole = (await client.get(path)).json()
    assert [(each["number"], each["answer"]) for each in whole["tries"]] == [(1, 500), (2, 302), (3, 204)]
    assert whole["body"].encode() == endpoint.heard[-1][2]

    again = await client.post(f"{path}/replay")
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    await eventually(lambda: _len(endpoint, 4))
    assert len({body for _, _, body in endpoint.heard}) == 1, "the body changed on the way"
    assert len({headers["fairseat-delivery"] for headers, _, _ in endpoint.heard}) == 1


async def test_an_endpoint_that_is_gone_or_fails_for_a_day_is_left_alone(
    start: StartService, endpoint: Endpoint
) -> None:
    service = await start("notifications", **FAST)
    owner = new_id()
    client = service.client(owner)
    webhook = await added(client, endpoint.url, "orders.held.v1")
    at = f"/api/webhooks/{webhook['id']}"
    endpoint.answers = [410]
    await client.post(f"{at}/test")

    async def off(reason: str) -> bool:
        return bool((await client.get(at)).json()["off_reason"] == reason)

    await eventually(lambda: off("gone"))
    refused = await client.post(f"{at}/test")
    assert (refused.status_code, refused.json()["type"]) == (409, "webhook-off")

    assert (await client.patch(at, json={"active": True})).json()["active"]
    endpoint.answers = [500] * 10_000
    await client.post(f"{at}/test")
    async with service.database.connection() as connection:
        await connection.execute("update webhooks set failing_since = now() - interval '1 day'")
        await connection.execute("update webhook_deliveries set give_up_at = now() where status = 'queued'")
    await eventually(lambda: off("failing"))
    assert [each["status"] for each in await log_of(client, webhook)] == ["failed", "failed"]


async def test_a_webhook_is_its_owners_alone(start: StartService, endpoint: Endpoint) -> None:
    service = await start("notifications", **FAST)
    owner, stranger = service.client(new_id()), service.client(new_id())
    webhook = await added(owner, endpoint.url, "orders.held.v1")
    at = f"/api/webhooks/{webhook['id']}"
    delivery = (await owner.post(f"{at}/test")).json()
    one = f"{at}/deliveries/{delivery['id']}"
    routes = [
        ("GET", at), ("PATCH", at), ("POST", f"{at}/test"), ("GET", f"{at}/deliveries"), ("GET", one),
        ("POST", f"{one}/replay"), ("DELETE", at),
    ]  # fmt: skip
    for method, path in routes:
        body = {"active": False} if method == "PATCH" else None
        assert (await stranger.request(method, path, json=body)).status_code == 404, path
        assert (await service.client().request(method, path, json=body)).status_code == 401, path
    assert (await stranger.get("/api/webhooks")).json()["items"] == []
    assert (await owner.delete(at)).status_code == 204
    assert (await owner.get(one)).status_code == 404


async def test_what_may_be_asked_for_is_limited(start: StartService) -> None:
    service = await start("notifications", WEBHOOKS_PUBLIC_ONLY="yes")
    owner = new_id()
    client = service.client(owner)
    good = {"url": "https://example.com/hook", "subjects": ["orders.held.v1"]}
    for change, field in (
        ({"url": "http://example.com/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"subjects": ["users.registered.v1"]}, "subjects"),
        ({"subjects": []}, "subjects"),
        ({"secret": "mine"}, "secret"),
    ):
        answer = await client.post("/api/webhooks", json=good | change)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    webhook = await added(client, "https://example.com/hook", "orders.held.v1")
    for _ in range(WEBHOOKS_MAX - 1):
        await added(client, "https://example.com/hook", "orders.held.v1")
    refused = await client.post("/api/webhooks", json=good)
    assert (refused.status_code, refused.json()["type"]) == (409, "webhook-limit")

    async with service.database.connection() as connection:
        await connection.execute(
            "update webhooks set active = false, off_reason = 'owner' where id <> $1", UUID(webhook["id"])
        )
        await connection.execute(
            "insert into webhook_deliveries (id, webhook_id, event_id, subject, body, give_up_at, due_at)"
            " select gen_random_uuid(), $1, gen_random_uuid(), 'orders.held.v1', '{}', now() + interval '1 day',"
            " now() + interval '1 hour' from generate_series(1, $2)",
            UUID(webhook["id"]),
            BACKLOG_MAX,
        )
    heard = await service.publish(order_held(listing_published(show_published()), buyer_id=owner))
    await eventually(lambda: service.heard(heard))
    view = (await client.get(f"/api/webhooks/{webhook['id']}")).json()
    assert (view["waiting"], view["missed"]) == (BACKLOG_MAX, 1)


async def test_nothing_is_sent_to_an_account_that_rests_or_has_ended(start: StartService, endpoint: Endpoint) -> None:
    service = await start("notifications", **FAST)
    owner = new_id()
    client = service.client(owner)
    webhook = await added(client, endpoint.url, "shows.published.v1")
    banned = await service.publish(UserDeactivated(user_id=owner, version=2, occurred_at=now(), reason="fraud"))
    await eventually(lambda: service.heard(banned))
    assert (await client.get(f"/api/webhooks/{webhook['id']}")).json()["off_reason"] == "account"
    show = await service.publish(show_published())
    await eventually(lambda: service.heard(show))
    assert await log_of(client, webhook) == []
    erased = await service.publish(UserErased(user_id=owner, version=3, occurred_at=now(), pseudonym=new_id().hex))
    await eventually(lambda: service.heard(erased))
    assert (await client.get("/api/webhooks")).json()["items"] == []


async def test_an_address_that_is_not_public_is_never_connected_to(start: StartService, endpoint: Endpoint) -> None:
    """The name is good when the webhook is added; what it leads to is looked at when something is sent."""
    service = await start("notifications", WEBHOOKS_PUBLIC_ONLY="yes", **FAST)
    client = service.client(new_id())
    webhook = await added(client, "https://localhost.example.com/", "orders.held.v1")
    port = endpoint.url.rsplit(":", 1)[1]
    for url in (f"https://127.0.0.1:{port}", f"https://[::ffff:127.0.0.1]:{port}", f"https://localhost:{port}"):
        async with service.database.connection() as connection:
            await connection.execute("update webhooks set url = $1", url)
        delivery = (await client.post(f"/api/webhooks/{webhook['id']}/test")).json()

        async def error_of(delivery: dict[str, Any] = delivery) -> str | None:
            found = await client.get(f"/api/webhooks/{webhook['id']}/deliveries/{delivery['id']}")
            said: str | None = found.json()["error"]
            return said

        assert await eventually(error_of) == "the address is not public", url
        async with service.database.connection() as connection:
            await connection.execute("delete from webhook_deliveries")
    assert endpoint.heard == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("not an address", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert domain_webhooks.is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "//example.com", "https://", "https://user:pw@example.com/",
        "https://example.com/#part", "https://localhost/", "https://metadata.internal/", "https://printer.local/",
        "https://intranet/", "https://10.0.0.1/", "https://[::1]/", "https://[fe80::1%25eth0]/",
        "https://example.com:99999/", "https://exa mple.com/", "https://exämple.com/", "https://example.com/\n",
        "https://169.254.169.254/latest/meta-data/",
    ],
)  # fmt: skip
def test_addresses_that_nobody_may_ask_for(url: str) -> None:
    with pytest.raises(Invalid):
        domain_webhooks.check_url(url, public_only=True)


async def test_a_name_that_leads_inside_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One address of ours among good ones is enough to refuse, since any of them may be taken."""
    good, bad = ("93.184.216.34", 443), ("10.0.0.1", 443)

    async def found(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (good, bad)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    with pytest.raises(NotPublic):
        await PublicResolver().resolve("rebinding.example.com", 443)


def test_tries_spread_out_and_stay_within_four_hours() -> None:
    assert [retry_after_s(attempts, 5, 1.0) for attempts in (1, 2, 3, 4)] == [5, 20, 80, 320]
    assert retry_after_s(1, 5, 0.0) == 2.5
    assert retry_after_s(1000, 5, 1.0) == 4 * 3600


def test_every_subject_of_a_webhook_is_heard() -> None:
    assert set(HEARD) <= {consumer.event_type for consumer in consumers}
