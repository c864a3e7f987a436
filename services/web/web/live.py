"""Open pages hear that something changed. What changed they ask for themselves, with their own cookies.

The broker is listened to without memory: an event that nobody waits for is gone, and a page that missed one
looks once when it connects (and polls when it cannot connect).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import msgspec
import structlog

from fairseat_common.bus import Broker
from fairseat_common.contracts.refusals import LimitReached, Unavailable

log = structlog.get_logger(__name__)

SUBJECTS = ("orders.>", "payments.>", "tickets.>")
PER_USER_MAX = 4
HEARTBEAT_S = 15.0
OPEN_S_MAX = 300.0
RETRY_MS = 2_000
CHANGED = b"event: changed\ndata: \n\n"
HEARTBEAT = b": still here\n\n"


class _About(msgspec.Struct):
    """The one field of an event that matters here."""

    order_id: str | None = None


class Live:
    """Who waits for which order, in this process."""

    def __init__(self, broker: Broker, streams_max: int) -> None:
        self._broker = broker
        self._streams_max = streams_max
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._open: Counter[str] = Counter()

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
        for signal in self._waiting.get(about.order_id or "", ()):
            signal.set()

    def check(self, user_id: str) -> None:
        """Whether one more page may be open.

        Raises LimitReached for one person's fifth and Unavailable when this process has enough.
        """
        if self._open[user_id] >= PER_USER_MAX:
            raise LimitReached("Too many live pages are open. This one asks from time to time instead.", 30)
        if self._open.total() >= self._streams_max:
            raise Unavailable("Too many live pages are open.", 30)

    @contextmanager
    def follow(self, user_id: str, order_id: str) -> Iterator[asyncio.Event]:
        """A signal that is set whenever the order may have changed; limits as in `check`."""
        self.check(user_id)
        signal = asyncio.Event()
        self._open[user_id] += 1
        self._waiting.setdefault(order_id, set()).add(signal)
        try:
            yield signal
        finally:
            self._leave(user_id, order_id, signal)

    def _leave(self, user_id: str, order_id: str, signal: asyncio.Event) -> None:
        self._open[user_id] -= 1
        if not self._open[user_id]:
            del self._open[user_id]
        self._waiting[order_id].discard(signal)
        if not self._waiting[order_id]:
            del self._waiting[order_id]

    async def stream(self, user_id: str, order_id: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a server-sent event stream, for at most five minutes; browsers connect again by themselves."""
        with self.follow(user_id, order_id) as signal:
            yield f"retry: {RETRY_MS}\n\n".encode()
            loop = asyncio.get_running_loop()
            end = loop.time() + OPEN_S_MAX
            while loop.time() < end:
                with suppress(TimeoutError):
                    await asyncio.wait_for(signal.wait(), HEARTBEAT_S)
                changed = signal.is_set()
                signal.clear()
                yield CHANGED if changed else HEARTBEAT
