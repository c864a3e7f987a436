"""The public API and its events, as documents for programs and as pages for people."""

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.contracts import schemas
from web import views_developers as views
from web import views_developers_events
from web.answers import PageResponse
from web.api_document import ApiDocument
from web.services import ServiceDown
from web.visit import Visit

SHORTLY = "public, max-age=60"
EVENTS = schemas.asyncapi({})
"""The events as an AsyncAPI document; who hears them is the services' own business."""
EVENTS_JSON = msgspec.json.encode(EVENTS)


@get("/api/openapi.json")
async def openapi(document: NamedDependency[ApiDocument]) -> PageResponse:
    """One OpenAPI 3.1 document for all services."""
    body = msgspec.json.encode(await document.merged())
    return PageResponse(body, 200, "application/json", {"Cache-Control": SHORTLY})


@get("/api/asyncapi.json")
async def asyncapi() -> PageResponse:
    """One AsyncAPI 3.0 document for all events."""
    return PageResponse(EVENTS_JSON, 200, "application/json", {"Cache-Control": SHORTLY})


@get("/api/docs")
async def docs(visit: NamedDependency[Visit], document: NamedDependency[ApiDocument]) -> PageResponse:
    """All operations at a glance."""
    return visit.page("docs.html", groups=views.groups(await document.merged()))


@get("/api/docs/events")
async def docs_events(visit: NamedDependency[Visit], document: NamedDependency[ApiDocument]) -> PageResponse:
    """What webhooks are sent, and what services tell each other."""
    merged = await document.merged()
    return visit.page(
        "docs_events.html",
        groups=views.groups(merged),
        sent=views_developers_events.webhook_messages(merged),
        inside=views_developers_events.event_messages(EVENTS),
    )


@get("/api/docs/{noun:str}")
async def docs_of(
    visit: NamedDependency[Visit], document: NamedDependency[ApiDocument], noun: FromPath[str]
) -> PageResponse:
    """The operations about one thing, with examples."""
    merged = await document.merged()
    groups = views.groups(merged)
    group = next((each for each in groups if each.name == noun), None)
    if group is None and not document.complete:
        raise ServiceDown(noun, "its part of the document is missing")
    if group is None:
        raise NotFoundException
    operations = views.operations(merged, noun, visit.web.settings.public_url)
    return visit.page("docs_noun.html", groups=groups, group=group, operations=operations)


PAGES: list[ControllerRouterHandler] = [openapi, asyncapi, docs, docs_events, docs_of]
