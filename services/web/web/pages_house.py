"""Static files, the style guide, and everything that is not there."""

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web.answers import PageResponse
from web.pages_errors import NOT_FOUND, fault
from web.style_guide import samples
from web.visit import AnyRequest, Visit, Web

ROBOTS = (
    "User-agent: *\nDisallow: /api/\nDisallow: /checkout/\nDisallow: /orders\nDisallow: /sign-in\nDisallow: /sign-up\n"
)
"""What crawlers are asked to leave out; the address of the site map is added."""
ROBOTS_HIDDEN = "User-agent: *\nDisallow: /\n"


@get("/static/{name:path}", sync_to_thread=False)
def static(web: NamedDependency[Web], request: AnyRequest, name: FromPath[str]) -> PageResponse:
    """A file of ours; compressed from memory, unchanged files are answered with 304."""
    found = web.assets.find(name.lstrip("/"))
    if found is None:
        return PageResponse(b"Not found", 404, "text/plain")
    asset, caching = found
    headers = {"Cache-Control": caching, "ETag": asset.etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == asset.etag:
        return PageResponse(b"", 304, asset.media_type, headers)
    body = asset.body
    if asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = asset.gzipped
    return PageResponse(body, 200, asset.media_type, headers)


@get("/styleguide")
async def style_guide(visit: NamedDependency[Visit]) -> PageResponse:
    """Every component in every state, for our own eyes."""
    return visit.page("styleguide.html", **samples())


@get("/robots.txt", sync_to_thread=False)
def robots(web: NamedDependency[Web]) -> PageResponse:
    """What crawlers may read: nothing where search engines have no business."""
    if web.settings.is_hidden:
        return PageResponse(ROBOTS_HIDDEN.encode(), 200, "text/plain")
    return PageResponse(f"{ROBOTS}\nSitemap: {web.settings.public_url}/sitemap.xml\n".encode(), 200, "text/plain")


@get("/{rest:path}")
async def nowhere(visit: NamedDependency[Visit], rest: FromPath[str]) -> PageResponse:
    """A page for addresses that lead nowhere; a problem document below /api."""
    if rest.startswith("/api/"):
        raise NotFoundException
    return fault(visit, 404, NOT_FOUND)


PAGES: list[ControllerRouterHandler] = [static, style_guide, robots, nowhere]
