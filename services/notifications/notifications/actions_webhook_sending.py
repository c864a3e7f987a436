"""Sends what is due to webhooks. The queue is the database; a sender only borrows from it."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from opentelemetry.trace import Span, Status, StatusCode
from yarl import URL

from fairseat_common.cancelling import check_cancelled
from fairseat_common.database import Database
from fairseat_common.sealing import SealBroken, opened
from fairseat_common.workers import Worker
from notifications import domain_webhooks, store_webhook_sending
from notifications.actions_measuring import Seen
from notifications.actions_webhooks import WebhookRules
from notifications.domain_webhooks import GONE, PURPOSE
from notifications.store_webhook_sending import Outcome, Parcel

log = structlog.get_logger(__name__)

POLL_S = 0.5
SENDERS_MAX = 16
LEASE_BEYOND_S = 10.0
ERROR_LENGTH_MAX = 200
KEEP_S = 30 * 24 * 3600.0
PRUNE_MAX = 1000
AGENT = "Fairseat-Webhooks/1"


class NotPublic(OSError):
    """The name leads to an address that is not anybody's to reach."""


class PublicResolver(AbstractResolver):
    """Looks names up and hands on public addresses only: what was checked is what is connected to."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The host's addresses; raises NotPublic unless every one of them is public."""
        found = await self._inner.resolve(host, port, family)
        if not all(domain_webhooks.is_public(each["host"].partition("%")[0]) for each in found):
            raise NotPublic("the address is not public")
        return found

    async def close(self) -> None:
        """Nothing is kept open."""
        await self._inner.close()


class Courier:
    """Sends to many webhooks side by side, to each one after the other."""

    name = "webhooks"

    def __init__(self, database: Database, rules: WebhookRules, seen: Seen) -> None:
        self._database = database
        self._rules = rules
        self._seen = seen
        self._lease_s = rules.timeout_s + LEASE_BEYOND_S
        self._sending: set[UUID] = set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with self._session() as session, asyncio.TaskGroup() as group:
            worker = Worker(self.name, lambda: self._take(group, session), POLL_S, self._database)
            await worker.run()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """No cookies, no proxies of the surroundings, no connection that outlives the look at its address."""
        resolver = PublicResolver() if self._rules.public_only else None
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True, limit=SENDERS_MAX)
        timeout = aiohttp.ClientTimeout(total=self._rules.timeout_s)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar) as session:
            yield session

    async def _take(self, group: asyncio.TaskGroup, session: aiohttp.ClientSession) -> bool:
        places = SENDERS_MAX - len(self._sending)
        if places <= 0:
            return False
        async with self._database.connection() as connection:
            parcels = await store_webhook_sending.parcels_claim(connection, self._lease_s, places)
        for parcel in parcels:
            self._sending.add(parcel.webhook_id)
            group.create_task(self._serve(parcel, session), name=f"webhook {parcel.webhook_id}")
        return len(parcels) == places

    async def _serve(self, parcel: Parcel | None, session: aiohttp.ClientSession) -> None:
        """Send what is due to one webhook, one after the other, for as long as there is any."""
        assert parcel is not None
        webhook_id = parcel.webhook_id
        try:
            while parcel is not None:
                check_cancelled()
                attributes = {"fairseat.delivery_id": str(parcel.id), "messaging.destination.name": parcel.subject}
                with self._seen.working("call webhook", parcel.traceparent, attributes) as span:
                    await self._deliver(parcel, session, span)
                async with self._database.connection() as connection:
                    parcel = await store_webhook_sending.parcel_next(connection, self._lease_s, webhook_id)
        except Exception as error:  # one webhook's trouble must not end the others'; leases run out by themselves
            log.warning("webhook.interrupted", webhook_id=str(webhook_id), exc_info=error)
        finally:
            self._sending.discard(webhook_id)

    async def _deliver(self, parcel: Parcel, session: aiohttp.ClientSession, span: Span) -> None:
        try:
            outcome = await self._try(parcel, session)
        except asyncio.CancelledError:
            # The service stops: whoever runs next need not wait for the lease to end.
            async with self._database.connection() as connection:
                await store_webhook_sending.parcel_release(connection, parcel)
            raise
        async with self._database.connection() as connection:
            await store_webhook_sending.parcel_note(connection, parcel, outcome)
        self._seen.webhook(outcome.delivered)
        if not outcome.delivered:
            span.set_status(Status(StatusCode.ERROR, outcome.error or f"answer {outcome.answer}"))
        log.info(
            "webhook.tried",
            delivery_id=str(parcel.id),
            attempts=parcel.attempts,
            delivered=outcome.delivered,
            answer=outcome.answer,
            error=outcome.error,
        )

    async def _try(self, parcel: Parcel, session: aiohttp.ClientSession) -> Outcome:
        started = time.perf_counter()
        answer, error, rest_s = None, None, 0.0
        try:
            answer, rest_s = await self._post(parcel, session)
        except TimeoutError:
            error = f"no answer within {self._rules.timeout_s:g} seconds"
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            error = _said(problem)
        took_ms = int((time.perf_counter() - started) * 1000)
        delivered = answer is not None and 200 <= answer < 300
        wait_s = max(self._wait_s(parcel), rest_s)
        return Outcome(
            answer,
            error,
            took_ms,
            delivered,
            wait_s=None if delivered or answer == GONE or wait_s >= parcel.left_s else wait_s,
            gone=answer == GONE,
        )

    def _wait_s(self, parcel: Parcel) -> float:
        return domain_webhooks.retry_after_s(parcel.attempts, self._rules.retry_first_s, random.random())  # noqa: S311

    async def _post(self, parcel: Parcel, session: aiohttp.ClientSession) -> tuple[int, float]:
        """The status that came back, and for how long the endpoint asks to be left alone."""
        url = URL(parcel.url)
        if self._rules.public_only and not domain_webhooks.is_public_host(url.host or ""):
            # An address in the place of a name is never looked up, so the resolver does not see it.
            raise NotPublic("the address is not public")
        now_s = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "Fairseat-Signature": domain_webhooks.signature(self._signing(parcel), parcel.body, now_s),
            "Fairseat-Event": parcel.subject,
            "Fairseat-Delivery": str(parcel.id),
        }
        # What is answered is not read, and a redirect is not followed: it could lead anywhere.
        async with session.post(url, data=parcel.body.encode(), headers=headers, allow_redirects=False) as answer:
            return answer.status, domain_webhooks.rest_s(answer.headers.get("Retry-After"))

    def _signing(self, parcel: Parcel) -> list[str]:
        """The secrets to sign with, the new one first; raises SealBroken if that one cannot be read.

        An old one that cannot be read any more may be why there is a new one.
        """
        signing = [opened(parcel.sealed, PURPOSE, self._rules.secrets)]
        if parcel.sealed_before is not None:
            with suppress(SealBroken):
                signing.append(opened(parcel.sealed_before, PURPOSE, self._rules.secrets))
        return signing


def _said(problem: Exception) -> str:
    """A problem in words that its endpoint's owner understands, without a word about us."""
    if isinstance(problem, SealBroken):
        return "the secret of this webhook can no longer be read: make a new one"
    if isinstance(problem, NotPublic) or isinstance(getattr(problem, "os_error", None), NotPublic):
        return "the address is not public"
    if isinstance(problem, aiohttp.ClientConnectorDNSError):
        return "the name cannot be resolved"
    if isinstance(problem, aiohttp.ClientSSLError):
        return f"TLS: {problem}"[:ERROR_LENGTH_MAX]
    if isinstance(problem, aiohttp.ClientConnectorError):
        return "the connection was refused"
    if isinstance(problem, aiohttp.ServerDisconnectedError):
        return "the connection was closed without an answer"
    return type(problem).__name__


async def tidy(database: Database) -> bool:
    """Forget deliveries that ended a month ago, and secrets that no longer sign; answers whether there may be more."""
    async with database.connection() as connection:
        await store_webhook_sending.secrets_prune(connection)
        return await store_webhook_sending.log_prune(connection, KEEP_S, PRUNE_MAX) == PRUNE_MAX
