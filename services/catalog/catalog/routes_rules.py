"""HTTP in: the rules of resale of a show. Everybody may read them; its organiser sets them."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, delete, get, put
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from catalog import actions_rules
from catalog.domain_rules import ResaleRules, RulesDraft
from fairseat_common.web import etag
from fairseat_common.web.dependencies import CurrentUser, ExpectedVersion, OwnDatabase


@get("/api/shows/{show_id:uuid}/resale-rules")
async def rules_read(show_id: FromPath[UUID], database: OwnDatabase) -> Response[ResaleRules]:
    """How tickets of a show may be sold on and given away, and whose rules these are. Version 0: nobody set any."""
    async with database.connection() as connection:
        rules = await actions_rules.read_rules(connection, show_id)
    return _answer(rules)


@put("/api/shows/{show_id:uuid}/resale-rules")
async def rules_put(
    show_id: FromPath[UUID],
    data: JSONBody[RulesDraft],
    user: CurrentUser,
    if_match: ExpectedVersion,
    database: OwnDatabase,
) -> Response[ResaleRules]:
    """Set a show's own rules, for what is listed from now on; If-Match names the version of those before, "0" for none.

    Where the place demands more, that holds.

    For the organiser, members of the team who manage, and operators.
    """
    async with database.transaction() as tx:
        rules = await actions_rules.set_rules(tx, user, show_id, data, if_match)
    return _answer(rules)


@delete("/api/shows/{show_id:uuid}/resale-rules", status_code=200)
async def rules_drop(
    show_id: FromPath[UUID], user: CurrentUser, if_match: ExpectedVersion, database: OwnDatabase
) -> Response[ResaleRules]:
    """Give a show's own rules up: those hold that its organiser and its place have for all shows.

    For the organiser, members of the team who manage, and operators.
    """
    async with database.transaction() as tx:
        rules = await actions_rules.set_rules(tx, user, show_id, None, if_match)
    return _answer(rules)


def _answer(rules: ResaleRules) -> Response[ResaleRules]:
    return Response(rules, headers={"ETag": etag(rules.version)})


all_routes: list[ControllerRouterHandler] = [rules_read, rules_put, rules_drop]
