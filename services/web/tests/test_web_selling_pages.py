"""Sellers' pages against the real services: what is personal, what is kept when a file is refused, and large files."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from fairseat_common.bus import Broker
from fairseat_common.ids import new_id
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.running import RunningService, Servers, start_service

DEAD = "http://127.0.0.1:9"
HEAD = "show_id,section,row,seats,price"
PAGES = (
    "/listings", "/listings/{id}/edit", "/listings/{id}/codes", "/shows/{id}/sell", "/shows/{id}/sell/seats",
    "/shows/{id}/sell/guidance", "/sell/import",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(servers: Servers, issuer: Issuer) -> AsyncIterator[RunningService]:
    """Web with the services that a seller needs before anything is sold."""
    broker = Broker(servers.nats.url, "test")
    await broker.open()
    await broker.forget_streams()
    auth = await start_service(servers, issuer, broker, "auth", {})
    keys = {"JWKS_URL": f"{auth.url}/.well-known/jwks.json"}
    catalog, tickets = [await start_service(servers, issuer, broker, name, keys) for name in ("catalog", "tickets")]
    urls = {"AUTH_URL": auth.url, "CATALOG_URL": catalog.url, "TICKETS_URL": tickets.url}
    dead = dict.fromkeys(("ORDERS_URL", "PAYMENTS_URL", "NOTIFICATIONS_URL"), DEAD)
    running = await start_service(servers, issuer, broker, "web", {**keys, **urls, **dead, "WEB_SECRET": "of tests"})
    yield running
    for service in (running, tickets, catalog, auth):
        await service.stop()
    await broker.close()


def token(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', html)
    assert found
    return found[1]


async def seller_of(web: RunningService) -> httpx.AsyncClient:
    client = web.client()
    form = {"csrf": token((await client.get("/sign-up")).text), "email": f"{new_id().hex}@example.org"}
    answer = await client.post("/sign-up", data={**form, "password": "a fine long pass phrase"})
    assert answer.status_code == 303
    return client


async def sent(client: httpx.AsyncClient, lines: str = "", file: bytes = b"", do: str = "check") -> httpx.Response:
    form = {"csrf": token((await client.get("/sell/import")).text), "lines": lines, "do": do}
    return await client.post("/sell/import", data=form, files={"file": ("seats.csv", file, "text/csv")})


async def test_what_is_a_sellers_own_asks_for_a_sign_in(web: RunningService) -> None:
    visitor = web.client()
    for path in PAGES:
        answer = await visitor.get(path.format(id=new_id()))
        assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), path
    assert (await visitor.get("/sell/import/template.csv")).status_code == 200


async def test_a_refused_file_leaves_what_was_pasted_and_says_why(web: RunningService) -> None:
    seller = await seller_of(web)
    pasted = f"{HEAD}\nZoë & <Co>,Stalls,F,1,50"
    refused = ((b"PK\x03\x04\0", "That is no text file."), (b"x" * 1_000_001, "larger than 1 MB"), (b"no columns", ""))
    for file, why in refused:
        answer = await sent(seller, pasted, file)
        assert (answer.status_code, why in answer.text) == (422, True), why
        assert "Zoë &amp; &lt;Co&gt;,Stalls" in answer.text
        assert 'aria-invalid="true"' in answer.text
    empty = await sent(seller)
    assert (empty.status_code, "Choose a file, or paste its lines." in empty.text) == (422, True)
    huge = await sent(seller, "", b"x" * 6_000_000)
    assert huge.status_code == 413
    forged = await seller.post("/sell/import", data={"csrf": "x.y", "lines": pasted})
    assert forged.status_code == 403


async def test_five_hundred_lines_are_looked_through_at_once_and_one_more_is_too_many(web: RunningService) -> None:
    seller = await seller_of(web)
    lines = [f"{new_id() if number % 100 == 0 else 'x'},Stalls,F,{number},50" for number in range(500)]
    answer = await sent(seller, "", "\r\n".join([HEAD, *lines]).encode(), do="list")
    assert answer.status_code == 200, answer.text
    assert "500 cannot be listed." in answer.text
    assert answer.text.count("There is no show with this show_id.") >= 500
    more = await sent(seller, "", "\n".join([HEAD, *lines, lines[0]]).encode())
    assert (more.status_code, "more than 500 lines" in more.text) == (422, True)


async def test_a_report_is_a_file_without_formulas(web: RunningService) -> None:
    seller = await seller_of(web)
    form = {"csrf": token((await seller.get("/sell/import")).text), "rows": '[["2","Listed","=1+1"]]'}
    report = await seller.post("/sell/import/report", data=form)
    assert report.headers["content-disposition"] == 'attachment; filename="fairseat-report.csv"'
    assert report.text.splitlines()[-1] == "2,Listed,'=1+1"
    for rows in ("", "{", '{"a":1}', "[[1]]"):
        answer = await seller.post("/sell/import/report", data={**form, "rows": rows})
        assert (answer.status_code, len(answer.text.splitlines())) == (200, 1)


async def test_filters_that_nobody_could_choose_find_nothing(web: RunningService) -> None:
    seller = await seller_of(web)
    paths = ("/listings?selling=lost", "/listings?show=x", "/listings?cursor=x")
    for answer in await asyncio.gather(*(seller.get(path) for path in paths)):
        assert (answer.status_code, "No listing fits that." in answer.text) == (200, True)
    assert "Nothing on sale." in (await seller.get("/listings")).text
