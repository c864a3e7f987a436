"""HTTP in: rules of resale that stand for all shows of a place or an organiser. Everybody may read them."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, put
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from catalog import actions_standing
from catalog.domain_standing import StandingDraft, StandingKind, StandingRules
from fairseat_common.database import Database
from fairseat_common.web import SignedIn, etag
from fairseat_common.web.dependencies import CurrentUser, ExpectedVersion, OwnDatabase


@get("/api/venues/{venue_id:uuid}/resale-rules")
async def venue_rules_read(venue_id: FromPath[UUID], database: OwnDatabase) -> Response[StandingRules]:
    """What a place demands of all shows there. Version 0: nothing."""
    return await _read(database, "venue", venue_id)


@put("/api/venues/{venue_id:uuid}/resale-rules")
async def venue_rules_put(
    venue_id: FromPath[UUID],
    data: JSONBody[StandingDraft],
    user: CurrentUser,
    if_match: ExpectedVersion,
    database: OwnDatabase,
) -> Response[StandingRules]:
    """Set what a place demands of all shows ahead; where a show asks for less, this holds. If-Match "0" for the first.

    For whoever added the venue, members of their team who manage, and operators.
    """
    return await _put(database, user, "venue", venue_id, data, if_match)


@get("/api/organisers/{organiser_id:uuid}/resale-rules")
async def organiser_rules_read(organiser_id: FromPath[UUID], database: OwnDatabase) -> Response[StandingRules]:
    """The rules of an organiser's shows that have none of their own. Version 0: none."""
    return await _read(database, "organiser", organiser_id)


@put("/api/organisers/{organiser_id:uuid}/resale-rules")
async def organiser_rules_put(
    organiser_id: FromPath[UUID],
    data: JSONBody[StandingDraft],
    user: CurrentUser,
    if_match: ExpectedVersion,
    database: OwnDatabase,
) -> Response[StandingRules]:
    """Set the rules for all of an organiser's shows ahead that have none of their own. If-Match "0" for the first.

    For the organiser, members of the team who manage, and operators.
    """
    return await _put(database, user, "organiser", organiser_id, data, if_match)


async def _read(database: Database, kind: StandingKind, source_id: UUID) -> Response[StandingRules]:
    async with database.connection() as connection:
        return _answer(await actions_standing.read_standing(connection, kind, source_id))


async def _put(
    database: Database, user: SignedIn, kind: StandingKind, source_id: UUID, draft: StandingDraft, expected: int
) -> Response[StandingRules]:
    async with database.transaction() as tx:
        rules = await actions_standing.set_standing(tx, user, kind, source_id, draft, expected)
    return _answer(rules)


def _answer(rules: StandingRules) -> Response[StandingRules]:
    return Response(rules, headers={"ETag": etag(rules.version)})


all_routes: list[ControllerRouterHandler] = [
    venue_rules_read,
    venue_rules_put,
    organiser_rules_read,
    organiser_rules_put,
]
