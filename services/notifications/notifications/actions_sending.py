"""Sends what is queued. The queue is the database; a sender only borrows from it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from fairseat_common.database import Database
from fairseat_common.settings import SettingsError
from notifications import actions_letters, domain, store
from notifications.store import Due

log = structlog.get_logger(__name__)

BATCH_MAX = 8
QUIT_TIMEOUT_S = 1.0
ERROR_LENGTH_MAX = 500
PERMANENT_CODE_MIN = 500
SCHEMES = {"smtp": 25, "smtps": 465}


class Refused(Exception):
    """The mail server will never take this mail."""


@dataclass(frozen=True, kw_only=True)
class SendingRules:
    """How mails are sent. `lease_s` must be longer than one attempt can take."""

    sender: Address
    origin: str
    lease_s: float
    attempts_max: int


class MailServer:
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

    async def send(self, message: EmailMessage) -> None:
        """Hand one mail over; returns once the server has accepted it.

        Raises Refused for a final no. Anything else, and every delay, is worth another attempt.
        """
        try:
            await self._converse(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refusal.code >= PERMANENT_CODE_MIN for refusal in error.recipients):
                raise Refused(str(error.recipients)) from error
            raise
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused) as error:
            if error.code >= PERMANENT_CODE_MIN:
                raise Refused(repr(error)) from error
            raise
        except aiosmtplib.SMTPNotSupported as error:
            raise Refused(repr(error)) from error

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


async def send_due(database: Database, server: MailServer, rules: SendingRules) -> bool:
    """Send a batch of what is due; answers whether there may be more.

    Nothing is sent inside a transaction. A sender that dies leaves its mails claimed until the lease ends; they are
    then sent again, perhaps a second time, under the same Message-ID.
    """
    async with database.connection() as connection:
        await store.facts_release(connection)
        batch = await store.mails_claim(connection, rules.sender.domain, rules.lease_s, BATCH_MAX)
    # One that breaks, as when the database goes away, must not cut off the others in the middle of a conversation.
    for outcome in await asyncio.gather(
        *(_send(database, server, rules, due) for due in batch), return_exceptions=True
    ):
        if isinstance(outcome, BaseException):
            raise outcome
    return len(batch) == BATCH_MAX


async def _send(database: Database, server: MailServer, rules: SendingRules, due: Due) -> None:
    try:
        letter = actions_letters.write_letter(due, rules.origin)
        message = actions_letters.compose(due, letter, rules.sender)
    except Exception as error:  # whatever it is, no later attempt would write this mail
        await _park(database, due, None, error)
        return
    try:
        await server.send(message)
    except asyncio.CancelledError as stopped:
        # The service stops: whoever runs next need not wait for the lease to end.
        await _postpone(database, due, letter.subject, stopped, 0)
        raise
    except Refused as error:
        await _park(database, due, letter.subject, error)
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        if due.attempts >= rules.attempts_max:
            await _park(database, due, letter.subject, error)
        else:
            await _postpone(database, due, letter.subject, error, domain.retry_after_s(due.attempts))
    else:
        async with database.connection() as connection:
            await store.mail_sent(connection, due, letter.subject)
        log.info("mail.sent", mail_id=str(due.id), kind=due.kind, attempts=due.attempts)


async def _postpone(database: Database, due: Due, subject: str, error: BaseException, wait_s: float) -> None:
    log.warning("mail.postponed", mail_id=str(due.id), attempts=due.attempts, wait_s=wait_s, error=repr(error))
    async with database.connection() as connection:
        await store.mail_postpone(connection, due, subject, wait_s, repr(error)[:ERROR_LENGTH_MAX])


async def _park(database: Database, due: Due, subject: str | None, error: Exception) -> None:
    log.error("mail.parked", mail_id=str(due.id), kind=due.kind, attempts=due.attempts, exc_info=error)
    async with database.connection() as connection:
        await store.mail_park(connection, due, subject, repr(error)[:ERROR_LENGTH_MAX])
