"""HTTP in: the switch of all sales."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get, put
from litestar.params import JSONBody

from fairseat_common.web.dependencies import CurrentUser, OwnDatabase, Visitor
from fairseat_common.web.operations import OPERATOR, check_operator
from orders import actions_switch
from orders.domain_switch import Switch

Reason = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")
]


class SwitchMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether seats can be bought from now on, and why."""

    open: bool
    reason: Reason


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
        return await actions_switch.move(tx, user.id, data.open, data.reason)


ROUTES: list[Any] = [switch_show, switch_set]
