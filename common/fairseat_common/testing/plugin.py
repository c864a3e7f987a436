"""pytest fixtures for every test of the workspace, and how its tests are shared out among worker processes.

Servers start once per worker process; databases are emptied and streams removed before each test that starts a
service.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeAlias

import pytest
import pytest_asyncio

from fairseat_common.bus import Broker
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.postgres_server import PostgresServer
from fairseat_common.testing.routes_read_once import read_routes_once
from fairseat_common.testing.running import RunningService, Servers, start_service

StartService: TypeAlias = Callable[..., Awaitable[RunningService]]

LONGEST_FIRST = (
    "test_fault_payments_killed",
    "test_money_in_a_browser",
    "test_fault_cancelled_show",
    "test_fault_provider_misbehaves",
    "test_fault_kills",
    "test_building_on_the_api",
    "test_selling_seats",
    "test_journey_in_a_browser",
    "faults",
    "journeys",
    "races",
    "test_check_money",
    "test_demo_loader",
    "test_notifications_providers",
)
"""Files, and folders for the rest of theirs: what is long must not be begun last, when the others have ended. The first
of them wait for each other's services more than they work, and journeys come together, whose system they share."""


def pytest_configure(config: pytest.Config) -> None:
    """Have files given out in the order of the collection, not those with the most tests first."""
    config.option.loadscopereorder = False
    read_routes_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first."""
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, order.get(item.path.parent.name, len(order))))


def pytest_collection_finish() -> None:
    """Leave the tests themselves out of the collector's rounds: they stay to the end, and there are thousands."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A real PostgreSQL and a real NATS, on ports of their own."""
    directory = tmp_path_factory.mktemp("servers")
    postgres = PostgresServer(directory / "postgres", fast=True)
    nats = NatsServer(directory / "nats")
    postgres.start()
    nats.start()
    yield Servers(postgres, nats)
    nats.remove()
    postgres.remove()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def issuer() -> AsyncIterator[Issuer]:
    """Issues access tokens that running services accept."""
    async with Issuer() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def broker(servers: Servers) -> AsyncIterator[Broker]:
    """A connection to the broker, whose streams are empty."""
    connected = Broker(servers.nats.url, "test")
    await connected.open()
    await connected.forget_streams()
    yield connected
    await connected.close()


@pytest_asyncio.fixture(loop_scope="session")
async def start(servers: Servers, issuer: Issuer, broker: Broker) -> AsyncIterator[StartService]:
    """Start a service: ``await start("orders", HOLD_SECONDS="3")``; with ``keep_data=True`` it finds its old data."""
    running: list[RunningService] = []

    async def start_one(name: str, *, keep_data: bool = False, **environ: str) -> RunningService:
        service = await start_service(servers, issuer, broker, name, environ, keep_data)
        running.append(service)
        return service

    yield start_one
    for service in reversed(running):
        await service.stop()
