"""A line over which PostgreSQL's protocol (version 3) is spoken; every commit of something written is a moment.

Two things commit: a COMMIT of a transaction in which rows were written, and a single statement outside a transaction
that writes rows. The second commits when the server reads the Sync message behind it, so the line holds that message
back, asks with a Flush for the answer that is ready, and knows then whether there is anything to commit.
A writing statement outside a transaction that is sent as a simple query cannot be divided like that and is no moment.
https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import asyncio
import re
import struct
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field

from fairseat_local.faults.line import Line, together
from fairseat_local.faults.moments import Moment, Side

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
NO = b"N"
FLUSH = b"H\x00\x00\x00\x04"
IDLE = b"I"
SAID_BYTES_MAX = 1024 * 1024
OUTBOX = "update outbox"
# `for update` names no table behind it, `do update` is followed by `set`.
WRITES = re.compile(
    r"\b(?:(insert)\s+into|(delete)\s+from|(update)(?!\s+(?:set|of|skip|nowait)\b))\s+(?:only\s+)?([a-z_][a-z0-9_]*)",
    re.IGNORECASE,
)


def written_by(sql: str) -> list[str]:
    """What a statement may write, as `insert orders`, `update attempts`."""
    return [f"{(i or d or u).lower()} {table.lower()}" for i, d, u, table in WRITES.findall(sql)]


def rows_of(tag: bytes) -> int:
    """How many rows a command complete tag speaks of: `INSERT 0 2` is 2, `COMMIT` is 0."""
    last = tag.rstrip(b"\0").rpartition(b" ")[2]
    return int(last) if last.isdigit() else 0


@dataclass
class Session:
    """What is known about one connection."""

    reader: StreamReader
    status: bytes = b""
    statements: dict[bytes, str] = field(default_factory=dict)
    portals: dict[bytes, str] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    """What the statement that runs may write."""
    written: set[str] = field(default_factory=set)
    """What this transaction has written."""
    said: bytearray = field(default_factory=bytearray)
    said_before: bytes = b""
    """What was said in the transaction or statement before this one."""
    single: bool = False
    """A statement outside a transaction has written rows that its Sync will commit."""
    answered: asyncio.Event | None = None
    """Set when the statement whose Sync is held back was answered."""

    def note(self, message: bytes) -> None:
        """Remember what was said, within bounds."""
        if len(self.said) < SAID_BYTES_MAX:
            self.said += message

    @property
    def label(self) -> str:
        """The kind of commit: what it writes."""
        return f"commit: {', '.join(sorted(self.written))}"

    def moment(self, side: Side) -> Moment:
        """The commit at hand. What was sent from the outbox was named by the statement before its mark."""
        before = self.said_before if self.written == {OUTBOX} else b""
        return Moment(self.label, side, before + bytes(self.said))

    def rest(self) -> None:
        """A transaction, or a statement outside one, is over."""
        self.said_before, self.said = bytes(self.said), bytearray()
        self.written.clear()
        self.single = False


class PostgresLine(Line):
    """Each connection is watched by itself. "before": COMMIT was not passed on; "after": its answer was not."""

    async def talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Start-up, then messages with a type in both directions."""
        first = await _start(reader, writer)
        async with self.server() as (server_reader, server_writer):
            server_writer.write(first)
            session = Session(reader)
            await together(
                asyncio.create_task(self._from_client(session, server_writer)),
                asyncio.create_task(self._from_server(session, server_reader, writer)),
            )

    async def _from_client(self, session: Session, server: StreamWriter) -> None:
        while True:
            kind, message = await _message(session.reader)
            session.note(message)
            _follow(session, kind, message[5:])
            if kind == b"Q" and session.written and _is_commit(message[5:]):
                await self.moment(session.moment("before"), session.reader)
            elif kind == b"S" and session.running and session.status == IDLE:
                await self._hold_back(session, server)
            server.write(message)
            await server.drain()

    async def _hold_back(self, session: Session, server: StreamWriter) -> None:
        """Have a single statement answered before the message that commits it is passed on."""
        session.answered = asyncio.Event()
        server.write(FLUSH)
        await server.drain()
        await session.answered.wait()
        session.answered = None
        if session.single:
            await self.moment(session.moment("before"), session.reader)

    async def _from_server(self, session: Session, server: StreamReader, client: StreamWriter) -> None:
        held = b""
        while True:
            kind, message = await _message(server)
            session.note(message)
            if kind == b"C":
                await self._completed(session, message[5:])
            elif kind == b"s":  # as many rows as the client wanted to have: what the statement writes is written
                _wrote(session)
            if kind in b"CEsI" and session.answered is not None:
                session.answered.set()
            if kind == b"Z":
                if session.single:
                    await self._committed(session)
                _ready(session, message[5:])
            held += message
            # Nobody hears of a single statement's rows before they are committed.
            if not session.single:
                client.write(held)
                held = b""
                await client.drain()

    async def _completed(self, session: Session, tag: bytes) -> None:
        if tag.startswith(b"COMMIT"):
            if session.written:
                await self._committed(session)
        elif rows_of(tag):
            _wrote(session)

    async def _committed(self, session: Session) -> None:
        """The other direction notices when the client hangs up, and then ends this one."""
        await self.moment(session.moment("after"), None)


def _follow(session: Session, kind: bytes, body: bytes) -> None:
    """Know which statement runs."""
    if kind == b"Q":
        session.running = written_by(_text(body))
    elif kind == b"P":
        name, _, rest = body.partition(b"\0")
        session.statements[name] = _text(rest)
    elif kind == b"B":
        portal, _, rest = body.partition(b"\0")
        session.portals[portal] = session.statements.get(rest.partition(b"\0")[0], "")
    elif kind == b"E":
        session.running = written_by(session.portals.get(body.partition(b"\0")[0], ""))


def _wrote(session: Session) -> None:
    """The running statement has written rows, if it is one that writes."""
    session.written.update(session.running)
    session.single = bool(session.running) and session.status == IDLE and session.answered is not None


def _ready(session: Session, status: bytes) -> None:
    session.status, session.running = status, []
    if status == IDLE:
        session.rest()


def _is_commit(body: bytes) -> bool:
    return _text(body).lstrip().upper().startswith("COMMIT")


def _text(body: bytes) -> str:
    return body.partition(b"\0")[0].decode(errors="replace")


async def _start(reader: StreamReader, writer: StreamWriter) -> bytes:
    """The start-up message. Encryption is refused: the line could not read it."""
    while True:
        head = await reader.readexactly(8)
        length, code = struct.unpack("!II", head)
        rest = await reader.readexactly(length - 8)
        if code not in (SSL_REQUEST, GSS_REQUEST):
            return head + rest
        writer.write(NO)


async def _message(reader: StreamReader) -> tuple[bytes, bytes]:
    """The type of a message, and all of it: type, length (which counts itself), body."""
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
