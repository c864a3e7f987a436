"""What the providers with an HTTP API have in common: one session, time-outs, and the parts of a message."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage

import aiohttp

from notifications.domain_sending import MAIL_FAULTS, Refused, TryLater, rest_s

ANSWER_BYTES_MAX = 65_536
SAID_LENGTH_MAX = 300
KEY_REST_S = 60.0
PASSED_ON = ("Message-ID", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post")
"""Headers that a provider does not make itself."""


@dataclass(frozen=True)
class Answer:
    """What a provider said; `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpProvider:
    """Posts JSON to one provider. No answer in time, or a broken one, raises TryLater: the mail may have been taken."""

    def __init__(self, url: str, timeout_s: float, headers: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the connections open while the service runs."""
        timeout = aiohttp.ClientTimeout(total=2 * self._timeout_s, connect=self._timeout_s, sock_read=self._timeout_s)
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as self._session:
            yield

    async def post(self, path: str, body: bytes) -> Answer:
        """Send one body; redirects are not followed, since the key must go nowhere else."""
        assert self._session is not None, "the provider's session is not open"
        try:
            async with self._session.post(
                self._url + path, data=body, headers=self._headers, allow_redirects=False
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, headers, await _read(answer.content))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise TryLater(repr(error)) from error


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The whole body, but no more than an answer of this kind can have."""
    body = b""
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            break
    return body[:ANSWER_BYTES_MAX]


def judge(answer: Answer) -> None:
    """Return if the answer is a success. Raises Refused where it is about the mail, else TryLater."""
    if 200 <= answer.status < 300:
        return
    said = f"{answer.status} {answer.body[:SAID_LENGTH_MAX].decode(errors='replace')}"
    if answer.status in MAIL_FAULTS:
        raise Refused(said)
    if answer.status == 429:
        raise TryLater(said, rest_s(answer.headers, time.time()))
    # A key that is refused and an address where nobody answers would be so for every mail.
    raise TryLater(said, KEY_REST_S if 300 <= answer.status < 500 else 0.0)


@dataclass(frozen=True)
class Parts:
    """A message as providers want it; `kind` and `message_id` tell copies of one mail apart from other mails."""

    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    message_id: str
    kind: str

    @classmethod
    def of(cls, message: EmailMessage) -> Parts:
        """The parts of a message of ours: always the same ones, in the same order."""
        message_id = str(message["Message-ID"])
        return cls(
            sender=message["From"].addresses[0],
            recipient=message["To"].addresses[0],
            subject=str(message["Subject"]),
            text=_content(message, "plain"),
            html=_content(message, "html"),
            headers={name: str(message[name]) for name in PASSED_ON if name in message},
            message_id=message_id,
            kind=message_id.lstrip("<").partition(".")[0],
        )


def _content(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None, f"a mail has no {kind} part"
    return str(body.get_content())
