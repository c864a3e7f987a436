"""Listing many seats at once, from a file: looked through first, then listed, and safe to send again."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web import views_seller_import as views_import
from web.answers import PageResponse
from web.forms import KEY_HEADER
from web.forms_seller_import import lines_checked
from web.models import Page
from web.models_selling import OwnListing
from web.pages_selling import service_errors
from web.services import ServiceProblem
from web.views_seller_import import BYTES_MAX, COLUMNS, Entry, FileRefused
from web.visit import Visit
from web.words import Words, problem_words

BODY_MAX_BYTES = 5 * BYTES_MAX
"""A file, what was typed beside it, and what forms put around both."""
BODIES = dict.fromkeys(("/sell/import", "/sell/import/report"), BODY_MAX_BYTES)
LISTED_AT_ONCE = 4
RELISTED_MAX = 5
REPORT_ROWS = list[list[str]]
CSV = "text/csv; charset=utf-8"


@get("/sell/import")
async def import_form(visit: NamedDependency[Visit]) -> PageResponse:
    """How it works, and the form."""
    visit.need_user()
    return _page(visit, "")


@get("/sell/import/template.csv")
async def template(visit: NamedDependency[Visit]) -> PageResponse:
    """The file to start from."""
    return _file(visit, "fairseat-listings.csv", views_import.template_rows())


@post("/sell/import", request_max_body_size=BODY_MAX_BYTES)
async def import_lines(visit: NamedDependency[Visit]) -> PageResponse:
    """Look through the lines; with `do=list` also list what can be listed."""
    fields = await visit.form()
    visit.need_user()
    typed = (await visit.request.form()).get("lines", "")
    pasted = typed.replace("\r\n", "\n")[:BYTES_MAX] if isinstance(typed, str) else ""
    try:
        text = await _lines_sent(visit, pasted)
        entries = views_import.entries_read(text)
    except FileRefused as refusal:
        return _page(visit, pasted, error=str(refusal), status=422)
    await lines_checked(visit, entries)
    if fields.get("do") == "list":
        await _lines_listed(visit, entries)
    return _page(visit, text, entries)


@post("/sell/import/report", request_max_body_size=BODY_MAX_BYTES)
async def report(visit: NamedDependency[Visit]) -> PageResponse:
    """The report of the page that it is asked for from, as a file."""
    await visit.form()
    visit.need_user()
    sent = (await visit.request.form()).get("rows", "")
    try:
        rows = msgspec.json.decode(sent if isinstance(sent, str) else "", type=REPORT_ROWS)
    except msgspec.MsgspecError:
        rows = []
    return _file(visit, "fairseat-report.csv", [views_import.REPORT, *rows[: views_import.LINES_MAX]])


async def _lines_sent(visit: Visit, typed: str) -> str:
    """The text of the file, or what was typed if no file was chosen. Raises FileRefused."""
    file = (await visit.request.form()).get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    if content:
        return views_import.text_of(content)
    if not typed.strip():
        raise FileRefused(say("Choose a file, or paste its lines."))
    return views_import.text_of(typed.encode())


async def _lines_listed(visit: Visit, entries: Sequence[Entry]) -> None:
    """List every line that can be, a few at a time; each says what became of it."""
    newest = await visit.ask("tickets", "GET", "/api/listings/mine", Page[OwnListing], query={"limit": "1"})
    last = newest.items[0].id if newest.items else ""
    turn, seen = asyncio.Semaphore(LISTED_AT_ONCE), Counter[str]()

    async def one(entry: Entry, key: str) -> None:
        async with turn:
            try:
                await _line_listed(visit, entry, key, last)
            except ServiceProblem as problem:
                if problem.status == 401:
                    raise
                words = problem_words(problem)
                entry.refuse(*(dict.fromkeys(service_errors(problem).values()) or [f"{words.title} {words.detail}"]))

    waiting = []
    for entry in entries:
        if entry.state == "ready":
            content = msgspec.json.encode(entry.body, order="sorted").decode()
            # The same line twice in a file is meant twice: standing places have no names.
            seen[content] += 1
            waiting.append(one(entry, f"{visit.user_id}/{content}/{seen[content]}"))
    await asyncio.gather(*waiting)


async def _line_listed(visit: Visit, entry: Entry, name: str, last: str) -> None:
    """List a line under a key of its own content, so that a second time finds the first; raises ServiceProblem.

    Ids grow with time: one up to `last` is from before. What was withdrawn since then is listed anew.
    """
    for _ in range(RELISTED_MAX):
        key = str(uuid5(NAMESPACE_URL, name))
        made = await visit.ask(
            "tickets", "POST", "/api/listings", OwnListing, body=entry.body, headers={KEY_HEADER: key}
        )
        entry.listing_id = made.id
        if UUID(made.id) > UUID(last or "0" * 32):
            entry.state = "listed"
            return
        present = await visit.ask("tickets", "GET", f"/api/listings/{made.id}", OwnListing)
        if present.status != "withdrawn":
            entry.state = "before"
            return
        name = f"{name}/{made.id}"
    entry.refuse(say("It was listed and withdrawn many times. List it by hand."))


def _page(
    visit: Visit, text: str, entries: Sequence[Entry] = (), *, error: str = "", status: int = 200
) -> PageResponse:
    rows: Any = views_import.report_rows(entries)
    return visit.page(
        "sell_import.html",
        status,
        text=text,
        entries=entries,
        error=error,
        words=Words("The file cannot be read.", "See the message below.") if error else None,
        ready=sum(entry.state == "ready" for entry in entries),
        done=any(entry.state in {"listed"} for entry in entries),
        counts=views_import.counts_text(entries) if entries else "",
        states=views_import.STATES,
        columns=COLUMNS,
        rows=msgspec.json.encode(rows).decode(),
    )


def _file(visit: Visit, name: str, rows: Sequence[Sequence[object]]) -> PageResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return visit.answer(views_import.csv_text(rows), 200, CSV, headers)


PAGES: list[ControllerRouterHandler] = [import_form, template, import_lines, report]
