"""Waits until what one service has said was heard by all others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import aiohttp

from fairseat_common.bus import Broker

WAITING = re.compile(r"^fairseat_outbox_waiting\{[^}]*\} (\d+)", re.MULTILINE)
SETTLED_MAX_S = 120.0
POLL_S = 0.05


class NotSettledError(TimeoutError):
    """Events are still under way after SETTLED_MAX_S."""


async def settled(service_urls: Sequence[str], nats_url: str) -> None:
    """Return once no service has unsent events and no consumer has unhandled ones. Raises NotSettledError."""
    broker = Broker(nats_url, "fairseat-local")
    await broker.open()
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            async with asyncio.timeout(SETTLED_MAX_S):
                # Handling an event may cause others, so both must be nothing in one look.
                while await _unsent(session, service_urls) or await broker.backlog():  # noqa: ASYNC110 (no event tells)
                    await asyncio.sleep(POLL_S)
    except TimeoutError as error:
        raise NotSettledError(f"events were still under way after {SETTLED_MAX_S:.0f} s") from error
    finally:
        await broker.close()


async def _unsent(session: aiohttp.ClientSession, service_urls: Sequence[str]) -> int:
    """Events that services have committed and not sent yet."""
    return sum([await _waiting(session, url) for url in service_urls])


async def _waiting(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(f"{url}/metrics") as answer:
        found = WAITING.search(await answer.text())
    return int(found[1]) if found else 0
