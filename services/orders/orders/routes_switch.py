"""HTTP in: the switch of all sales."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get, put
from litestar.params import JSONBody

from fairseat_common.switches import Switch, SwitchMove
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase, Visitor
from fairseat_common.web.operations import OPERATOR, check_operator
from orders import actions_switch


@get("/api/orders/switch")
async def switch_show(visitor: Visitor, database: OwnDatabase) -> Switch:
    """Whether seats can be bought now. Why, and who decided it, is for operators."""
    async with database.connection() as connection:
        switch = await actions_switch.read(connection)
    told = visitor is not None and OPERATOR in visitor.roles
    return switch if told else msgspec.structs.replace(switch, reason="", changed_by=None)


@put("/api/orders/switch")
async def switch_set(data: JSONBody[SwitchMove], user: CurrentUser, database: OwnDatabase) -> Switch:
    """Stop all sales, or let them go on; in force everywhere once this has answered."""
    check_operator(user)
    async with database.transaction() as tx:
        return await actions_switch.move(tx, user.id, data)


ROUTES: list[Any] = [switch_show, switch_set]
