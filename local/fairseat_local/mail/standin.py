"""What the stand-ins for providers with an HTTP API have in common: they take a mail into the catcher, keep a journal,
and misbehave on request, once per entry of `deeds`.

Neither is reached from outside: they answer at the catcher's own port only.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import msgspec

from fairseat_local.mail.store import MailStore

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import Receive, Scope, Send

JOURNAL_MAX = 10_000
LINE_LENGTH_MAX = 990
"""Longer than any header that is passed on, so that an address in it is neither broken nor encoded."""
DEEDS = ("busy", "broken", "silent", "cut", "rejected")
"""busy: 429 with `Retry-After`. broken: an error of the server. Both take nothing. silent: takes the mail and never
answers. cut: takes it and closes the line in the middle of the answer. rejected: refuses the recipient, where the API
can.
"""


@dataclass(frozen=True)
class Entry:
    """One request in the journal, `at` in Unix seconds. `digest` is of the body: copies of one mail have the same."""

    at: float
    path: str
    status: int
    message_id: str
    to: str
    digest: str


@dataclass(frozen=True)
class Reply:
    """An answer as JSON."""

    status: int
    body: Any
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Taken:
    """A mail that fits: what goes into the catcher."""

    sender: Address
    recipients: Sequence[Address]
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]

    def message(self) -> EmailMessage:
        """The mail as its recipient would get it."""
        mail = EmailMessage(policy.SMTPUTF8.clone(max_line_length=LINE_LENGTH_MAX))
        mail["From"] = self.sender
        mail["To"] = list(self.recipients)
        mail["Subject"] = self.subject
        for name, value in self.headers.items():
            mail[name] = value
        mail.set_content(self.text)
        mail.add_alternative(self.html, subtype="html")
        return mail


class Fault(Exception):
    """The request is refused."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status}")
        self.reply = reply


@dataclass
class StandIn(ABC):
    """One provider. `deeds` are worked off from the left; `journal` has the requests that were answered or taken."""

    store: MailStore
    body_max_bytes: int = 30 * 1024 * 1024
    busy_s: int = 1
    deeds: deque[str] = field(default_factory=deque)
    journal: deque[Entry] = field(default_factory=lambda: deque(maxlen=JOURNAL_MAX))

    @property
    @abstractmethod
    def paths(self) -> Sequence[str]:
        """The addresses that it answers at."""

    @abstractmethod
    def read(self, headers: Mapping[str, str], body: bytes) -> Taken:
        """The mail of a request; raises Fault as the provider refuses it."""

    @abstractmethod
    def accepted(self, mail: Taken) -> Reply:
        """The answer to a mail that was taken."""

    @abstractmethod
    def rejected(self, mail: Taken) -> Reply:
        """The answer to a mail that was understood, and whose recipient is not written to."""

    @abstractmethod
    def fault(self, status: int, what: str) -> Reply:
        """An error of the server's own."""

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _body(receive, self.body_max_bytes)
        deed = self.deeds.popleft() if self.deeds else ""
        mail: Taken | None = None
        try:
            mail = self._checked(scope, headers, body)
            reply = await self._reply(mail, deed)
        except Fault as fault:
            reply = fault.reply
        self._note(scope["path"], reply, mail, body)
        if deed == "silent":
            await _disconnected(receive)
        else:
            await _answer(send, reply, cut=deed == "cut")

    def _checked(self, scope: Scope, headers: Mapping[str, str], body: bytes) -> Taken:
        if scope["method"] != "POST":
            raise Fault(self.fault(405, "method not allowed"))
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Fault(self.fault(415, "Content-Type should be application/json."))
        if len(body) > self.body_max_bytes:
            raise Fault(self.fault(413, "The JSON payload you have included in your request is too large."))
        return self.read(headers, body)

    async def _reply(self, mail: Taken, deed: str) -> Reply:
        if deed == "busy":
            busy = self.fault(429, "too many requests")
            return Reply(busy.status, busy.body, (*busy.headers, ("retry-after", str(self.busy_s))))
        if deed == "broken":
            return self.fault(500, "something broke")
        if deed == "rejected":
            return self.rejected(mail)
        recipients = [address.addr_spec for address in mail.recipients]
        await asyncio.to_thread(self.store.accept, recipients, bytes(mail.message()))
        return self.accepted(mail)

    def _note(self, path: str, reply: Reply, mail: Taken | None, body: bytes) -> None:
        message_id = mail.headers.get("Message-ID", "") if mail else ""
        to = ", ".join(address.addr_spec for address in mail.recipients) if mail else ""
        self.journal.append(Entry(time.time(), path, reply.status, message_id, to, hashlib.sha256(body).hexdigest()))


def address(email: str, name: str) -> Address:
    """An address of a request; raises ValueError for one that is none, or is not plain ASCII, as both providers do."""
    found = Address(name, addr_spec=email)
    if not email.isascii() or "." not in found.domain:
        raise ValueError("does not contain a valid address")
    return found


def journal_of(providers: Sequence[StandIn]) -> bytes:
    """All requests as JSON, by provider in the order in which they came."""
    return json.dumps([asdict(entry) for provider in providers for entry in provider.journal]).encode()


async def _body(receive: Receive, bytes_max: int) -> bytes:
    """The body, cut short one byte beyond the limit."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body = (body + bytes(message.get("body", b"")))[: bytes_max + 1]
        if not message.get("more_body"):
            return body


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _answer(send: Send, reply: Reply, *, cut: bool) -> None:
    body = b"" if reply.body is None else msgspec.json.encode(reply.body)
    length = len(body) + (1000 if cut else 0)
    headers = [("content-type", "application/json"), ("content-length", str(length)), *reply.headers]
    sent = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": sent})
    if not cut:
        await send({"type": "http.response.body", "body": body, "more_body": False})
