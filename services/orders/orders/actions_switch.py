"""Stopping all sales, and letting them go on.

Whoever holds seats keeps them until their clock runs out, and no longer: it goes on, so that a stop never makes a hold
endless. What was authorised before is confirmed and captured as ever; what was not cannot begin (payments follows the
switch). So nobody is charged without getting the seats, whenever the switch moves.
"""

from __future__ import annotations

from uuid import UUID

from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.database import Connection
from orders import actions_waiting, domain_switch, store_switch, store_waiting
from orders.domain_switch import Switch

LINES_MAX = 50
"""Lines that are served before anybody else may hold; the worker looks at the others right after."""


async def read(tx: Connection) -> Switch:
    """Where the switch stands."""
    return await store_switch.switch_read(tx)


async def move(tx: Connection, operator_id: UUID, is_open: bool, reason: str) -> Switch:
    """Stop all sales or let them go on; where it stands so already, nothing happens."""
    now = await store_switch.switch_lock(tx)
    if now.open == is_open:
        return now
    switch = await store_switch.switch_move(tx, now.version + 1, is_open, reason, operator_id)
    await outbox.append(tx, domain_switch.switched(switch))
    await audit(tx, operator_id, "sales-resumed" if is_open else "sales-stopped", reason=reason)
    if is_open:
        # Seats that came free meanwhile belong to those who wait: they are offered before the resumption is committed,
        # so nobody comes between.
        for show_id in await store_waiting.lines_waiting(tx, LINES_MAX):
            await actions_waiting.serve(tx, show_id)
        await store_waiting.lines_look(tx)
    return switch
