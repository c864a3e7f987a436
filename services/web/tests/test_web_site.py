"""The pages against the real services: what people and their browsers get, with and without scripts."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest_asyncio

from fairseat_common.bus import Broker
from fairseat_common.ids import new_id
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.running import RunningService, Servers, start_service

DEAD = "http://127.0.0.1:9"
PASSWORD = "a fine long pass phrase"
PERSONAL = (
    "/tickets", "/orders", "/listings", "/checkout/{id}", "/checkout/{id}/clock", "/orders/{id}",
    "/orders/{id}/events", "/orders/{id}/stage",
    "/tickets/{id}", "/tickets/{id}/code", "/listings/{id}/edit", "/shows/{id}/sell",
    "/orders/{id}/paid", "/orders/{id}/receipt", "/sales", "/operator/money", "/operator/money/entries",
    "/operator/orders", "/operator/orders/{id}",
)  # fmt: skip
HTML = {"accept-encoding": "gzip"}


@dataclass
class Site:
    """Web with the services that it asks, and one show."""

    web: RunningService
    show_id: str

    def visitor(self) -> httpx.AsyncClient:
        """A browser that has never been here."""
        return self.web.client()


def field(html: str, name: str) -> str:
    """The value of the first field of that name."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found[1]


async def send(client: httpx.AsyncClient, page: str, action: str, **values: str) -> httpx.Response:
    """Open a page and send its form, as a browser does."""
    form = {"csrf": field((await client.get(page)).text, "csrf"), **values}
    return await client.post(action, data=form)


async def sign_up(client: httpx.AsyncClient) -> str:
    """Open an account; its address."""
    email = f"{new_id().hex}@example.org"
    answer = await send(client, "/sign-up", "/sign-up", email=email, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return email


@dataclass
class House:
    """Web and the services that it asks, started once for this module; an organiser who is signed in."""

    web: RunningService
    organiser: httpx.AsyncClient


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(servers: Servers, issuer: Issuer) -> AsyncIterator[House]:
    broker = Broker(servers.nats.url, "test")
    await broker.open()
    await broker.forget_streams()
    running: list[RunningService] = []

    async def start(name: str, **environ: str) -> RunningService:
        running.append(await start_service(servers, issuer, broker, name, environ))
        return running[-1]

    auth = await start("auth", ORGANISER_EMAILS="organiser@example.org")
    keys = {"JWKS_URL": f"{auth.url}/.well-known/jwks.json"}
    asked = [auth, *[await start(name, **keys) for name in ("catalog", "tickets", "orders")]]
    urls = {f"{service.name.upper()}_URL": service.url for service in asked}
    web = await start("web", **keys, **urls, PAYMENTS_URL=DEAD, NOTIFICATIONS_URL=DEAD, WEB_SECRET="of the tests")
    account = {"email": "organiser@example.org", "password": PASSWORD}
    signed = await auth.client().post("/api/users/signup", json=account)
    organiser = running[1].client()
    organiser.cookies.update(signed.cookies)
    yield House(web, organiser)
    for service in reversed(running):
        await service.stop()
    await broker.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site(house: House) -> Site:
    """The running services with a show of the test's own, in a venue with a seated and a standing section."""
    sections = [
        {"name": "Stalls", "kind": "seated", "rows": [{"name": "F", "seats": ["1", "2", "3", "4"]}], "capacity": 4},
        {"name": "Floor", "kind": "standing", "rows": [], "capacity": 50},
    ]
    venue = {
        "name": f"Town Hall {new_id().hex[-6:]}", "city": "Köln", "country": "DE", "timezone": "Europe/Berlin",
        "lat": 50.9, "lon": 6.9, "capacity": 54, "currency": "EUR", "chart": {"sections": sections},
    }  # fmt: skip
    made = await house.organiser.post("/api/venues", json=venue)
    assert made.status_code == 201, made.text
    starts_at = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT19:00:00Z")
    show = {"title": "Night <Swim>", "category": "concert", "performers": ["Ada Lund"], "venue_id": made.json()["id"]}
    shown = await house.organiser.post("/api/shows", json={**show, "starts_at": starts_at, "currency": "EUR"})
    assert shown.status_code == 201, shown.text
    return Site(house.web, str(shown.json()["id"]))


async def list_seats(site: Site, seller: httpx.AsyncClient, **changes: str) -> httpx.Response:
    page = f"/shows/{site.show_id}/sell"
    html = (await seller.get(page)).text
    values = {
        "key": field(html, "key"),
        "section": "Stalls",
        "row": "F",
        "seats": "1-2",
        "price": "49,90",
        "split": "any",
    }
    return await send(seller, page, page, **{**values, **changes})


async def test_a_visitor_finds_the_show_and_every_page_carries_its_guards(site: Site) -> None:
    visitor = site.visitor()
    for path in ("/", "/shows?q=swim", f"/shows/{site.show_id}", "/sell?q=night"):
        answer = await visitor.get(path, headers=HTML)
        assert answer.status_code == 200
        assert "Night &lt;Swim&gt;" in answer.text, path
        assert "<Swim>" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" not in answer.headers["cache-control"]
    assert "Nothing fits all of that." in (await visitor.get("/shows?q=zzzzqqqq")).text
    wrong = await visitor.get("/shows?from=tomorrow&city=K%C3%B6ln")
    assert "Give the date as year-month-day." in wrong.text
    assert 'value="Köln"' in wrong.text


async def test_a_trade_without_scripts_as_far_as_the_payment(site: Site) -> None:
    seller, buyer = site.visitor(), site.visitor()
    await sign_up(seller)
    answer = await list_seats(site, seller)
    assert (answer.status_code, answer.headers["location"]) == (303, "/listings?done=listed")
    mine = await seller.get("/listings")
    assert "Stalls, row F" in mine.text
    assert mine.headers["cache-control"] == "no-store"

    page = f"/shows/{site.show_id}"
    html = (await buyer.get(page, headers={"accept-language": "de"})).text
    assert "54,89\u00a0€" in html
    form = {name: field(html, name) for name in ("listing_id", "key")} | {"quantity": "1"}
    signed_out = await send(buyer, page, f"{page}/hold", **form)
    assert signed_out.headers["location"].startswith("/sign-in?return=")
    await sign_up(buyer)
    # A double click: the same form twice is one order.
    first, second = [await send(buyer, page, f"{page}/hold", **form) for _ in range(2)]
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    checkout = await buyer.get(first.headers["location"])
    assert "€54.89" in checkout.text
    assert re.search(r'role="timer"[^>]*>(10:00|9:5\d)<', checkout.text)

    paid = await send(
        buyer,
        first.headers["location"],
        first.headers["location"] + "/pay",
        payment_method="pm_card_visa",
        key=form["key"],
    )
    assert paid.status_code == 503, "payments does not answer in this test"
    assert "cannot be paid twice" in paid.text
    assert field(paid.text, "key") == form["key"]

    gone = await send(buyer, first.headers["location"], first.headers["location"] + "/give-up")
    assert gone.headers["location"] == f"{page}?done=given-up"
    assert "You gave this order up." in (await buyer.get(first.headers["location"], follow_redirects=True)).text
    others = await seller.get(first.headers["location"])
    assert others.status_code == 404


async def test_forms_keep_what_was_typed_and_say_what_is_wrong_beside_the_field(site: Site) -> None:
    seller = site.visitor()
    answer = await send(seller, "/sign-up", "/sign-up", email="not an address", password="short", name="Ölaf")
    assert answer.status_code == 422
    assert 'value="Ölaf"' in answer.text
    assert 'aria-describedby="email-hint email-error" aria-invalid="true"' in answer.text
    assert "short" not in answer.text
    email = await sign_up(seller)
    wrong = await list_seats(site, seller, price="free", seats="9-1", notes="Aisle & window")
    assert wrong.status_code == 422
    assert "9-1 is no range of seats." in wrong.text
    assert "Aisle &amp; window" in wrong.text
    preview = await list_seats(site, seller, preview="1")
    assert "€54.89" in preview.text
    assert (await list_seats(site, seller)).status_code == 303
    again = await list_seats(site, seller, seats="2, 3")
    assert again.status_code == 409
    assert "already on sale" in again.text
    taken = site.visitor()
    answer = await send(taken, "/sign-up", "/sign-up", email=email, password=PASSWORD)
    assert (answer.status_code, "already an account" in answer.text) == (409, True)
    wrong = await send(taken, "/sign-in", "/sign-in", email=email, password="not this one")
    assert (wrong.status_code, "do not match" in wrong.text) == (401, True)


async def test_an_edit_based_on_an_old_version_is_told_and_changes_nothing(site: Site) -> None:
    seller = site.visitor()
    await sign_up(seller)
    await list_seats(site, seller)
    edit = re.search(r"/listings/[0-9a-f-]{36}/edit", (await seller.get("/listings")).text)
    assert edit
    version = field((await seller.get(edit[0])).text, "version")
    values = {"version": version, "split": "any", "notes": ""}
    assert (await send(seller, edit[0], edit[0], price="60", **values)).headers["location"] == "/listings?done=saved"
    stale = await send(seller, edit[0], edit[0], price="70", **values)
    assert stale.status_code == 412
    assert "changed meanwhile" in stale.text
    assert 'value="60.00"' in stale.text
    withdrawn = await send(seller, edit[0], edit[0].replace("edit", "withdraw"), version=field(stale.text, "version"))
    assert withdrawn.headers["location"] == "/listings?done=withdrawn"


async def test_a_form_without_its_token_changes_nothing(site: Site) -> None:
    visitor = site.visitor()
    form = {"email": "a@example.org", "password": PASSWORD}
    for extra in ({}, {"csrf": "x.y"}):
        answer = await visitor.post("/sign-up", data={**form, **extra})
        assert (answer.status_code, "open for too long" in answer.text) == (403, True)
    html = (await visitor.get("/sign-up")).text
    visitor.cookies.clear()
    assert (await visitor.post("/sign-up", data={**form, "csrf": field(html, "csrf")})).status_code == 403
    forged = await visitor.post("/sign-up", data=form, headers={"origin": "https://evil.example"})
    assert forged.status_code == 403


async def test_an_ended_access_token_is_replaced_on_the_way(site: Site) -> None:
    person = site.visitor()
    await sign_up(person)
    session = person.cookies["fairseat_session"]
    browser = site.web.client()
    browser.cookies.set("fairseat_session", session)
    # A page and what it loads arrive together; the session is exchanged once and survives.
    answers = await asyncio.gather(*(browser.get(path) for path in ("/tickets", "/orders", "/listings")))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all("fairseat=" in answer.headers["set-cookie"] for answer in answers)
    assert (await browser.get("/tickets")).status_code == 200
    browser.cookies.clear()
    browser.cookies.set("fairseat_session", "made-up")
    answer = await browser.get("/tickets")
    assert answer.headers["location"] == "/sign-in?return=%2Ftickets"
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_signing_out_ends_the_session(site: Site) -> None:
    person = site.visitor()
    await sign_up(person)
    before = dict(person.cookies)
    assert (await send(person, "/tickets", "/sign-out")).headers["location"] == "/?done=signed-out"
    assert "fairseat" not in person.cookies
    thief = site.web.client()
    thief.cookies.set("fairseat_session", before["fairseat_session"])
    assert (await thief.get("/tickets")).status_code == 303


async def test_what_is_not_there_is_said_and_what_is_personal_asks_for_a_sign_in(site: Site) -> None:
    visitor = site.visitor()
    for path in ("/nope", "/shows/x", "/shows/00000000-0000-7000-8000-000000000000", "/orders/x"):
        answer = await visitor.get(path)
        assert (answer.status_code, "We cannot find that page." in answer.text) == (404, True), path
    for path in PERSONAL:
        target = path.format(id=site.show_id)
        answer = await visitor.get(target)
        assert answer.status_code == 303, path
        assert answer.headers["location"] == "/sign-in?return=" + target.replace("/", "%2F")
