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
from fairseat_common.switches import Switch, SwitchMove, switch_move, switch_read
from orders import actions_waiting, domain_switch, store_switch, store_waiting

LINES_MAX = 50
"""Lines that are served before anybody else may hold; the worker looks at the others right after."""


async def read(tx: Connection) -> Switch:
    """Where the switch stands."""
    return await switch_read(tx, store_switch.TABLE)


async def move(tx: Connection, operator_id: UUID, wanted: SwitchMove) -> Switch:
    """Stop all sales or let them go on; where it stands so already, nothing happens."""
    switch = await switch_move(tx, store_switch.TABLE, wanted, operator_id)
    if switch is None:
        return await read(tx)
    assert switch.changed_at is not None, "it was moved just now"
    event = domain_switch.switched(switch.version, switch.reason, switch.changed_at, is_open=switch.open)
    await outbox.append(tx, event)
    await audit(tx, operator_id, "sales-resumed" if switch.open else "sales-stopped", reason=wanted.reason)
    if switch.open:
        # Seats that came free meanwhile belong to those who wait: they are offered before the resumption is committed,
        # so nobody comes between.
        for show_id in await store_waiting.lines_waiting(tx, LINES_MAX):
            await actions_waiting.serve(tx, show_id)
        await store_waiting.lines_look(tx)
    return switch
