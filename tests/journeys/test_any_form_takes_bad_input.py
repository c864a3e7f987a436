"""Every form of the site, found by walking through its pages, takes whatever is typed: it answers with a page that says
what is wrong and keeps what was typed, or goes on; it never breaks. And no name, however long or in whichever script,
breaks a page.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import page_for
from fairseat_common.testing.trading import PRICE, Trader
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)

BAD = {
    "nothing": "",
    "very long": "Lange Rede " * 60,
    "emoji": "🎟️👩‍👩‍👧‍👦🏳️‍🌈",
    "right to left": "مرحبا بالعالم \u202e abc",
    "control characters": "a\x00b\x07c\x1b[31m\r\nd\x7f",
    "markup": "<script>alert(1)</script>\"'><b>",
    "a negative number": "-1",
    "a huge number": "9" * 400,
    "no number": "1e9,٣.NaN",
    "no unicode": "\ufffe\ufdd0 ﷺ \u0301\u0301",
}
PAGES_MAX = 150
NOT_OURS = ("/api/", "/static/", "/dev/")
"""Where the walk does not lead: programs, files, and the caught mail."""
TYPED = {"text", "search", "email", "url", "tel", "number", "password", "date", "time", "datetime-local", "textarea"}
KEPT = TYPED - {"password"}
LAST = ("/sign-out",)
"""Forms that end the walk; tried when all others were."""
SEEDS = (
    "/", "/shows", "/sell", "/orders", "/tickets", "/listings", "/sales", "/saved", "/settings", "/waiting", "/sign-in",
    "/sign-up", "/unsubscribe",
)  # fmt: skip
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Form:
    """A form as a browser reads it: where it goes, and its fields with kind and value."""

    page: str
    action: str
    method: str
    multipart: bool
    name: str = ""
    fields: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def kind(self) -> tuple[str, str, frozenset[str]]:
        """What tells a form from others, whichever thing it is about."""
        path = ID.sub("{}", urlsplit(self.action).path)
        entered = {re.sub(r"\d+", "#", ID.sub("{}", name)) for name, kind, _ in self.fields if kind in TYPED}
        return self.method, path, frozenset(entered if self.method == "post" else ())


class Reader(HTMLParser):
    """Forms, links, and whether a page has a message."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.message = False
        self._url = url
        self._area = False
        self._last: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        of = {name: value or "" for name, value in attrs}
        classes = of.get("class", "").split()
        self.message |= of.get("role") in ("alert", "status") or "error" in classes or of.get("aria-invalid") == "true"
        if tag == "a" and of.get("href", "").startswith(("/", "?")):
            self.links.append(urljoin(self._url, of["href"]))
        elif tag == "form":
            action = urljoin(self._url, of.get("action") or urlsplit(self._url).path)
            multipart = of.get("enctype") == "multipart/form-data"
            self.forms.append(Form(self._url, action, of.get("method", "get").lower(), multipart, of.get("id", "")))
        elif tag in ("input", "select", "textarea", "button") and of.get("name") and "disabled" not in of:
            self._field(tag, of)
        elif tag == "option" and self._last and "selected" in of:
            self._last[-1] = (*self._last[-1][:2], of.get("value", ""))

    def _field(self, tag: str, of: dict[str, str]) -> None:
        kind = of.get("type", "text") if tag == "input" else tag
        # A field may stand outside of its form and name it.
        owner = next((form for form in self.forms if of.get("form") and form.name == of["form"]), None)
        owner = owner or (self.forms[-1] if self.forms else None)
        known = owner and any(of["name"] == name for name, _, _ in owner.fields)
        if owner and not (known and kind in ("radio", "checkbox") and "checked" not in of):
            owner.fields.append((of["name"], kind, of.get("value", "")))
            self._last = owner.fields
            self._area = tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        """The end of a text area."""
        if tag == "textarea":
            self._area = False

    def handle_data(self, data: str) -> None:
        """What a text area holds."""
        if self._area:
            name, kind, value = self._last[-1]
            # The first line break belongs to the markup.
            self._last[-1] = (name, kind, value + (data if value else data.removeprefix("\n")))


async def patiently(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """A page may say that it is busy and asks to come again; when it does so three times, it is broken."""
    for _ in range(3):
        answer = await client.get(url, follow_redirects=True)
        if answer.status_code != 503:
            break
    return answer


class Walk:
    """Somebody's way through all pages that links lead to, one of each kind."""

    def __init__(self, client: httpx.AsyncClient, under: str = "/") -> None:
        self.client = client
        self.under = under
        self.pages: dict[str, str] = {}
        self.read: list[str] = []
        self.faults: list[str] = []
        self.forms: dict[tuple[str, str, frozenset[str]], Form] = {}

    async def everywhere(self, *seeds: str) -> None:
        """Follow links breadth-first from the seeds."""
        waiting = deque(("", str(self.client.base_url.join(seed))) for seed in seeds)
        while waiting and len(self.pages) < PAGES_MAX:
            came, url = waiting.popleft()
            if came and self._known(url):
                continue
            answer = await patiently(self.client, url)
            if answer.status_code >= 500 or (answer.status_code == 404 and came):
                self.faults.append(f"{came or 'we'} lead to {url}, which answers {answer.status_code}")
            self.pages[self._kind(url)] = url
            if "text/html" in answer.headers.get("content-type", ""):
                self.read.append(str(answer.url))
                read = Reader(str(answer.url), answer.text)
                waiting.extend((url, link) for link in read.links if not self._known(link))
                for form in read.forms:
                    self.forms.setdefault(form.kind, form)

    def _known(self, url: str) -> bool:
        path = urlsplit(url).path
        return self._kind(url) in self.pages or path.startswith(NOT_OURS) or not path.startswith(self.under)

    @staticmethod
    def _kind(url: str) -> str:
        """A page about one thing stands for those about others, and a filtered list for all filters."""
        parts = urlsplit(url)
        path = re.sub(r"(/(?:cities|performers|venues)/).+", r"\1{}", ID.sub("{}", parts.path))
        return path + ("?" if parts.query else "")


def filled(form: Form, value: str, hidden: bool) -> dict[str, str]:
    """The form with `value` in everything that a person types or chooses, or in what the page has filled in as well."""
    stays = ("file", "button") if hidden else ("file", "button", "hidden")
    return {
        name: given if name == "csrf" or kind in stays else value
        for name, kind, given in form.fields
        if kind not in ("submit", "button")
    }


async def sent(client: httpx.AsyncClient, form: Form, values: dict[str, str], file: str = "") -> httpx.Response:
    """Send a form as a browser does; `file` is what a chosen file holds."""
    headers = {"Referer": form.page, "Origin": str(client.base_url).rstrip("/")}
    if form.method == "get":
        return await client.get(form.action, params=values, headers=headers)
    if not form.multipart:
        return await client.post(form.action, data=values, headers=headers)
    parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in values.items()]
    parts += [
        (name, ("Ünsinn 🎟.csv" if file else "", file.encode())) for name, kind, _ in form.fields if kind == "file"
    ]
    return await client.post(form.action, files=parts, headers=headers)


async def fresh(client: httpx.AsyncClient, form: Form) -> tuple[Form, bool]:
    """The form as its page has it now, with a token that counts, and whether the page has it still.

    Something that was typed before may have done what it is for: a show that was cancelled is not cancelled again.
    """
    answer = await patiently(client, form.page)
    found = [each for each in Reader(str(answer.url), answer.text).forms if each.kind == form.kind]
    return (found[0], True) if found else (form, False)


def wrong(form: Form, values: dict[str, str], answer: httpx.Response, kept: bool) -> Iterator[str]:
    """What is not right about an answer; `kept`: whether it has to have what was typed."""
    if answer.status_code >= 500 or answer.status_code == 403:
        yield f"answers {answer.status_code}"
    if answer.is_redirect or form.method == "get":
        return
    if "text/html" not in answer.headers.get("content-type", ""):
        yield f"answers {answer.status_code} {answer.headers.get('content-type')}"
        return
    read = Reader(str(answer.url), answer.text)
    if not read.message:
        yield f"answers {answer.status_code} without a message"
    if not kept or answer.status_code in (404, 413, 429):
        return
    again = [each for each in read.forms if each.kind[:2] == form.kind[:2]]
    now = {name: value for each in again for name, kind, value in each.fields if kind in KEPT}
    for name, kind, _ in form.fields:
        if kind in KEPT and kind not in ("number", "date", "time") and name in values:
            typed = plain(values[name])
            if typed and plain(now.get(name, "")) != typed:
                yield f"does not keep {name}: {now.get(name)!r:.60}"


def plain(text: str) -> str:
    """Text without what a form may trim, cut or cannot carry."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:400]


LONG = "الليلة🎪" + "W" * 120 + " " + "Ж" * 40 + "夏祭り" * 8
"""As long as a line of the catalogue may be, without a place to break it, in five scripts."""
NOTES = "N" * 300 + "\n" + "ملاحظة " * 30 + "🎟️" * 20


@dataclass
class Somebody:
    """Who has one of everything, all of it at a show with unlikely names."""

    trader: Trader
    show_id: str
    other_show_id: str
    bought_id: str
    held_id: str


async def unlikely_show(client: httpx.AsyncClient) -> dict[str, Any]:
    """A show whose names are as long as they may be."""
    account = {"email": "organiser@fairseat.example", "password": "fairseat demo 1"}
    assert (await client.post("/api/users/signin", json=account)).status_code == 200
    row = {"name": "R" * 20, "seats": [f"{number}{'S' * 9}" for number in range(1, 9)]}
    venue = {
        "name": new_id().hex[-12:] + LONG[:180], "city": "Llanfair🏴" + "y" * 60, "country": "GB",
        "timezone": "Europe/London", "lat": 53.2, "lon": -4.2, "capacity": 8, "currency": "GBP",
        "chart": {"sections": [{"name": "ق" * 15 + "X" * 35, "kind": "seated", "capacity": 8, "rows": [row]}]},
    }  # fmt: skip
    made = await client.post("/api/venues", json=venue)
    assert made.status_code == 201, made.text
    show = {
        "title": LONG,
        "category": "concert",
        "venue_id": made.json()["id"],
        "starts_at": f"{datetime.now(UTC).date() + timedelta(days=300)}T19:30:00Z",
    }
    made = await client.post("/api/shows", json=show | {"performers": [LONG, "Q" * 200]})
    assert made.status_code == 201, made.text
    return made.json()  # type: ignore[no-any-return]


async def listed(seller: Trader, show: dict[str, Any]) -> dict[str, Any]:
    """Every seat of the show but the last, by one seller, with long notes."""
    venue = (await seller.client.get(f"/api/venues/{show['venue']['id']}")).json()
    section = venue["chart"]["sections"][0]
    body = {
        "show_id": show["id"], "section": section["name"], "row": section["rows"][0]["name"],
        "seats": section["rows"][0]["seats"][:7], "unit_price": {"amount": PRICE, "currency": "GBP"}, "split": "any",
        "notes": NOTES,
    }  # fmt: skip

    async def made() -> dict[str, Any] | None:
        answer = await seller.client.post("/api/listings", json=body)
        assert answer.status_code in (201, 404), answer.text
        return answer.json() if answer.status_code == 201 else None

    return await eventually(made, 20)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def somebody(one_process: WholeSystem) -> AsyncIterator[Somebody]:
    """Somebody who has tickets, a listing, a hold, a transfer, an alert, a favourite, and a place in a line."""
    async with one_process.client() as organising, one_process.client() as selling, one_process.client() as client:
        show = await unlikely_show(organising)
        seller, buyer = Trader(selling), Trader(client)
        await seller.sign_up("L" * 190)
        await buyer.sign_up("ع" * 190)
        offered = await listed(seller, show)
        bought = await buyer.held(offered, 3)
        assert await eventually(lambda: buyer.paid(bought))

        async def issued() -> list[dict[str, Any]]:
            tickets = await buyer.tickets(bought)
            return tickets if len(tickets) == 3 else []

        first, second, _ = await eventually(issued, 20)
        resale = {key: first[key] for key in ("show_id", "section", "row")} | {"seats": [first["seat"]]}
        resale |= {"unit_price": offered["unit_price"], "split": "any", "notes": NOTES}
        assert (await client.post("/api/listings", json=resale)).status_code == 201
        held = await buyer.held(offered, 2)
        gift = {"email": seller.email, "message": NOTES[:400]}
        assert (await client.post(f"/api/tickets/{second['id']}/transfer", json=gift)).status_code == 202
        wish = {"show_id": show["id"], "quantity": 8}
        assert (await client.post("/api/waiting", json=wish)).status_code == 201
        assert (await client.post("/api/alerts", json=wish | {"max_price": offered["unit_price"]})).status_code == 201
        assert (await client.put(f"/api/favourites/{show['id']}")).status_code == 204
        others = (await client.get("/api/shows", params={"limit": 2})).json()["items"]
        other = next(each["id"] for each in others if each["id"] != show["id"])
        yield Somebody(buyer, show["id"], other, bought["id"], held["id"])


async def tried(client: httpx.AsyncClient, *seeds: str, under: str = "/") -> tuple[int, list[str]]:
    """Every form found from the seeds with every kind of bad input: how many were sent, and what was not right."""
    walk = Walk(client, under)
    await walk.everywhere(*seeds)
    asking = sorted(walk.forms.values(), key=lambda form: (not typed(form), urlsplit(form.action).path in LAST))
    count, faults = 0, walk.faults
    for form in asking:
        kinds = BAD if typed(form) else TAMPERED
        # What a page has filled in is tampered with once; a file counts instead of what is typed.
        tries = [(kind, kinds[kind], "", kind != "markup") for kind in kinds]
        tries += [(kind, "", BAD[kind], False) for kind in (BAD if form.multipart else ())]
        for kind, value, file, kept in tries:
            now, is_there = await fresh(client, form)
            values = filled(now, value, kind == "markup")
            answer = await sent(client, now, values, file)
            count += 1
            faults += [
                f"{form.method} {ID.sub('{}', urlsplit(form.action).path)} with {kind} {said}"
                for said in wrong(now, values, answer, kept and is_there)
            ]
    return count, faults


TAMPERED = {"markup": BAD["markup"], "nothing": ""}
"""For forms that are only a button: once tampered with, once as they are."""


def typed(form: Form) -> bool:
    """Whether a person enters or chooses something in the form."""
    return any(kind not in ("hidden", "button", "submit") for _, kind, _ in form.fields)


async def test_no_name_however_long_sticks_out_of_a_page(
    one_process: WholeSystem, browser: Browser, somebody: Somebody
) -> None:
    client = somebody.trader.client
    walk = Walk(client)
    await walk.everywhere(*seeds_of(somebody), "/shows?q=" + LONG[:20])
    assert walk.faults == []
    sticking = []
    page = await page_for(browser, one_process.url, phone=True)
    kept = client.cookies.jar
    cookies = [{"name": each.name, "value": each.value or "", "url": one_process.url} for each in kept]
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    for url in walk.read:
        await page.goto(url, wait_until="domcontentloaded")
        if over := await page.evaluate(OVERFLOW):
            sticking.append(f"{url} is too wide: {over}")
    assert sticking == [], "\n".join(sticking)
    assert len(walk.read) > 15


OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return "";
  const found = [...document.querySelectorAll("main *")].find((each) => each.getBoundingClientRect().right > wide + 1);
  return found ? `${found.tagName}.${found.className}` : "something";
}"""


def seeds_of(somebody: Somebody) -> tuple[str, ...]:
    """Where to begin: what a page leads to, and the pages about the one show."""
    show, other = f"/shows/{somebody.show_id}", f"/shows/{somebody.other_show_id}"
    own = (
        show,
        f"{show}/sell",
        f"{show}/waiting",
        f"{show}/best",
        f"{other}/waiting",
        f"{other}/best",
        "/shows?city=Llanfair",
    )
    return (*own, f"/orders/{somebody.bought_id}", f"/checkout/{somebody.held_id}", *SEEDS)


async def test_whatever_is_typed_into_any_form_the_page_says_what_is_wrong(
    one_process: WholeSystem, somebody: Somebody
) -> None:
    count, faults = await tried(somebody.trader.client, *seeds_of(somebody))
    assert faults == [], "\n".join(faults)
    assert count > len(BAD) * 10


async def test_the_operators_forms_take_bad_input_too(one_process: WholeSystem, somebody: Somebody) -> None:
    """Some of what is typed is a good reason to ban, withdraw or stop: it hits what is ours, and sales go on after."""
    async with one_process.client() as client:
        account = {"email": "operator@fairseat.example", "password": "fairseat demo 1"}
        assert (await client.post("/api/users/signin", json=account)).status_code == 200
        reader = (await client.get("/api/users", params={"q": somebody.trader.email})).json()["items"][0]
        found = await client.get("/operations/tickets/listings", params={"show_id": somebody.show_id})
        ours = (
            f"/operator/orders/{somebody.bought_id}",
            f"/operator/users/{reader['id']}",
            f"/operator/users/{reader['id']}/ban",
            f"/operator/listings/{found.json()['items'][0]['id']}/withdraw",
            f"/operator/shows/{somebody.show_id}/cancel",
        )
        try:
            count, faults = await tried(client, *ours, "/operator/money", under="/operator")
        finally:
            # Signing out is among the forms.
            assert (await client.post("/api/users/signin", json=account)).status_code == 200
            for switch in ("/api/orders/switch", "/api/payouts/switch"):
                moved = await client.put(switch, json={"open": True, "reason": "Tried out."})
                assert moved.status_code == 200, moved.text
    assert faults == [], "\n".join(faults)
    assert count > len(BAD)
