"""The site's pages and forms, from its table of routes: asked by everybody, as the operations of the API are."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from fairseat_common.ids import new_id
from fairseat_local.access.asking import BUSY_MAX, TOGETHER, Cell
from fairseat_local.access.rules import MISSING, NOTHING, OTHER, OWN
from fairseat_local.access.world import OPERATOR, PERSON, RIVAL, SIGNED_OUT, STAFF, World

ROLES = (SIGNED_OUT, PERSON, RIVAL, STAFF, OPERATOR)
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
TYPED = re.compile(r"\{(\w+):\w+\}")
KINDS = {
    "/operator/dead-letters": {"event_id": ""},
    "/organise/team/leave": {"organiser_id": "membership"},
    "/organise/team": {"user_id": "member"},
    "/organise/shows/{show_id}/queue": {"show_id": "sale"},
    "/organise/shows/{show_id}/on-sale": {"show_id": "sale"},
}
"""What an id is of, where its name does not say so."""
NOT_ASKED = ("/events", "/sign-out")
"""What never ends, and what ends the session of whoever asks."""
PUBLIC = ("/shows/", "/performers/", "/venues/", "/cities/", "/sitemaps/", "/static/")
"""Pages about one thing that are for everybody."""
READ = {
    "GET /listings/{listing_id}/edit": "a form with what the public listing says; saving is refused",
    "GET /listings/{listing_id}/codes": "leads on to the public listing's form",
    "GET /organise/venues/{venue_id}": "the chart is public; saving is refused",
    "GET /organise/venues/{venue_id}/rules": "the rules are public; saving is refused",
}
"""Pages of others that may be read all the same, and why."""
KNOWN = (*PUBLIC, "/listings/", "/organise/venues/")
"""Pages and forms about what everybody knows to be there."""
HOUSE = ("/organise/", "/gate/", "/operator/")
"""Pages of things that everybody knows of, or of what only operators look up: others are refused (403)."""
FORBIDDEN = 403
UNGUARDED = {
    "POST /unsubscribe": "the signed token of the letter is the proof, also for mail programs without a page",
}
"""Forms that are taken without a token of their page, and why."""


class Page(NamedTuple):
    """A page or a form with the id that it is about, the last in its path."""

    method: str
    path: str
    subject: str
    kind: str

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


class Seen(NamedTuple):
    """What came back: the status, where it leads, and the text."""

    status: int
    location: str
    text: str

    @property
    def outcome(self) -> str:
        """`in`, `sign-in` for who is asked to sign in first, or the status of the refusal."""
        if self.status in (302, 303) and self.location.startswith("/sign-in"):
            return "sign-in"
        return str(self.status) if self.status in (401, 403, 404, 405) or self.status >= 500 else "in"


def pages_of(handlers: Iterable[Any]) -> list[Page]:
    """All pages of the site's handlers."""
    found = []
    for handler in handlers:
        for path in handler.paths:
            plain = TYPED.sub(r"{\1}", path)
            names = [part[1:-1] for part in plain.split("/") if part.startswith("{") and part.endswith("_id}")]
            subject = names[-1] if names else ""
            for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
                found.append(Page(method, plain, subject, _kind(plain, subject) if subject else ""))
    return found


def _kind(path: str, name: str) -> str:
    known = next((kinds for prefix, kinds in KINDS.items() if path.startswith(prefix) and name in kinds), {})
    return known.get(name, name.removesuffix("_id"))


@dataclass
class Looked:
    """All pages that were looked at and forms that were sent."""

    world: World
    seen: dict[Cell, Seen] = field(default_factory=dict)
    forged: dict[str, int] = field(default_factory=dict)
    """What each form answers whose token is missing, by name."""
    _tokens: dict[str, str] = field(default_factory=dict)
    _together: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TOGETHER))

    async def everywhere(self, pages: Sequence[Page]) -> None:
        """Look at every page and send every form, empty, as everybody, about what is not theirs; the owners look."""
        for role in ROLES:
            answer = await self.world.clients[role].get("/shows")
            found = TOKEN.search(answer.text)
            assert found, "every page has a form"
            self._tokens[role] = found[1]
        asked = [page for page in pages if not page.path.endswith(NOT_ASKED)]
        await asyncio.gather(*(self._page(page) for page in asked))

    async def _page(self, page: Page) -> None:
        owner = self.world.owners.get(page.kind, "")
        if page.method == "POST":
            # As whoever may send it, so that nothing else is the reason.
            async with self._together:
                client = self.world.clients[owner or PERSON]
                answer = await client.post(self._url(page, OWN if owner else MISSING), data={})
            self.forged[page.name] = answer.status_code
        for role in ROLES:
            for state in (OTHER, MISSING) if page.subject else (NOTHING,):
                if state != OTHER or (owner and role != owner):
                    await self._look(page, role, state, self.world.clients[role])
        if owner and page.method == "GET":
            await self._look(page, "owner", OWN, self.world.clients[owner])

    async def _look(self, page: Page, role: str, state: str, client: httpx.AsyncClient) -> None:
        form = {"csrf": self._tokens.get(role, "")} if page.method == "POST" else None
        async with self._together:
            for _ in range(BUSY_MAX):
                answer = await client.request(page.method, self._url(page, state), data=form)
                if answer.status_code != 503:
                    break
        self.seen[Cell(page.name, role, state)] = Seen(
            answer.status_code, answer.headers.get("location", ""), answer.text
        )

    def _url(self, page: Page, state: str) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name == page.subject and state in (OTHER, OWN):
                return self.world.ids[page.kind]
            beside = self.world.ids.get(_kind(page.path, name))
            return beside or (str(new_id()) if name.endswith("_id") else "nothing")

        return re.sub(r"\{(\w+)\}", value if state != MISSING else self._missing(page), page.path)

    def _missing(self, page: Page) -> Any:
        def value(match: re.Match[str]) -> str:
            known = self.world.ids.get(_kind(page.path, match[1])) if match[1] != page.subject else None
            return known or (str(new_id()) if match[1].endswith("_id") else "nothing")

        return value


def faults(looked: Looked, pages: Sequence[Page]) -> list[str]:
    """What is wrong with what was seen: each fault is a line that says who saw what."""
    by_name = {page.name: page for page in pages}
    found = []
    for cell, seen in looked.seen.items():
        page = by_name[cell.operation]
        where = f"{cell.operation} by {cell.role} ({cell.state}): {seen.status}"
        if seen.status >= 500:
            found.append(f"{where}, it breaks")
        if cell.role not in ("owner", OPERATOR):
            found += [
                f"{where}, with the buyer's {what}" for what, it in looked.world.secrets.items() if it in seen.text
            ]
        if page.subject and not _is_public(page) and cell.role != "owner":
            found += _of_others(page, cell, seen, looked, where)
    unguarded = {name for name, status in looked.forged.items() if status != FORBIDDEN}
    return found + [
        f"{name} takes a form without its token, or is excepted needlessly" for name in unguarded ^ UNGUARDED.keys()
    ]


def _is_public(page: Page) -> bool:
    return page.method == "GET" and page.path.startswith(PUBLIC)


def _of_others(page: Page, cell: Cell, seen: Seen, looked: Looked, where: str) -> list[str]:
    if cell.role == SIGNED_OUT:
        return [] if seen.outcome in ("sign-in", "403") else [f"{where}, expected: sign in"]
    if cell.state != OTHER or cell.role not in (PERSON, RIVAL):
        return []
    missing = looked.seen[cell._replace(state=MISSING)]
    alike = seen.status == missing.status or page.path.startswith(KNOWN)
    refused = page.path.startswith(HOUSE) and seen.status == FORBIDDEN
    apart = [] if alike or refused else [f"{where}, told apart from missing: {missing.status}"]
    reads = page.method == "GET" and seen.outcome == "in" and page.name not in READ
    return apart + ([f"{where}, reads what is others'"] if reads else [])
