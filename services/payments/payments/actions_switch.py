"""The switches of sales and payouts: who moves them, who asks them, and what counts when nobody can be asked."""

from __future__ import annotations

import time
from typing import Protocol
from uuid import UUID

from fairseat_common.audit import audit
from fairseat_common.contracts import SalesSwitched
from fairseat_common.database import Connection
from fairseat_common.switches import Switch, SwitchMove, switch_move, switch_read
from payments import store_switch
from payments.domain_switch import SILENCE_MAX_S, SalesHeard, SalesUnknown


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
    return await switch_read(tx, store_switch.PAYOUTS)


async def payouts_move(tx: Connection, operator_id: UUID, wanted: SwitchMove) -> Switch:
    """Stop payouts or let them go on; where it stands so already, nothing happens.

    What the provider was told before is finished: a transfer under way is never left half known.
    """
    switch = await switch_move(tx, store_switch.PAYOUTS, wanted, operator_id)
    if switch is None:
        return await payouts(tx)
    await audit(tx, operator_id, "payouts-resumed" if switch.open else "payouts-stopped", reason=wanted.reason)
    return switch
