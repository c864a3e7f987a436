"""HTTP in: the switch of payouts, and what payments has heard of the switch of sales."""

from __future__ import annotations

from litestar import get, put
from litestar.params import JSONBody

from fairseat_common.switches import Switch, SwitchMove
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.operations import check_operator
from payments import actions_switch
from payments.domain_switch import SalesHeard


@get("/api/payouts/switch")
async def switch_show(user: CurrentUser, database: OwnDatabase) -> Switch:
    """Whether payouts are made now."""
    check_operator(user)
    async with database.connection() as connection:
        return await actions_switch.payouts(connection)


@put("/api/payouts/switch")
async def switch_set(data: JSONBody[SwitchMove], user: CurrentUser, database: OwnDatabase) -> Switch:
    """Stop all payouts, or let them go on; in force in every process once this has answered."""
    check_operator(user)
    async with database.transaction() as tx:
        return await actions_switch.payouts_move(tx, user.id, data)


@get("/api/payments/switch")
async def sales_show(user: CurrentUser, database: OwnDatabase) -> SalesHeard:
    """Where the switch of sales stands for payments: orders moves it, payments follows within moments."""
    check_operator(user)
    async with database.connection() as connection:
        return await actions_switch.sales(connection)


ROUTES = (switch_show, switch_set, sales_show)
