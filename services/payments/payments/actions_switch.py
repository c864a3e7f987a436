"""The switches of sales and payouts: who moves them, who asks them, and what counts when nobody can be asked."""

from __future__ import annotations

import time
from typing import Protocol
from uuid import UUID

from fairseat_common.audit import audit
from fairseat_common.contracts import SalesSwitched
from fairseat_common.database import Connection
from payments import store_switch
from payments.domain_switch import SILENCE_MAX_S, SalesHeard, SalesUnknown, Switch


class Line(Protocol):
    """The line to the broker, by which orders says that sales are stopped."""

    async def answers(self) -> bool:
        """Whether it answers now."""


class Hearing:
    """Knows whether this process would hear of a stop. If not, it must count as one: nothing begins unheard."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._heard_at = time.monotonic()

    async def listen(self) -> bool:
        """Ask the broker for a sign of life; a turn of a worker, with nothing more to do."""
        if await self._line.answers():
            self._heard_at = time.monotonic()
        return False

    def check(self) -> None:
        """Raise SalesUnknown after too long a silence."""
        if time.monotonic() - self._heard_at > SILENCE_MAX_S:
            raise SalesUnknown


async def sales_heard(tx: Connection, event: SalesSwitched) -> None:
    """Follow the switch of sales. What has begun goes on: orders gives its verdict, and so it ends well either way."""
    await store_switch.sales_heard(tx, event)


async def sales(tx: Connection) -> SalesHeard:
    """Where the switch of sales stands, as far as it was heard."""
    return await store_switch.sales_read(tx)


async def payouts(tx: Connection) -> Switch:
    """Where the switch of payouts stands."""
    return await store_switch.payouts_read(tx)


async def payouts_move(tx: Connection, operator_id: UUID, is_open: bool, reason: str) -> Switch:
    """Stop payouts or let them go on; where it stands so already, nothing happens.

    What the provider was told before is finished: a transfer under way is never left half known.
    """
    now = await store_switch.payouts_lock(tx)
    if now.open == is_open:
        return now
    switch = await store_switch.payouts_move(tx, now.version + 1, is_open, reason, operator_id)
    await audit(tx, operator_id, "payouts-resumed" if is_open else "payouts-stopped", reason=reason)
    return switch
