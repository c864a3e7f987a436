"""Runs all checks, and gives work in flight the time to finish before it calls anything a break."""

from __future__ import annotations

import asyncio

import aiohttp
import asyncpg

from fairseat_local.check import (
    doors,
    events,
    flight,
    hands,
    ledger,
    money,
    moves,
    payouts,
    queues,
    reconciled,
    seats,
    trades,
    waiting,
)
from fairseat_local.check.findings import Check, Finding, Look
from fairseat_local.check.reading import Reading, System

CHECKS: tuple[Check, ...] = (
    *seats.CHECKS,
    *trades.CHECKS,
    *hands.CHECKS,
    *doors.CHECKS,
    *waiting.CHECKS,
    *queues.CHECKS,
    *money.CHECKS,
    *moves.CHECKS,
    *reconciled.CHECKS,
    *ledger.CHECKS,
    *payouts.CHECKS,
    *flight.CHECKS,
    *events.CHECKS,
)
SETTLE_S = 10.0
FLIGHT_S = 75.0
"""Work that waits for the provider is tried again within half a minute, and what it never told is found within one."""
LOOK_AGAIN_S = 0.5


class CheckError(Exception):
    """The system cannot be read; the message says what is missing."""


async def check(system: System, settle_s: float = SETTLE_S, flight_s: float | None = None) -> list[Finding]:
    """Look at every invariant. What is broken in each look over `settle_s` seconds is a break. Raises CheckError.

    While payments, refunds or payouts are under way the looks go on for `flight_s` seconds (default: FLIGHT_S, or
    nothing if there is nothing to settle for); what is under way even then has not come to its end, and is told.
    """
    longest_s = flight_s if flight_s is not None else FLIGHT_S if settle_s else 0.0
    try:
        async with Reading(system) as reading:
            return await _settled(reading, settle_s, max(settle_s, longest_s))
    except (OSError, TimeoutError, asyncpg.PostgresError, aiohttp.ClientError) as error:
        raise CheckError(f"the system cannot be read: {error or repr(error)}") from error


async def _settled(reading: Reading, settle_s: float, flight_s: float) -> list[Finding]:
    began = asyncio.get_running_loop().time()
    looks = {check: await check.look(reading) for check in CHECKS}
    while any(look.breaks for look in looks.values()):
        in_flight = any(look.breaks for check, look in looks.items() if check in flight.CHECKS)
        if asyncio.get_running_loop().time() - began >= (flight_s if in_flight else settle_s):
            break
        await asyncio.sleep(LOOK_AGAIN_S)
        reading.forget()
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
