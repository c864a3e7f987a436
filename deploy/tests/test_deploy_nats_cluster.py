"""Three servers from the cluster's own configuration: one of them dies while events are said, and none is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StreamInfo

from fairseat_common.bus import Broker, BrokerUnavailable
from fairseat_common.bus.broker import Outgoing
from fairseat_common.testing.waiting import eventually
from fairseat_deploy.nats_accounts import OPERATOR
from fairseat_deploy.nats_rehearsal import ComponentServer, certificates, three
from fairseat_deploy.rendering import documents
from fairseat_deploy.rules.found import where

STREAM, SUBJECT, DURABLE = "EXPIRATION", "expiration.due.v1", "orders-expiration-due-v1"
BATCH, BATCHES = 20, 12
TIME_TO_FETCH_S = 15 * 60
"""What the broker's own chart gives a server."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[ComponentServer]]:
    servers = three(tmp_path, certificates(tmp_path / "certificates"))
    for server in servers:
        server.launch()
    for server in servers:
        server.await_ready()
    yield servers
    for server in servers:
        server.kill()
        server.remove()


@asynccontextmanager
async def connected(server: ComponentServer, user: str, replicas: int) -> AsyncIterator[Broker]:
    broker = Broker(server.address, user, server.login(user), replicas)
    await broker.open()
    try:
        yield broker
    finally:
        await broker.close()


@asynccontextmanager
async def operating(server: ComponentServer) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(server.address, **server.login(OPERATOR).options())
    try:
        yield client.jetstream(timeout=10)
    finally:
        await client.close()


def messages() -> list[Outgoing]:
    ids = [uuid4() for _ in range(BATCH)]
    return [Outgoing(each, SUBJECT, {"Nats-Msg-Id": str(each), "ce-id": str(each)}, b"{}") for each in ids]


async def keep_stream(broker: Broker) -> bool:
    """As the relay does, until the servers have found each other."""
    try:
        await broker.keep_stream(STREAM)
    except BrokerUnavailable:
        return False
    return True


async def publish_all(broker: Broker, waiting: Sequence[Outgoing]) -> None:
    """As the relay does: what was not acknowledged is sent again."""

    async def sent() -> bool:
        nonlocal waiting
        try:
            stored = set(await broker.publish(waiting))
        except BrokerUnavailable:
            return False
        waiting = [each for each in waiting if each.event_id not in stored]
        return not waiting

    await eventually(sent)


async def fetch_all(broker: Broker, count: int) -> set[UUID]:
    """The ids that a consumer gets, until it has got `count` of them."""
    seen: set[UUID] = set()

    async def all_fetched() -> bool:
        try:
            subscription = await broker.pull(STREAM, DURABLE, SUBJECT)
            for message in await subscription.fetch(BATCH, timeout=5):
                seen.add(UUID((message.headers or {})["ce-id"]))
                await message.ack()
            await subscription.unsubscribe()
        except (BrokerUnavailable, NatsError, TimeoutError):
            return False
        return len(seen) >= count

    await eventually(all_fetched)
    return seen


async def level(jetstream: JetStreamContext) -> tuple[str, StreamInfo]:
    """The name of the server that leads the stream, and the stream, once the two others have all that it has."""

    async def look() -> tuple[str, StreamInfo] | None:
        try:
            found = await jetstream.stream_info(STREAM)
        except (NatsError, TimeoutError):  # nobody leads at the moment
            return None
        replicas = found.cluster.replicas or [] if found.cluster else []
        if found.cluster is None or len(replicas) < 2 or not all(each.current for each in replicas):
            return None
        return (found.cluster.leader, found) if found.cluster.leader else None

    return await eventually(look)


def test_a_server_that_lost_its_disk_has_time_to_fetch_everything() -> None:
    """Its startup probe waits for every stream, and each message is synced; ending it meanwhile delays that."""
    (server,) = [each for each in documents("production") if where(each) == "StatefulSet/nats"]
    probe = server["spec"]["template"]["spec"]["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= TIME_TO_FETCH_S


async def test_a_server_dies_and_nothing_that_was_acknowledged_is_lost(cluster: list[ComponentServer]) -> None:
    # A stream of an earlier release, on one server: its publisher brings it to three.
    for replicas in (1, 3):
        async with connected(cluster[0], "expiration", replicas) as publisher:
            await eventually(lambda: keep_stream(publisher))
    async with operating(cluster[0]) as jetstream:
        led, stream = await level(jetstream)
    assert stream.config.num_replicas == 3
    victim, *others = sorted(cluster, key=lambda server: server.name_in_cluster != led)
    said: list[UUID] = []
    async with connected(others[0], "expiration", 3) as publisher:
        for number in range(BATCHES):
            batch = messages()
            await publish_all(publisher, batch)
            said += [each.event_id for each in batch]
            if number == BATCHES // 3:
                os.kill(victim.pid, signal.SIGKILL)
    async with connected(others[1], "orders", 3) as consumer:
        assert await fetch_all(consumer, len(said)) >= set(said)
    victim.kill()
    victim.start()
    async with operating(others[0]) as jetstream:
        _, stream = await level(jetstream)
    assert stream.state.messages == len(said), "each is there once, on all three"
