"""Events on their way: signed, sent at least once, tried again with growing pauses, in no promised order."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import random
import time

import aiohttp
import msgspec

from fairseat_local.provider.deliveries import Delivery
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import Event, WebhookEndpoint

IN_FLIGHT_MAX = 8
TIMEOUT_S = 10.0
TRIES_MAX = 60
RETRY_FIRST_S = 0.25
RETRY_LONGEST_S = 60.0
IDLE_S = 5.0
RESULT_CHARS_MAX = 200
PRUNE_EVERY_S = 600.0

logger = logging.getLogger("fairseat.provider")


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA-256 over the time, a full stop and the body as it is sent."""
    digest = hmac.new(secret.encode(), b"%d." % timestamp + payload, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def retry_in_s(tries: int) -> float:
    """The pause after so many tries: doubling from a quarter of a second to a minute, with jitter."""
    pause = min(RETRY_LONGEST_S, RETRY_FIRST_S * 2.0 ** min(tries, 20))
    return pause * random.uniform(0.8, 1.2)  # noqa: S311


class Sender:
    """Delivers what the journal says is due, a few at a time. A killed sender's deliveries fall due again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._wake = asyncio.Event()
        self._pruned_at = 0.0

    def wake(self) -> None:
        """Look at the journal now: something was committed."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        with self._journal.transaction():
            self._journal.deliveries.release()
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            sending: set[asyncio.Task[None]] = set()
            try:
                while True:
                    self._wake.clear()
                    for delivery in self._claim(IN_FLIGHT_MAX - len(sending)):
                        task = asyncio.create_task(self._send(session, delivery))
                        sending.add(task)
                        task.add_done_callback(sending.discard)
                        task.add_done_callback(lambda _: self.wake())
                    await self._rest(full=len(sending) >= IN_FLIGHT_MAX)
            finally:
                for task in sending:
                    task.cancel()
                await asyncio.gather(*sending, return_exceptions=True)

    def _claim(self, limit: int) -> list[Delivery]:
        with self._journal.transaction():
            if time.monotonic() - self._pruned_at > PRUNE_EVERY_S or not self._pruned_at:
                self._journal.prune()
                self._pruned_at = time.monotonic()
            return self._journal.deliveries.claim(limit, again_at=time.time() + 2 * TIMEOUT_S) if limit else []

    async def _rest(self, *, full: bool) -> None:
        due_at = self._journal.deliveries.next_at()
        pause = IDLE_S if full or due_at is None else min(IDLE_S, max(0.0, due_at - time.time()))
        try:
            await asyncio.wait_for(self._wake.wait(), pause)
        except TimeoutError:
            return

    async def _send(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        event = self._journal.find(Event, delivery.event_id)
        endpoint = self._journal.find(WebhookEndpoint, delivery.endpoint_id)
        if event is None or endpoint is None:
            return
        delivered, result = False, "the endpoint is disabled"
        if endpoint.status == "enabled":
            delivered, result = await _post(session, endpoint, msgspec.json.encode(event))
        due_at = time.time() + retry_in_s(delivery.tries)
        state = "delivered" if delivered else "due" if delivery.tries < TRIES_MAX else "given_up"
        with self._journal.transaction():
            self._journal.deliveries.settle(delivery, state, result[:RESULT_CHARS_MAX], due_at)
        if not delivered:
            logger.warning("webhook %s of %s: try %d: %s", event.type, event.id, delivery.tries, result)


async def _post(session: aiohttp.ClientSession, endpoint: WebhookEndpoint, payload: bytes) -> tuple[bool, str]:
    """Whether the endpoint took it (any 2xx), and what it said. Each try is signed with its own time."""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": signature(payload, endpoint.secret or "", int(time.time())),
    }
    try:
        async with session.post(endpoint.url, data=payload, headers=headers, allow_redirects=False) as answer:
            return 200 <= answer.status < 300, f"status {answer.status}"
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return False, f"{type(error).__name__}: {error}"
