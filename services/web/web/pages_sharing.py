"""What other programs are handed: calendars, pictures for links, and the map of the site."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID
from xml.sax.saxutils import escape

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import DEFAULT, known_language
from web.answers import PageResponse
from web.calendars import MEDIA_TYPE, CalendarEvent, calendar_file, file_name, status_of
from web.models import Show
from web.models_discover import House, Run, Starts
from web.views_share import picture_tag, share_picture
from web.visit import Visit

SHORTLY = "public, max-age=300"
PICTURES_AT_ONCE = 2
PICTURES_KEPT = 50
KINDS = ("shows", "performers", "venues", "cities")
AFTER_CHARACTERS_MAX = 400
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@get("/shows/{show_id:uuid}/calendar.ics")
async def show_calendar(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The show for a calendar; taken again after a change, it replaces what was there."""
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    house = await visit.ask("catalog", "GET", f"/api/venues/{show.venue.id}", House)
    page = f"{visit.web.settings.public_url}/shows/{show.id}"
    event = CalendarEvent(
        uid=f"show-{show.id}@fairseat",
        summary=show.title,
        starts_at=show.starts_at,
        sequence=show.version,
        status=status_of(show.status),
        location=f"{show.venue.name}, {show.venue.city}",
        geo=(house.lat, house.lon) if house.lat is not None and house.lon is not None else None,
        description=page,
        url=page,
    )
    body = calendar_file([event], datetime.now(UTC))
    disposition = f'attachment; filename="{file_name(show.title)}"'
    return PageResponse(body, 200, MEDIA_TYPE, {"Cache-Control": SHORTLY, "Content-Disposition": disposition})


@get("/shows/{show_id:uuid}/share.png")
async def show_picture(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The picture that goes with a link to the show: what, where, when, and from which price.

    Its address has the language of the page that names it: whoever fetches it has none, and keeps it for everybody.
    """
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    language = known_language(visit.request.query_params.get("language")) or DEFAULT
    etag = picture_tag(show, language)
    headers = {"Cache-Control": SHORTLY, "ETag": etag}
    if visit.request.headers.get("if-none-match") == etag:
        return PageResponse(b"", 304, "image/png", headers)
    body = await PICTURES.get(etag, show, language)
    return PageResponse(body, 200, "image/png", headers)


class Pictures:
    """Pictures that were just drawn, and a bound on how many are drawn at once: one takes a tenth of a second."""

    def __init__(self) -> None:
        self._drawn: dict[str, bytes] = {}
        self._drawing = asyncio.Semaphore(PICTURES_AT_ONCE)

    async def get(self, tag: str, show: Show, language: str) -> bytes:
        """The picture of a show, as PNG."""
        async with self._drawing:
            if tag not in self._drawn:
                self._drawn[tag] = await asyncio.to_thread(share_picture, show, language)
                while len(self._drawn) > PICTURES_KEPT:
                    del self._drawn[next(iter(self._drawn))]
            return self._drawn[tag]


PICTURES = Pictures()


@get("/sitemap.xml")
async def sitemap(visit: NamedDependency[Visit]) -> PageResponse:
    """The list of the lists of our pages."""
    starts = await visit.ask("catalog", "GET", "/api/shows/index", Starts)
    origin = visit.web.settings.public_url
    addresses = [
        f"{origin}/sitemaps/{start.kind}.xml" + (f"?after={quote(start.after)}" if start.after else "")
        for start in starts.runs
    ]
    lines = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return _xml(f"{XML}<sitemapindex {SPACE}>\n{lines}</sitemapindex>\n")


@get("/sitemaps/{name:str}")
async def sitemap_run(visit: NamedDependency[Visit], name: FromPath[str]) -> PageResponse:
    """One list of up to 10,000 pages."""
    kind = name.removesuffix(".xml")
    if kind not in KINDS or kind == name:
        raise NotFoundException
    after = str(visit.request.query_params.get("after", ""))[:AFTER_CHARACTERS_MAX]
    run = await visit.ask("catalog", "GET", f"/api/shows/index/{kind}", Run, query={"after": after} if after else None)
    origin = visit.web.settings.public_url
    pages = [f"{origin}/", f"{origin}/shows"] if kind == "cities" and not after else []
    pages += [f"{origin}/{kind}/{quote(ref)}" for ref in run.refs]
    lines = "".join(f"<url><loc>{escape(page)}</loc></url>\n" for page in pages)
    return _xml(f"{XML}<urlset {SPACE}>\n{lines}</urlset>\n")


def _xml(text: str) -> PageResponse:
    return PageResponse(text.encode(), 200, "application/xml", {"Cache-Control": "public, max-age=600"})


PAGES: list[ControllerRouterHandler] = [show_calendar, show_picture, sitemap, sitemap_run]
