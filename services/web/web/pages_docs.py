"""The public API, as a document for programs and as a page for people."""

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from web.answers import PageResponse
from web.api_document import ApiDocument, operations
from web.visit import Visit

SHORTLY = "public, max-age=60"


@get("/api/openapi.json")
async def openapi(document: NamedDependency[ApiDocument]) -> PageResponse:
    """One OpenAPI 3.1 document for all services."""
    body = msgspec.json.encode(await document.merged())
    return PageResponse(body, 200, "application/json", {"Cache-Control": SHORTLY})


@get("/api/docs")
async def docs(visit: NamedDependency[Visit], document: NamedDependency[ApiDocument]) -> PageResponse:
    """The same, to read."""
    return visit.page("docs.html", services=operations(await document.merged()))


PAGES: list[ControllerRouterHandler] = [openapi, docs]
