"""Open pages hear that something changed. What changed they ask for themselves, with their own cookies.

The broker is listened to without memory: an event that nobody waits for is gone, and a page that missed one
looks once when it connects (and polls when it cannot connect).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import msgspec
import structlog

from fairseat_common.bus import Broker
from fairseat_common.contracts.refusals import LimitReached, Unavailable

log = structlog.get_logger(__name__)

SUBJECTS = ("orders.>", "payments.>", "tickets.>", "listings.>")
PER_USER_MAX = 4
PER_READER_MAX = 24
"""Open pages of shows of one person, or of one address: a household or an office has one of these."""
SHOWS_PERCENT = 80
"""The part of all streams that pages of shows may take: orders are followed first."""
HEARTBEAT_S = 15.0
OPEN_S_MAX = 300.0
SETTLE_S = 0.4
"""The services hear of an event when we do: a page that asked at once would see what was before."""
QUIET_S = 2.0
QUIET_S_MAX = 15.0
QUIET_READERS = 50
"""A page of a show is told of changes every two seconds at most, and more seldom when many follow the same show: with
500 readers every ten seconds, so that they ask 50 times a second together.
"""
RETRY_MS = 2_000
CHANGED = b"event: changed\ndata: \n\n"
HEARTBEAT = b": still here\n\n"


class _About(msgspec.Struct):
    """What an event is about, as far as it matters here."""

    order_id: str | None = None
    show_id: str | None = None


class Live:
    """Who waits for which order or show, in this process."""

    def __init__(self, broker: Broker, streams_max: int) -> None:
        self._broker = broker
        self._streams_max = streams_max
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._open: Counter[str] = Counter()
        self._watching: Counter[str] = Counter()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear the broker while the service runs."""
        async with self._broker.listen(SUBJECTS, self._heard):
            yield

    async def _heard(self, _subject: str, data: bytes) -> None:
        try:
            about = msgspec.json.decode(data, type=_About)
        except msgspec.DecodeError:
            return
        for name in (about.order_id, about.show_id):
            for signal in self._waiting.get(name or "", ()):
                signal.set()

    @property
    def open_pages(self) -> int:
        """How many pages are told of changes right now."""
        return self._open.total() + self._watching.total()

    def check(self, user_id: str) -> None:
        """Whether one more page may be open.

        Raises LimitReached for one person's fifth and Unavailable when this process has enough.
        """
        if self._open[user_id] >= PER_USER_MAX:
            raise LimitReached("Too many live pages are open. This one asks from time to time instead.", 30)
        if self._open.total() + self._watching.total() >= self._streams_max:
            raise Unavailable("Too many live pages are open.", 30)

    def check_show(self, reader: str) -> None:
        """Whether one more page of a show may be open; `reader` is a person or an address. Raises as `check` does."""
        if self._watching[reader] >= PER_READER_MAX:
            raise LimitReached("Too many live pages are open. This one asks from time to time instead.", 30)
        if self._watching.total() >= self._streams_max * SHOWS_PERCENT // 100:
            raise Unavailable("Too many live pages are open.", 30)
        if self._open.total() + self._watching.total() >= self._streams_max:
            raise Unavailable("Too many live pages are open.", 30)

    @contextmanager
    def follow(self, user_id: str, order_id: str) -> Iterator[asyncio.Event]:
        """A signal that is set whenever the order may have changed; limits as in `check`."""
        self.check(user_id)
        with self._counted(self._open, user_id, order_id) as signal:
            yield signal

    @contextmanager
    def watch(self, reader: str, show_id: str) -> Iterator[asyncio.Event]:
        """A signal that is set whenever something about the show may have changed; limits as in `check_show`."""
        self.check_show(reader)
        with self._counted(self._watching, reader, show_id) as signal:
            yield signal

    @contextmanager
    def _counted(self, pages: Counter[str], reader: str, topic: str) -> Iterator[asyncio.Event]:
        signal = asyncio.Event()
        pages[reader] += 1
        self._waiting.setdefault(topic, set()).add(signal)
        try:
            yield signal
        finally:
            pages[reader] -= 1
            if not pages[reader]:
                del pages[reader]
            self._waiting[topic].discard(signal)
            if not self._waiting[topic]:
                del self._waiting[topic]

    async def stream(self, user_id: str, order_id: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a server-sent event stream, for at most five minutes; browsers connect again by themselves."""
        with self.follow(user_id, order_id) as signal:
            async for said in _said(signal):
                yield said

    async def stream_show(self, reader: str, show_id: str) -> AsyncGenerator[bytes, None]:
        """The same for a show; after a change it is quiet for a while, and says then whether there were more."""
        with self.watch(reader, show_id) as signal:
            async for said in _said(signal, lambda: quiet_s(len(self._waiting[show_id]))):
                yield said


def quiet_s(readers: int) -> float:
    """How long pages of a show are left alone after a change, with so many readers."""
    return min(QUIET_S_MAX, max(QUIET_S, readers * QUIET_S / QUIET_READERS))


async def _said(signal: asyncio.Event, quiet: Callable[[], float] | None = None) -> AsyncGenerator[bytes, None]:
    """A heartbeat, or that the signal was set; with `quiet` a moment later, and not again for that long."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    loop = asyncio.get_running_loop()
    end = loop.time() + OPEN_S_MAX
    while loop.time() < end:
        with suppress(TimeoutError):
            await asyncio.wait_for(signal.wait(), HEARTBEAT_S)
        changed = signal.is_set()
        if changed and quiet:
            await asyncio.sleep(SETTLE_S)
        signal.clear()
        yield CHANGED if changed else HEARTBEAT
        if changed and quiet:
            await asyncio.sleep(quiet())
