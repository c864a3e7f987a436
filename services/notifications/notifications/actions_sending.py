"""Sends what is queued. The queue is the database; a sender only borrows from it."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Protocol

import structlog
from opentelemetry.trace import Status, StatusCode

from fairseat_common.clocks import clock_of
from fairseat_common.database import Database
from fairseat_common.languages import speaking
from notifications import actions_account, actions_letters, actions_messages, domain_preferences, domain_sending, store
from notifications.actions_measuring import Outcome, Seen
from notifications.domain_preferences import TOPIC_OF
from notifications.domain_sending import Refused, TryLater
from notifications.store import Due

log = structlog.get_logger(__name__)

BATCH_MAX = 8
ERROR_LENGTH_MAX = 500


class MailServer(Protocol):
    """Whoever takes our mail."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Hold open what sending needs."""

    async def send(self, message: EmailMessage) -> None:
        """Hand one mail over; returns once it is accepted. Raises Refused for a final no, TryLater for any other."""


@dataclass(frozen=True, kw_only=True)
class SendingRules:
    """How mails are sent. `lease_s` must be longer than one attempt can take; `secret` seals links that end mails,
    `letter_secrets` open what auth has sealed for letters about accounts.
    """

    sender: Address
    origin: str
    lease_s: float
    attempts_max: int
    secret: str
    letter_secrets: tuple[str, ...]


class Rest:
    """When the server may be spoken to again, by this process's clock; it is asked to for all mails at once."""

    def __init__(self) -> None:
        self._until_s = 0.0

    def take(self, seconds: float) -> None:
        """Leave the server alone for so long, or longer if that was asked for before."""
        self._until_s = max(self._until_s, time.monotonic() + seconds)

    @property
    def over(self) -> bool:
        """Whether the server may be spoken to."""
        return time.monotonic() >= self._until_s


async def send_due(database: Database, server: MailServer, rules: SendingRules, rest: Rest, seen: Seen) -> bool:
    """Send a batch of what is due; answers whether there may be more.

    Nothing is sent inside a transaction. A sender that dies leaves its mails claimed until the lease ends; they are
    then sent again, perhaps a second time, under the same Message-ID.
    """
    async with database.connection() as connection:
        await store.facts_release(connection)
        if not rest.over:
            return False
        batch = await store.mails_claim(connection, rules.sender.domain, rules.lease_s, BATCH_MAX)
    # One that breaks, as when the database goes away, must not cut off the others in the middle of a conversation.
    for outcome in await asyncio.gather(
        *(_send(database, server, rules, rest, seen, due) for due in batch), return_exceptions=True
    ):
        if isinstance(outcome, BaseException):
            raise outcome
    return len(batch) == BATCH_MAX


async def _send(database: Database, server: MailServer, rules: SendingRules, rest: Rest, seen: Seen, due: Due) -> None:
    attributes = {"fairseat.mail_id": str(due.id), "fairseat.mail_kind": due.kind}
    with seen.working(f"send mail {due.kind}", due.traceparent, attributes) as span:
        outcome = await _try(database, server, rules, rest, due)
        if outcome is not None:
            seen.mail(outcome, due.created_at_s)
        if outcome in ("postponed", "parked"):
            span.set_status(Status(StatusCode.ERROR, outcome))


async def _try(database: Database, server: MailServer, rules: SendingRules, rest: Rest, due: Due) -> Outcome | None:
    """What became of the mail; None if it is not wanted."""
    # Who was erased has no address any more.
    if not due.person.email or TOPIC_OF.get(due.kind) in due.muted:
        async with database.connection() as connection:
            await store.mail_skip(connection, due)
        return None
    try:
        due = actions_account.unsealed(due, rules.letter_secrets)
        with speaking(due.locale), clock_of(due.timezone):
            letter = actions_letters.write_letter(due, rules.origin)
            footer = domain_preferences.footer_of(due.kind, due.id, rules.origin, rules.secret)
            message = actions_messages.compose(due, letter, footer, rules.sender)
    except Exception as error:  # whatever it is, no later attempt would write this mail
        return await _park(database, due, None, error)
    try:
        await server.send(message)
    except asyncio.CancelledError as stopped:
        # The service stops: whoever runs next need not wait for the lease to end.
        await _postpone(database, due, letter.subject, stopped, 0)
        raise
    except Refused as error:
        return await _park(database, due, letter.subject, error)
    except TryLater as error:
        rest.take(error.rest_s)
        if due.attempts >= rules.attempts_max:
            return await _park(database, due, letter.subject, error)
        wait_s = max(error.rest_s, domain_sending.retry_after_s(due.attempts))
        return await _postpone(database, due, letter.subject, error, wait_s)
    async with database.connection() as connection:
        await store.mail_sent(connection, due, letter.subject)
    log.info("mail.sent", mail_id=str(due.id), kind=due.kind, attempts=due.attempts)
    return "sent"


async def _postpone(database: Database, due: Due, subject: str, error: BaseException, wait_s: float) -> Outcome:
    log.warning("mail.postponed", mail_id=str(due.id), attempts=due.attempts, wait_s=wait_s, error=repr(error))
    async with database.connection() as connection:
        await store.mail_postpone(connection, due, subject, wait_s, repr(error)[:ERROR_LENGTH_MAX])
    return "postponed"


async def _park(database: Database, due: Due, subject: str | None, error: Exception) -> Outcome:
    log.error("mail.parked", mail_id=str(due.id), kind=due.kind, attempts=due.attempts, exc_info=error)
    async with database.connection() as connection:
        await store.mail_park(connection, due, subject, repr(error)[:ERROR_LENGTH_MAX])
    return "parked"
