"""Caught mails as .eml files, one per acceptance, named so that their order is the order of arrival."""

from __future__ import annotations

import email
import email.policy
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import cast

MAILS_MAX = 50_000
PARSED_MAX = 2_000
RECIPIENTS_HEADER = "X-Envelope-To"
NAME_PATTERN = "[0-9]*-*.eml"


@dataclass(frozen=True)
class Part:
    """An attachment or inline picture; `content_id` is what `cid:` links name, or ""."""

    filename: str
    media_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A caught mail. `to` lists the envelope's recipients; `html` and `text` are "" where the mail has none."""

    id: str
    to: str
    subject: str
    message_id: str
    at: str
    text: str
    html: str
    parts: tuple[Part, ...]


class MailStore:
    """The folder with the caught mails."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def accept(self, recipients: Sequence[str], content: bytes) -> str:
        """Keep a mail; when this returns it is on disk. Beyond `MAILS_MAX` the oldest goes. Returns its id."""
        mail_id = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        fresh = self._directory / f".{mail_id}"
        with fresh.open("wb") as file:
            file.write(f"{RECIPIENTS_HEADER}: {', '.join(recipients)}\r\n".encode())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._path(mail_id))
        for surplus in self._names()[MAILS_MAX:]:
            (self._directory / surplus).unlink(missing_ok=True)
        return mail_id

    def newest(self, count_max: int = MAILS_MAX, to: str = "") -> list[Mail]:
        """Mails from the newest on, only those with `to` among the recipients if it is given."""
        found: list[Mail] = []
        for name in self._names():
            mail = _parsed(self._directory / name)
            if not to or to.lower() in mail.to.lower().split(", "):
                found.append(mail)
            if len(found) == count_max:
                break
        return found

    def get(self, mail_id: str) -> Mail | None:
        """One mail, or None."""
        path = self._path(mail_id)
        return _parsed(path) if path.name in self._names() else None

    def source(self, mail_id: str) -> bytes:
        """The mail as it arrived, with the envelope's recipients on top."""
        return self._path(mail_id).read_bytes()

    def clear(self) -> None:
        """Delete all mails."""
        for name in self._names():
            (self._directory / name).unlink(missing_ok=True)

    def _path(self, mail_id: str) -> Path:
        return self._directory / f"{mail_id}.eml"

    def _names(self) -> list[str]:
        return sorted((path.name for path in self._directory.glob(NAME_PATTERN)), reverse=True)


@lru_cache(maxsize=PARSED_MAX)
def _parsed(path: Path) -> Mail:
    """Files never change, so each is read once."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    arrived = datetime.fromtimestamp(int(path.stem.partition("-")[0]) / 1e9, UTC)
    return Mail(
        id=path.stem,
        to=str(message[RECIPIENTS_HEADER] or ""),
        subject=str(message["Subject"] or ""),
        message_id=str(message["Message-ID"] or "").strip(),
        at=arrived.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        parts=tuple(_part(part) for part in message.walk() if _is_part(part)),
    )


def _body(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body else ""


def _is_part(part: object) -> bool:
    message = cast(EmailMessage, part)
    return not message.is_multipart() and bool(message.get_filename() or message["Content-ID"])


def _part(part: object) -> Part:
    message = cast(EmailMessage, part)
    content = message.get_payload(decode=True)
    return Part(
        filename=message.get_filename() or "picture",
        media_type=message.get_content_type(),
        content_id=str(message["Content-ID"] or "").strip("<> "),
        content=content if isinstance(content, bytes) else b"",
    )
