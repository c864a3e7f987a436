"""HTTP in: lists of everything that has a page, for site maps. Everybody may read them."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from catalog import actions_index
from catalog.domain_index import AFTER_CHARACTERS_MAX, KINDS, Run, Starts
from fairseat_common.contracts.refusals import FieldError, Invalid, NotFound
from fairseat_common.database import Database


@get("/api/shows/index")
async def index_read(database: NamedDependency[Database]) -> Starts:
    """The runs of up to 10,000 names that shows ahead, performers, venues and cities are listed in."""
    async with database.connection() as connection:
        return await actions_index.read_starts(connection)


@get("/api/shows/index/{kind:str}")
async def index_run(
    kind: FromPath[str],
    database: NamedDependency[Database],
    after: Annotated[
        str | None, QueryParameter(name="after", description="The name that the run comes after.", required=False)
    ] = None,
) -> Run:
    """One run: ids of shows, performers or venues, or slugs of cities."""
    found = next((each for each in KINDS if each == kind), None)
    if found is None:
        raise NotFound
    if after and (len(after) > AFTER_CHARACTERS_MAX or not after.isprintable()):
        raise Invalid(None, FieldError("after", "is none of the names that /api/shows/index gives"))
    async with database.connection() as connection:
        return await actions_index.read_run(connection, found, after or "")


all_routes: list[ControllerRouterHandler] = [index_read, index_run]
