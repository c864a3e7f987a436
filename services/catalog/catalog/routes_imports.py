"""HTTP in: shows of another system, many at once."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from catalog import actions_imports
from catalog.domain_imports import ImportAnswer, ImportBatch, ShowGiven, Unreadable, Wrong
from catalog.domain_venues import organiser_check
from fairseat_common.database import Connection, Database
from fairseat_common.web import SignedIn, create_once
from fairseat_common.web.decoding import field_error


@post("/api/imports", status_code=200)
async def imports_run(
    request: Request[Any, Any, Any],
    data: JSONBody[ImportBatch],
    user: NamedDependency[SignedIn],
    database: NamedDependency[Database],
) -> Response[ImportAnswer]:
    """Take in shows of another system: announce new ones, edit those that changed there. For organisers.

    Repeating a request does nothing twice. Records that are wrong are rejected one by one; the others are taken in.
    """
    organiser_check(user.roles)
    importer = actions_imports.Importer(user.id, data.source, any_show="operator" in user.roles)
    records = [_record(raw) for raw in data.records]
    if data.dry_run:
        async with database.transaction() as tx:
            rehearsed = await actions_imports.rehearse_import(tx, importer, records)
        return Response(ImportAnswer(dry_run=True, results=rehearsed))

    async def action(tx: Connection) -> ImportAnswer:
        return ImportAnswer(dry_run=False, results=await actions_imports.import_shows(tx, importer, records))

    return await create_once(request, database, user.id, action, status=200)


def _record(raw: dict[str, Any]) -> ShowGiven | Unreadable:
    try:
        return msgspec.convert(raw, ShowGiven)
    except msgspec.ValidationError as error:
        wrong = field_error(str(error))
        external_id = raw.get("external_id")
        return Unreadable(external_id if isinstance(external_id, str) else None, (Wrong(wrong.field, wrong.message),))


all_routes: list[ControllerRouterHandler] = [imports_run]
