"""Hands mails over by SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from fairseat_common.settings import SettingsError
from notifications.domain_sending import Refused, TryLater

QUIT_TIMEOUT_S = 1.0
PERMANENT_CODE_MIN = 500
SCHEMES = {"smtp": 25, "smtps": 465}


class SmtpServer:
    """The server that takes our mail: one connection per mail, as many at once as a batch has mails."""

    def __init__(self, url: str, timeout_s: float, local_host: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise SettingsError("SMTP_URL must look like smtp://host:port or smtps://user:password@host:port")
        self._host = parts.hostname
        self._port = parts.port or SCHEMES[parts.scheme]
        self._user = unquote(parts.username or "") or None
        self._password = unquote(parts.password or "") or None
        self._tls = parts.scheme == "smtps"
        self._timeout_s = timeout_s
        self._local_host = local_host

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Nothing is held open between mails."""
        yield

    async def send(self, message: EmailMessage) -> None:
        """Hand one mail over; returns once the server has accepted it.

        Raises Refused for a final no, and TryLater for anything else, and every delay.
        """
        try:
            await self._converse(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refusal.code >= PERMANENT_CODE_MIN for refusal in error.recipients):
                raise Refused(str(error.recipients)) from error
            raise TryLater(repr(error)) from error
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused) as error:
            if error.code >= PERMANENT_CODE_MIN:
                raise Refused(repr(error)) from error
            raise TryLater(repr(error)) from error
        except aiosmtplib.SMTPNotSupported as error:
            raise Refused(repr(error)) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise TryLater(repr(error)) from error

    async def _converse(self, message: EmailMessage) -> None:
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            local_hostname=self._local_host,
            timeout=self._timeout_s,
            use_tls=self._tls,
            # Without TLS from the start it is taken when offered, and demanded before a password is sent.
            start_tls=None if self._user is None or self._tls else True,
        )
        try:
            async with asyncio.timeout(2 * self._timeout_s):
                await client.connect()
                await client.send_message(message)
            # The mail is accepted; a server that does not say goodbye makes no difference.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=QUIT_TIMEOUT_S)
        finally:
            client.close()
