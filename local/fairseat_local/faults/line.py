"""A TCP line that is watched: accepts clients, connects them to the real server, and ends both together."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fairseat_local.faults.moments import Listener, Moment

DEATH_MAX_S = 5.0
READ_BYTES = 64 * 1024
LINE_BYTES_MAX = 1024 * 1024


class Cut(Exception):
    """The client was ended at this moment: its connection is closed with nothing more said."""


class Line:
    """The base of all lines. `port` is where clients find it, `target` tells the server's port; 127.0.0.1 both."""

    def __init__(self, port: int, target: Callable[[], int], listener: Listener) -> None:
        self.port = port
        self.survivors: list[str] = []
        """Labels of moments at which the listener said that it had ended the client, and the client lived on."""
        self._target = target
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to accept clients."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=LINE_BYTES_MAX)

    async def close(self) -> None:
        """Hang up everywhere."""
        if self._server is not None:
            self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        talk = asyncio.create_task(self._serve(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await self.talk(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError, Cut):
            pass  # one side is gone, so the other one learns it now
        finally:
            writer.close()

    @asynccontextmanager
    async def server(self) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
        """A connection to the real server, closed with the block."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target(), limit=LINE_BYTES_MAX)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass everything on between a client and the server until one of them hangs up."""
        raise NotImplementedError

    async def moment(self, moment: Moment, reader: StreamReader | None) -> None:
        """Tell the listener. Raises Cut if it has ended the client, once that has really hung up.

        Without a reader somebody else reads what the client says, and ends this when it hangs up.
        """
        if not self._listener(moment):
            return
        try:
            async with asyncio.timeout(DEATH_MAX_S):
                await (_end_of(reader) if reader else asyncio.get_running_loop().create_future())
        except TimeoutError:
            self.survivors.append(moment.label)
        raise Cut


async def _end_of(reader: StreamReader) -> None:
    """Wait until nothing more can come, and throw away what still does."""
    try:
        while await reader.read(READ_BYTES):
            continue
    except OSError:
        return


async def together(*pumps: asyncio.Task[None]) -> None:
    """Run both directions until one of them ends, and end the other with it."""
    try:
        done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
    for pump in done:
        pump.result()
