"""Pages about scanning at the doors: the reader's shows, and the page that a phone scans with."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import gettext
from web import csrf, pages_gate_claims, views_gate
from web.answers import PageResponse
from web.models import Page, Show
from web.models_gate import Gate, GateShow, Scan
from web.pages_errors import fault
from web.pages_tickets import shows_of
from web.services import ServiceProblem
from web.visit import FormForged, Visit, Web
from web.words import Words, problem_words

WORKER = "js/gate-worker.js"
SHOWS_MAX = 50
SYNC_MAX = 100
JSON = "application/json"
GATE = "Gate"
GATE_MAX = 40
CODE_MAX = 256
REFUSALS = frozenset(
    {"already-used", "void", "wrong-show", "forged", "code-stale", "not-yet", "unproven", "on-sale", "not-listed"}
)
NO_CODE = Words("Enter a code.", "Hold the ticket’s code before the camera, or type what is below it.")


@get("/gate")
async def gates(visit: NamedDependency[Visit]) -> PageResponse:
    """The shows whose doors the reader looks after, today's first."""
    visit.need_user()
    found = await visit.ask("tickets", "GET", "/api/gates", Page[GateShow], query={"limit": str(SHOWS_MAX)})
    shows = await shows_of(visit, (door.show_id for door in found.items))
    return visit.page("gates.html", doors=found.items, shows=shows, now=datetime.now(UTC))


@get("/gate/{show_id:uuid}")
async def gate(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The page to scan with."""
    visit.need_user()
    try:
        return await _gate_page(visit, show_id, visit.request.query_params.get("gate", ""))
    except ServiceProblem as problem:
        return _not_yours(visit, problem)


async def _gate_page(
    visit: Visit,
    show_id: UUID,
    name: str,
    verdict: views_gate.Verdict | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    door, show = await asyncio.gather(_gate(visit, show_id), _show(visit, show_id))
    return visit.page(
        "gate.html",
        status,
        door=door,
        show=show,
        name=name[:GATE_MAX] or gettext(GATE),
        key=str(uuid4()),
        verdict=verdict,
        words=words,
    )


@post("/gate/{show_id:uuid}")
async def scan(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Scan a code: the page again with the verdict on it, or the verdict alone for the page's own script."""
    form = await visit.form()
    visit.need_user()
    name = form.get("gate", "")[:GATE_MAX] or gettext(GATE)
    code = form.get("code", "").replace(" ", "")
    if not code or len(code) > CODE_MAX or not code.isascii() or not code.isprintable():
        return await _gate_page(visit, show_id, name, words=NO_CODE, status=422)
    made = await _scanned(visit, show_id, name, code, form.get("scan_id", ""))
    show = await _show(visit, show_id)
    verdict = views_gate.verdict(made, show.venue.timezone, visit.locale)
    if JSON in visit.request.headers.get("accept", ""):
        body = {**verdict._asdict(), "result": made.result, "scan_id": made.scan_id}
        return _json(visit, msgspec.json.encode(body))
    return await _gate_page(visit, show_id, name, verdict)


async def _scanned(visit: Visit, show_id: UUID, name: str, code: str, scan_id: str) -> Scan:
    """What became of a code; a refusal is read from what was kept of it."""
    try:
        wanted = UUID(scan_id)
    except ValueError:
        wanted = uuid4()
    body = {"code": code, "show_id": show_id, "gate": name, "scan_id": wanted}
    try:
        return await visit.ask("tickets", "POST", "/api/scans", Scan, body=body)
    except ServiceProblem as problem:
        if problem.slug not in REFUSALS:
            raise
        return await visit.ask("tickets", "GET", f"/api/scans/{wanted}", Scan)


@get("/gate/{show_id:uuid}/list")
async def offline_list(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """A page of the show's signed list, for this device to work without a network."""
    visit.need_user()
    cursor = visit.request.query_params.get("cursor", "")[:200]
    query = {"cursor": cursor} if cursor else {}
    return _json(
        visit, bytes(await visit.ask("tickets", "GET", f"/api/gates/{show_id}/offline", msgspec.Raw, query=query))
    )


@get("/gate/{show_id:uuid}/counts")
async def counts(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The counts of the doors as a piece of the page."""
    visit.need_user()
    door, show = await asyncio.gather(_gate(visit, show_id), _show(visit, show_id))
    return visit.page("gate_counts.html", door=door, show=show)


@post("/gate/{show_id:uuid}/sync")
async def sync(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Take over what the device has decided without a network."""
    found = await _sent(visit)
    visit.need_user()
    body = {"show_id": show_id, "gate": str(found.get("gate", ""))[:GATE_MAX] or GATE, "scans": found.get("scans")}
    try:
        return _json(visit, bytes(await visit.ask("tickets", "POST", "/api/scans/batch", msgspec.Raw, body=body)))
    except ServiceProblem as problem:
        words = problem_words(problem)
        return visit.answer(msgspec.json.encode({"title": gettext(words.title)}), problem.status, JSON, {})


async def _sent(visit: Visit) -> dict[str, Any]:
    """The JSON that the page's script sends, with the token of its form; raises FormForged."""
    try:
        found = msgspec.json.decode(await visit.request.body(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise FormForged from error
    token = str(found.get(csrf.FIELD, ""))
    if not csrf.token_ok(visit.web.settings.secret, visit.csrf_cookie, token):
        raise FormForged
    return found


@get("/gate/gate-worker.js", sync_to_thread=False)
def worker(web: NamedDependency[Web]) -> PageResponse:
    """The script that keeps the scanning page for when there is no network; it may look after the doors only."""
    found = web.assets.find(WORKER)
    assert found is not None, "the file is part of the package"
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
        "Service-Worker-Allowed": "/gate",
    }
    return PageResponse(found[0].body, 200, found[0].media_type, headers)


async def _gate(visit: Visit, show_id: UUID) -> Gate:
    return await visit.ask("tickets", "GET", f"/api/gates/{show_id}", Gate)


def _not_yours(visit: Visit, problem: ServiceProblem) -> PageResponse:
    """The way into the team for who may not scan here; raises any other problem again."""
    if problem.slug != "duty-missing":
        raise problem
    return fault(visit, 403, problem_words(problem))


async def _show(visit: Visit, show_id: UUID) -> Show:
    return await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)


def _json(visit: Visit, body: bytes) -> PageResponse:
    return visit.answer(body, 200, JSON, {"Cache-Control": "no-store"})


PAGES: list[ControllerRouterHandler] = [
    gates,
    gate,
    scan,
    offline_list,
    counts,
    sync,
    worker,
    *pages_gate_claims.PAGES,
]
