"""The connection to NATS JetStream: streams, durable consumers, publishing, plain listening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from fairseat_common.bus.streams import Login, is_as, stream_config

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT_S = 5
RECONNECT_WAIT_S = 1
REQUEST_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 2
QUESTION_MAX_S = 600
"""Longer than a connection without answers lives."""
ACK_WAIT_S = 30.0
PENDING_MAX = 512


class BrokerUnavailable(Exception):
    """The broker cannot be reached or did not acknowledge in time."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish."""

    event_id: UUID
    subject: str
    headers: dict[str, str]
    data: bytes


class Broker:
    """One process's connection for one service; reconnects by itself for as long as it takes.

    `replicas` is how many servers of a cluster hold each stream.
    """

    def __init__(self, url: str, name: str, login: Login | None = None, replicas: int = 1) -> None:
        self._url = url
        self._name = name
        self._login = login or Login()
        self._replicas = replicas
        self._client: Client | None = None
        self._jetstream: JetStreamContext | None = None
        self._streams: set[str] = set()
        self._connecting: asyncio.Task[None] | None = None
        self._asked: asyncio.Task[None] | None = None
        self._asked_in = 0
        self._closing = False
        self.generation = 0
        """Grows with every reconnection: whatever was set up at the server may be gone."""

    async def open(self) -> None:
        """Connect, or go on trying in the background when the broker does not answer within CONNECT_TIMEOUT_S."""
        self._client = Client()

        async def lost(_error: Exception | None = None) -> None:
            if not self._closing:
                log.warning("broker.lost", name=self._name)

        async def back() -> None:
            self.generation += 1
            self._streams.clear()
            log.info("broker.back", name=self._name)

        async def quiet(error: Exception) -> None:
            log.debug("broker.error", name=self._name, error=repr(error))

        connecting = self._client.connect(
            self._url,
            name=self._name,
            connect_timeout=CONNECT_TIMEOUT_S,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_WAIT_S,
            drain_timeout=5,
            ping_interval=10,
            disconnected_cb=lost,
            reconnected_cb=back,
            error_cb=quiet,
            pending_size=8 * 1024 * 1024,
            **self._login.options(),
        )
        self._connecting = asyncio.create_task(connecting, name="broker-connect")
        done, _ = await asyncio.wait([self._connecting], timeout=CONNECT_TIMEOUT_S)
        for task in done:
            task.result()
        self._jetstream = self._client.jetstream(timeout=REQUEST_TIMEOUT_S)

    async def close(self) -> None:
        """Leave; what was not acknowledged is delivered again."""
        self._closing = True
        if self._asked is not None:
            self._asked.cancel()
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
        if self._client is not None and not self._client.is_closed:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await self._client.close()
            except (TimeoutError, NatsError, OSError) as error:
                log.debug("broker.close", error=repr(error))

    @property
    def connected(self) -> bool:
        """Whether the broker can be reached at this moment."""
        return self._client is not None and self._client.is_connected

    async def answers(self) -> bool:
        """Whether the broker gives a sign of life right now, within ANSWER_TIMEOUT_S.

        A question that is not answered in time stays asked: the client drops its connection's reader when the answer
        to one that was given up comes after all.
        """
        if self._client is None or not self.connected:
            return False
        if self._asked is None or self._asked.done() or self._asked_in != self.generation:
            self._asked = asyncio.create_task(self._client.flush(QUESTION_MAX_S), name="broker-answers")
            self._asked_in = self.generation
        done, _ = await asyncio.wait([self._asked], timeout=ANSWER_TIMEOUT_S)
        return bool(done) and not self._asked.cancelled() and self._asked.exception() is None

    def _js(self) -> JetStreamContext:
        if self._jetstream is None or not self.connected:
            raise BrokerUnavailable("not connected")
        return self._jetstream

    async def ensure_stream(self, name: str) -> None:
        """Create the stream that carries all subjects of one publishing noun, unless it is there."""
        await self._stream(name, keep=False)

    async def keep_stream(self, name: str) -> None:
        """What its publisher does: create the stream, or bring one of an earlier release to what it should be now."""
        await self._stream(name, keep=True)

    async def _stream(self, name: str, keep: bool) -> None:
        if name in self._streams:
            return
        jetstream, wanted = self._js(), stream_config(name, self._replicas)
        try:
            try:
                found = (await jetstream.stream_info(name)).config
            except NotFoundError:
                await jetstream.add_stream(wanted)
            else:
                if keep and not is_as(found, wanted):
                    log.info("broker.stream_changed", stream=name, replicas=wanted.num_replicas)
                    await jetstream.update_stream(wanted)
        except (NatsError, TimeoutError) as error:
            raise BrokerUnavailable(repr(error)) from error
        self._streams.add(name)

    async def backlog(self) -> int:
        """How many deliveries are still to be made or to be acknowledged, over all streams and consumers."""
        jetstream = self._js()
        waiting = 0
        for stream in await jetstream.streams_info():
            for consumer in await jetstream.consumers_info(stream.config.name or ""):
                waiting += (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
        return waiting

    async def pending(self, stream: str, durable: str) -> int | None:
        """How many deliveries a consumer is behind, those under way too; None if there is no such consumer (yet)."""
        try:
            found = await self._js().consumer_info(stream, durable)
        except NotFoundError:
            return None
        except (NatsError, TimeoutError) as error:
            raise BrokerUnavailable(repr(error)) from error
        return (found.num_pending or 0) + (found.num_ack_pending or 0)

    async def stream_size(self, stream: str) -> tuple[int, int, int] | None:
        """Messages, bytes, and bytes at which the oldest are dropped; None if there is no such stream (yet)."""
        try:
            found = await self._js().stream_info(stream)
        except NotFoundError:
            return None
        except (NatsError, TimeoutError) as error:
            raise BrokerUnavailable(repr(error)) from error
        return found.state.messages, found.state.bytes, found.config.max_bytes or 0

    async def forget_streams(self) -> None:
        """Delete every stream with what it holds: for tests, and before a rebuild from the outboxes."""
        jetstream = self._js()
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(stream.config.name or "")
        self._streams.clear()

    async def publish(self, messages: Sequence[Outgoing]) -> list[UUID]:
        """Send in order with all acknowledgements in flight; answers the ids that the broker has stored."""
        try:
            for stream in {message.subject.split(".", 1)[0].upper() for message in messages}:
                await self.ensure_stream(stream)
            jetstream = self._js()
            flying = [
                await jetstream.publish_async(m.subject, m.data, headers=dict(m.headers), wait_stall=REQUEST_TIMEOUT_S)
                for m in messages
            ]
            done, late = await asyncio.wait(flying, timeout=REQUEST_TIMEOUT_S)
        except (NatsError, TimeoutError, OSError) as error:
            raise BrokerUnavailable(repr(error)) from error
        for future in late:
            future.cancel()
        stored = []
        for message, future in zip(messages, flying, strict=True):
            if future not in done:
                continue
            if (refused := future.exception()) is None:
                stored.append(message.event_id)
            else:
                self._streams.clear()
                log.warning("broker.refused", subject=message.subject, error=repr(refused))
        return stored

    async def pull(self, stream: str, durable: str, subject: str) -> JetStreamContext.PullSubscription:
        """A subscription to a durable consumer, created if it is not there. Delivery is unlimited.

        The stream is its publisher's to create: BrokerUnavailable until that has happened.
        """
        jetstream = self._js()
        try:
            await jetstream.add_consumer(
                stream,
                ConsumerConfig(
                    # With its name and subject the request says what it is for, so that the broker can forbid others.
                    name=durable,
                    durable_name=durable,
                    filter_subject=subject,
                    deliver_policy=DeliverPolicy.ALL,
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=ACK_WAIT_S,
                    max_deliver=-1,
                    max_ack_pending=PENDING_MAX,
                ),
            )
            return await jetstream.pull_subscribe_bind(consumer=durable, stream=stream)
        except (NatsError, TimeoutError) as error:
            raise BrokerUnavailable(repr(error)) from error

    @asynccontextmanager
    async def listen(
        self, subjects: Sequence[str], heard: Callable[[str, bytes], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Hear events as they pass, without memory: for what is only worth knowing now, such as live pages.

        With the broker away at the start, listening begins once it is there.
        """
        client, connecting = self._client, self._connecting
        assert client is not None, "the broker is not open"
        assert connecting is not None

        async def callback(message: Msg) -> None:
            await heard(message.subject, message.data)

        async def subscribe() -> list[Subscription]:
            await asyncio.shield(connecting)
            return [await client.subscribe(subject, cb=callback) for subject in subjects]

        subscribing = asyncio.create_task(subscribe(), name="broker-listen")
        if self.connected:
            await asyncio.wait([subscribing])
        try:
            yield
        finally:
            subscribing.cancel()
            with suppress(asyncio.CancelledError, NatsError):
                for subscription in await subscribing:
                    await subscription.unsubscribe()
