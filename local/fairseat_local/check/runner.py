"""Runs all checks, and gives work in flight the time to finish before it calls anything a break."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
import asyncpg

from fairseat_local.check import events, seats, trades
from fairseat_local.check.findings import Check, Finding, Look
from fairseat_local.check.reading import Hearer, Reading

CHECKS: tuple[Check, ...] = (*seats.CHECKS, *trades.CHECKS, *events.CHECKS)
SETTLE_S = 10.0
LOOK_AGAIN_S = 0.5
HOLDS_MAX_DEFAULT = 6


class CheckError(Exception):
    """The system cannot be read; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class System:
    """Where everything is. `databases` are connection strings by service, of roles that may read all tables.

    Without `provider_url` the provider's journal counts as empty.
    """

    databases: Mapping[str, str]
    hearers: Sequence[Hearer]
    provider_url: str = ""
    provider_key: str = "sk_test_check"
    holds_max: int = HOLDS_MAX_DEFAULT


async def check(system: System, settle_s: float = SETTLE_S) -> list[Finding]:
    """Look at every invariant. What is broken in each look over `settle_s` seconds is a break. Raises CheckError."""
    try:
        async with Reading(
            system.databases, system.provider_url, system.provider_key, system.hearers, system.holds_max
        ) as reading:
            return await _settled(reading, settle_s)
    except (OSError, TimeoutError, asyncpg.PostgresError, aiohttp.ClientError) as error:
        raise CheckError(f"the system cannot be read: {error or repr(error)}") from error


async def _settled(reading: Reading, settle_s: float) -> list[Finding]:
    deadline = asyncio.get_running_loop().time() + settle_s
    looks = {check: await check.look(reading) for check in CHECKS}
    while any(look.breaks for look in looks.values()):
        if asyncio.get_running_loop().time() >= deadline:
            break
        await asyncio.sleep(LOOK_AGAIN_S)
        looks = {check: await _again(check, look, reading) for check, look in looks.items()}
    return [
        Finding(check.invariant, check.what, look.count, tuple(sorted(look.breaks.values())))
        for check, look in looks.items()
    ]


async def _again(check: Check, before: Look, reading: Reading) -> Look:
    """Look again at what seemed broken; only what still is, counts."""
    if not before.breaks:
        return before
    now = await check.look(reading)
    return Look(now.count, {key: said for key, said in now.breaks.items() if key in before.breaks})
