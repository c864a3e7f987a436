"""The steps of a smoke test, in order: each says what it saw, or raises Failed or Skipped."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from fairseat_common.testing.trading import PASSWORD, PRICE, Trader
from fairseat_common.testing.waiting import eventually
from fairseat_deploy.smoke import REQUEST_MAX_S, Failed, Skipped, Visitor, expect, trust, visitor
from fairseat_local.routes import PREFIXES, PRIVATE, SERVICES

Step = Callable[[Visitor], Awaitable[str]]
CERTIFICATE_DAYS_MIN = 14
"""cert-manager renews thirty days before the end: fewer than this say that it could not."""
WEBHOOK = "/api/payments/webhook"
PAGES = ("/", "/shows", "/sign-in", "/sign-up", "/api/docs")
HEADERS = {"content-security-policy": "", "x-content-type-options": "nosniff", "referrer-policy": ""}
HSTS_MIN_S = 31_536_000
TICKET_MAX_S = 60.0
SEATS_TRIED = 20
"""For each show: of a venue that is nearly sold another show has seats."""
DOCUMENT_MAX_S = 90.0
"""A service that was slow to tell its part is asked again after a while."""
DOCUMENTED = ("/api/users/", "/api/shows", "/api/listings", "/api/orders", "/api/payments", "/api/notifications")


async def certificate(who: Visitor) -> str:
    """Whether browsers trust it, and for how long yet."""
    if not who.target.secure:
        raise Skipped("http has none")
    parts = urlsplit(who.target.url)
    found: dict[str, Any] = await asyncio.to_thread(_certificate, who, parts.hostname or "", parts.port or 443)
    # Written by OpenSSL, always in English and in GMT.
    ends = datetime.strptime(found["notAfter"], "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
    days = (ends - datetime.now(UTC)).days
    issuer = dict(pair for group in found["issuer"] for pair in group).get("organizationName", "its own authority")
    expect(days >= CERTIFICATE_DAYS_MIN, f"the certificate of {issuer} ends in {days} days")
    return f"by {issuer}, {days} days left"


def _certificate(who: Visitor, host: str, port: int) -> dict[str, Any]:
    with (
        socket.create_connection((host, port), timeout=REQUEST_MAX_S) as plain,
        trust(who.target).wrap_socket(plain, server_hostname=host) as secured,
    ):
        return cast(dict[str, Any], secured.getpeercert())


async def redirect(who: Visitor) -> str:
    """Whether http leads to https."""
    if not who.target.secure:
        raise Skipped("there is no https")
    if urlsplit(who.target.url).port not in (None, 443):
        raise Skipped("https is not at its usual port")
    async with httpx.AsyncClient(timeout=REQUEST_MAX_S) as plain:
        answer = await plain.get(f"http://{who.target.host}/shows")
    to = answer.headers.get("location", "")
    expect(answer.status_code in (301, 307, 308), f"http answered {answer.status_code}")
    expect(to.startswith(f"https://{who.target.host}/"), f"http leads to {to!r}")
    return f"{answer.status_code} to {to}"


async def closed(who: Visitor) -> str:
    """Whether an edge for the team lets nobody else in, and the payment provider all the same."""
    if who.target.basic is None:
        raise Skipped("open to everybody")
    async with httpx.AsyncClient(base_url=who.target.url, timeout=REQUEST_MAX_S, verify=trust(who.target)) as stranger:
        answers = {path: await stranger.get(path) for path in ("/", "/api/shows", "/robots.txt")}
        event = await stranger.post(WEBHOOK, content=b"{}")
        lied = await stranger.post("/api/shows", content=b"{}", headers={"X-Forwarded-Uri": WEBHOOK})
    ours = [path for path, answer in answers.items() if answer.is_success and "x-request-id" in answer.headers]
    expect(ours == [], f"strangers can read {', '.join(ours)}")
    expect("x-request-id" not in lied.headers, "strangers get in by saying X-Forwarded-Uri")
    expect(event.status_code == 400, f"the payment provider's unsigned event was answered with {event.status_code}")
    return f"strangers get {answers['/'].status_code}; events of the payment provider get through"


async def services(who: Visitor) -> str:
    """Whether every service answers at its own paths, and none shows its private ones."""
    asked = 0
    for service in SERVICES:
        path = next((prefix for prefix, name in PREFIXES.items() if name == service), None)
        if path is None or service == "web":
            continue
        answer = await who.get(path)
        kind = answer.headers.get("content-type", "")
        expect("json" in kind, f"{path} is not answered by {service} but with {answer.status_code} {kind}")
        expect("x-request-id" in answer.headers, f"{path} is answered without a request id")
        asked += 1
    for path in sorted(PRIVATE):
        answer = await who.get(path)
        expect(answer.status_code == 404, f"{path} is public: {answer.status_code}")
    return f"{asked} services answer, {len(PRIVATE)} private paths do not"


async def pages(who: Visitor) -> str:
    """Whether pages are there, with everything that they load from us."""
    loaded: set[str] = set()
    for path in PAGES:
        answer = await who.get(path)
        kind = answer.headers.get("content-type", "")
        expect(answer.status_code == 200 and kind.startswith("text/html"), f"{path}: {answer.status_code} {kind}")
        expect("</html>" in answer.text, f"{path} ends early")
        loaded |= set(re.findall(r'(?:src|href)="(/static/[^"#?]+\.(?:css|js))', answer.text))
    expect(bool(loaded), "no page loads a style")
    for path in sorted(loaded):
        expect((await who.get(path)).status_code == 200, f"{path} is missing")
    return f"{len(PAGES)} pages, {len(loaded)} files"


async def headers(who: Visitor) -> str:
    """Whether answers protect their readers, and search engines are told what they are to do."""
    answer = await who.get("/")
    for name, value in HEADERS.items():
        expect(value in answer.headers.get(name, "\n"), f"{name} is {answer.headers.get(name)!r}")
        expect(name in answer.headers, f"{name} is missing")
    hsts = re.search(r"max-age=(\d+)", answer.headers.get("strict-transport-security", ""))
    # For a machine's own name it would hold at every port there is, so it is not asked for there.
    if who.target.secure and (who.target.host != "localhost" or not who.target.is_local):
        expect(hsts is not None and int(hsts[1]) >= HSTS_MIN_S, "https without strict-transport-security of a year")
    else:
        expect(hsts is None, "strict-transport-security where it does harm")
    robots = (await who.get("/robots.txt")).text
    shut = re.search(r"^Disallow: /$", robots, re.MULTILINE) is not None
    noindex = "noindex" in answer.headers.get("x-robots-tag", "")
    if who.target.hidden:
        expect(noindex and shut, f"search engines are let in: noindex {noindex}, robots.txt forbids all {shut}")
    else:
        expect(not noindex and not shut, f"search engines are kept out: noindex {noindex}, robots.txt {shut}")
    return f"{'hidden from' if who.target.hidden else 'open to'} search engines, HSTS {hsts[1] if hsts else 'none'}"


async def search(who: Visitor) -> str:
    """Whether shows are found by their names, by programs and on the page."""
    answer = await who.get("/api/shows", params={"limit": 1})
    expect(answer.status_code == 200, f"/api/shows answered {answer.status_code}")
    items = answer.json()["items"]
    if not items:
        raise Skipped("there are no shows yet")
    title = items[0]["title"]
    found = (await who.get("/api/shows", params={"q": title})).json()["items"]
    expect(any(show["title"] == title for show in found), f"{title!r} is not found by its name")
    page = await who.get("/shows", params={"q": title})
    expect(f"/shows/{found[0]['id']}" in page.text, f"the page does not show {title!r}")
    return f"{title!r} among {len(found)}"


async def document(who: Visitor) -> str:
    """Whether the API document is there, and whole once every service has told its part."""

    async def whole() -> dict[str, Any]:
        answer = await who.get("/api/openapi.json")
        assert answer.status_code == 200, f"it answered {answer.status_code}"
        told: dict[str, Any] = answer.json()
        missing = [prefix for prefix in DOCUMENTED if not any(path.startswith(prefix) for path in told["paths"])]
        assert missing == [], f"nothing below {', '.join(missing)}"
        return told

    told = await eventually(whole, DOCUMENT_MAX_S)
    return f"OpenAPI {told['openapi']}, {len(told['paths'])} paths"


async def sign_up(who: Visitor) -> str:
    """Whether a new account can be made, with cookies that only HTTPS carries."""
    person = Trader(who.client)
    person.email = who.target.address()
    await person.sign_up("Smoke Test")
    cookies = list(who.client.cookies.jar)
    names = {cookie.name for cookie in cookies}
    expect("__Host-fairseat" in names if who.target.secure else "fairseat" in names, f"cookies are {sorted(names)}")
    own = [cookie for cookie in cookies if "fairseat" in cookie.name and "csrf" not in cookie.name]
    expect(all(cookie.secure == who.target.secure for cookie in own), "cookies travel without HTTPS")
    who.notes["person"] = person
    return person.email


async def sign_in(who: Visitor) -> str:
    """Whether the account lets its owner in again, and pages know who it is."""
    person: Trader | None = who.notes.get("person")
    if person is None:
        raise Skipped("there is no account")
    await person.sign_in_again()
    current = (await who.get("/api/users/currentuser")).json()
    expect(person.email in str(current), "the service does not know who signed in")
    page = await who.get("/settings", follow_redirects=True)
    expect(page.status_code == 200 and "/sign-in" not in page.url.path, "pages do not know who signed in")
    return "by password; pages know it too"


async def buy(who: Visitor) -> str:
    """Whether one person's seat becomes another one's ticket, paid with a test card."""
    if not who.target.buy:
        raise Skipped("only with --buy")
    buyer: Trader | None = who.notes.get("person")
    if buyer is None:
        raise Skipped("there is no account")
    other = visitor(who.target)
    try:
        seller = Trader(other.client)
        seller.email = who.target.address()
        await seller.sign_up("Smoke Seller")
        listing = await _listed(seller)
        order = await buyer.held(listing, wait_s=TICKET_MAX_S)
        paid = await buyer.pay(order)
        expect(paid.status_code == 201, f"paying was answered with {paid.status_code}: {paid.text[:200]}")
        await eventually(lambda: buyer.has_ticket(order), TICKET_MAX_S)
        await eventually(lambda: buyer.charged(order), TICKET_MAX_S)
        ticket = (await buyer.tickets(order))[0]
        code = await buyer.client.get(f"/api/tickets/{ticket['id']}/code")
        expect(code.status_code == 200, f"the ticket has no code: {code.status_code}")
    finally:
        await other.client.aclose()
    total = order["total"]
    return f"order {order['id']} for {total['amount']} {total['currency']} (minor units), seat {ticket['seat']}"


async def _listed(seller: Trader) -> dict[str, Any]:
    """Put one seat on sale that nobody has listed yet. Failed.

    Every run takes one seat for good, so any seat of any show will do; by chance, or later runs would ask for all that
    are gone first.
    """
    said = "no show has numbered seats; one that is far ahead and stays is what this needs"
    for show in (await seller.client.get("/api/shows", params={"limit": 50})).json()["items"]:
        seats = await _seats(seller, show)
        for seat in SystemRandom().sample(seats, min(len(seats), SEATS_TRIED)):
            price = {"amount": PRICE, "currency": show["currency"]}
            offer = {"show_id": show["id"], **seat, "unit_price": price, "split": "any"}
            answer = await seller.client.post("/api/listings", json=offer)
            if answer.status_code == 201:
                return cast(dict[str, Any], answer.json())
            expect(
                answer.status_code == 409, f"listing a seat was answered with {answer.status_code}: {answer.text[:200]}"
            )
            said = f"no seat is left to sell; the last of {show['title']!r} was refused: {answer.json().get('type')}"
    raise Failed(said)


async def _seats(seller: Trader, show: dict[str, Any]) -> list[dict[str, Any]]:
    """Every numbered seat of a show's venue, each as a listing names it."""
    venue = (await seller.client.get(f"/api/venues/{show['venue']['id']}")).json()
    return [
        {"section": section["name"], "row": row["name"], "seats": [seat]}
        for section in venue["chart"]["sections"]
        for row in section["rows"]
        for seat in row["seats"]
    ]


async def leave(who: Visitor) -> str:
    """Whether an account can be deleted; so nothing is left behind where nothing was bought."""
    person: Trader | None = who.notes.get("person")
    if person is None:
        raise Skipped("there is no account")
    if who.target.buy:
        raise Skipped("who has a ticket stays until the show is over")
    answer = await who.client.request("DELETE", "/api/users/me", json={"password": PASSWORD})
    if answer.status_code != 204:
        raise Failed(f"deleting the account was answered with {answer.status_code}: {answer.text[:200]}")
    return "the account is deleted"


STEPS: tuple[tuple[str, Step], ...] = (
    ("certificate", certificate),
    ("http to https", redirect),
    ("team only", closed),
    ("services", services),
    ("pages", pages),
    ("headers", headers),
    ("search", search),
    ("API document", document),
    ("sign up", sign_up),
    ("sign in", sign_in),
    ("buy", buy),
    ("leave", leave),
)
