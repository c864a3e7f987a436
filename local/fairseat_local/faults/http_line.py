"""A line over which HTTP/1.1 is spoken; every POST and DELETE is a moment, reading is none."""

from __future__ import annotations

import re
from asyncio import StreamReader, StreamWriter

from fairseat_local.faults.line import Line
from fairseat_local.faults.moments import Moment, Side

END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
BODY_IN_CHUNKS = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
OBJECT_ID = re.compile(r"/(?:pi|pm|re|tr|trr|acct|ch|du|we)_[A-Za-z0-9_]+")
WITH_EFFECT = ("POST", "DELETE")


class HttpLine(Line):
    """Requests one after the other on each connection, with bodies of a stated length, as our clients send them.

    The side "before": the request was read and not passed on. "after": the server has answered, the client has not
    heard it.
    """

    async def talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Request, answer, request, answer. Each has a connection to the server: one that idles it would close."""
        while True:
            request = await _message(reader)
            label = label_of(request)
            await self._tell(label, "before", request, reader)
            async with self.server() as (server_reader, server_writer):
                server_writer.write(request)
                await server_writer.drain()
                answer = await _message(server_reader)
            await self._tell(label, "after", request + answer, reader)
            writer.write(answer)
            await writer.drain()

    async def _tell(self, label: str, side: Side, said: bytes, reader: StreamReader) -> None:
        if label.startswith(WITH_EFFECT):
            await self.moment(Moment(label, side, said), reader)


def label_of(request: bytes) -> str:
    """Method and path with the ids of objects taken out: `POST /v1/payment_intents/:id/capture`."""
    method, path, *_ = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return f"{method} {OBJECT_ID.sub('/:id', path.partition('?')[0])}"


async def _message(reader: StreamReader) -> bytes:
    """One request or answer, head and body."""
    head = await reader.readuntil(END_OF_HEAD)
    assert not BODY_IN_CHUNKS.search(head), "bodies in chunks are not understood here"
    length = LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")
