"""Rate limits: so much at once, so much in the long run, each client for itself, in memory that does not grow."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
import pytest

from fairseat_common.ids import new_id
from fairseat_common.settings import PRIVATE_NETWORKS, Rates, Reader, Settings, SettingsError
from fairseat_common.telemetry import Metrics
from fairseat_common.testing.plugin import StartService
from fairseat_common.web.auth import SignedIn
from fairseat_common.web.limits import Addresses, Buckets, Limiter, Rate, TooManyRequests, kind_of


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    buckets, rate = Buckets(clock=clock), Rate(per_minute=60, burst=3)
    assert [buckets.take("one", rate) for _ in range(3)] == [0, 0, 0]
    assert buckets.take("one", rate) == pytest.approx(1)
    assert buckets.take("other", rate) == 0, "each has its own"
    clock.now += 0.25
    assert buckets.take("one", rate) == pytest.approx(0.75), "asking too early costs nothing"
    clock.now += 0.75
    assert [buckets.take("one", rate), buckets.take("one", rate)] == [0, pytest.approx(1)]
    clock.now += 3600
    assert [buckets.take("one", rate) for _ in range(4)] == [0, 0, 0, pytest.approx(1)]


def test_a_minute_lets_no_more_through_than_it_may() -> None:
    clock = Clock()
    buckets, rate = Buckets(clock=clock), Rate.of(120)
    let_through = 0
    for _ in range(6000):
        let_through += buckets.take("one", rate) == 0
        clock.now += 0.01
    assert let_through == pytest.approx(120 + rate.burst, abs=1)


def test_the_memory_is_bounded_and_who_asks_stays_known() -> None:
    buckets, rate = Buckets(buckets_max=100), Rate(60, 1)
    buckets.take("busy", rate)
    for number in range(10_000):
        buckets.take(f"address {number}", rate)
        assert buckets.take("busy", rate) > 0
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("said", "peer", "address"),
    [
        ("", "127.0.0.1", None),
        ("", "203.0.113.7", "203.0.113.7"),
        ("6.6.6.6", "203.0.113.7", "203.0.113.7"),
        ("203.0.113.7", "10.0.0.3", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 192.168.7.7", "10.0.0.3", "203.0.113.7"),
        ("6.6.6.6, nonsense", "10.0.0.3", None),
        ("2001:db8:1:2:3:4:5:6", "::1", "2001:db8:1:2::/64"),
        ("10.0.0.9", "10.0.0.3", None),
        ("", None, None),
    ],
)
def test_an_address_is_what_our_own_gateways_say(said: str, peer: str | None, address: str | None) -> None:
    assert Addresses(PRIVATE_NETWORKS).find({"x-forwarded-for": said}, peer) == address


def test_networks_that_are_none_are_named() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_NETWORKS"):
        Settings.read({"TRUSTED_NETWORKS": "10.0.0.0/99"})


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/api/users/signin", "reads"),
        ("POST", "/api/users/signin/passkey", "sign_ins"),
        ("POST", "/signup", "sign_ins"),
        ("POST", "/api/users/password-reset/confirm", "sign_ins"),
        ("POST", "/api/orders", "writes"),
        ("DELETE", "/api/orders/1", "writes"),
    ],
)
def test_requests_are_of_three_kinds(method: str, path: str, kind: str) -> None:
    assert kind_of(method, path) == kind


def test_nothing_is_limited_on_one_machine_unless_it_is_said() -> None:
    local = Rates.read(Reader({}))
    assert not Limiter("web", local, Metrics("web")).counts
    deployed = Rates.read(Reader({"ENVIRONMENT": "production"}))
    assert min(deployed.address_reads, deployed.address_writes, deployed.address_sign_ins) > 0
    assert min(deployed.account_reads, deployed.account_writes) > 0
    with pytest.raises(SettingsError, match="RATE_ACCOUNT_READS"):
        Settings.read({"RATE_ACCOUNT_READS": "-1"})


def test_a_key_has_a_rate_of_its_own_and_webhooks_none() -> None:
    limiter = Limiter("web", Rates.read(Reader({"RATE_ADDRESS_WRITES": "60"})), Metrics("web"))
    user = SignedIn(new_id(), new_id(), frozenset(), 0.0, key_id=new_id(), per_minute=60)
    for _ in range(10):
        limiter.account("GET", "/api/shows", user)
    with pytest.raises(TooManyRequests):
        limiter.account("GET", "/api/shows", user)
    from_outside = {"x-forwarded-for": "203.0.113.7"}
    for _ in range(10):
        limiter.address("POST", "/api/orders", from_outside, None)
        limiter.address("POST", "/api/payments/webhook", from_outside, None)
    with pytest.raises(TooManyRequests):
        limiter.address("POST", "/api/orders", from_outside, None)


async def asked(client: httpx.AsyncClient, times: int, address: str | None = None) -> list[httpx.Response]:
    headers = {"X-Forwarded-For": address} if address else {}
    return await asyncio.gather(*(client.get("/api/orders", headers=headers) for _ in range(times)))


async def test_accounts_and_addresses_are_told_to_wait(start: StartService) -> None:
    """One a minute, and ten at once."""
    orders = await start("orders", RATE_ACCOUNT_READS="1", RATE_ADDRESS_READS="1")
    users: list[UUID] = [new_id() for _ in range(2)]
    one, other = [orders.client(user) for user in users]
    answers = await asked(one, 13)
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 3
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.json()["type"], refused.headers["content-type"]) == (
        "too-many-requests",
        "application/problem+json",
    )
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (await asked(other, 1))[0].status_code == 200, "another account is not the same client"
    assert (await asked(one, 1, "203.0.113.7"))[0].status_code == 429

    nobody = orders.client()
    answers = await asked(nobody, 12, "203.0.113.9")
    assert sorted({answer.status_code for answer in answers}) == [401, 429]
    assert (await asked(nobody, 1, "203.0.113.10"))[0].status_code == 401
    assert {answer.status_code for answer in await asked(nobody, 20)} == {401}, "from inside the house"
    page = await nobody.get("/metrics")
    assert 'fairseat_limited_total{by="account",kind="reads",service="orders"} 4.0' in page.text
    assert (await nobody.get("/healthz")).status_code == 200
