"""The demo catalogue, loaded into running services through the public API, is whole, found, and never doubled."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.serving import Serving
from fairseat_common.testing.waiting import eventually
from fairseat_local.demo import load
from fairseat_local.demo.cluster import load_into_cluster
from fairseat_local.demo.loader import ACCOUNTS, PASSWORD
from fairseat_local.demo.schedule import LAST_SHOW_TITLE, REHEARSAL_TITLE
from fairseat_local.demo.venues import venues
from fairseat_local.proxy import Proxy, Upstreams
from fairseat_local.router import Router
from fairseat_local.routes import SERVICES

REPEAT_MAX_S = 1.0


@asynccontextmanager
async def marketplace(start: StartService, keys: Path) -> AsyncIterator[tuple[str, dict[str, RunningService]]]:
    """Auth, catalog and tickets behind one origin."""
    auth = await start(
        "auth",
        SIGNING_KEYS_DIR=str(keys),
        ORGANISER_EMAILS="organiser@fairseat.example",
        OPERATOR_EMAILS="operator@fairseat.example",
    )
    jwks = f"{auth.url}/.well-known/jwks.json"
    running = {"auth": auth}
    for name in ("catalog", "tickets"):
        running[name] = await start(name, JWKS_URL=jwks, TICKET_KEYS_DIR=str(keys / name))
    async with Upstreams() as upstreams:
        root = Serving(Router({name: Proxy(name, one.url, upstreams) for name, one in running.items()}))
        await root.start()
        yield root.url, running
        await root.stop()


async def rows(service: RunningService, table: str) -> int:
    async with service.database.connection() as connection:
        counted = await connection.fetchval(f"select count(*) from {table}")
    assert isinstance(counted, int)
    return counted


async def counts(running: dict[str, RunningService]) -> tuple[int, ...]:
    catalog, tickets = running["catalog"], running["tickets"]
    return (
        await rows(running["auth"], "users"),
        await rows(catalog, "venues"),
        await rows(catalog, "shows"),
        await rows(tickets, "listings"),
    )


async def all_shows(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    shows: list[dict[str, Any]] = []
    params = {"limit": "100"}
    while True:
        page = (await client.get("/api/shows", params=params)).json()
        shows += page["items"]
        if page["next_cursor"] is None:
            return shows
        params["cursor"] = page["next_cursor"]


async def test_the_demo_is_loaded_once(start: StartService, tmp_path: Path) -> None:
    async with marketplace(start, tmp_path) as (url, running):
        said: list[str] = []
        await load(url, said.append)
        loaded = await counts(running)
        assert loaded[:2] == (len(ACCOUNTS), len(venues()))
        assert loaded[2] >= 320
        assert loaded[3] >= 150
        assert any("shows" in line for line in said)

        began = time.monotonic()
        await load(url, said.append)
        assert time.monotonic() - began < REPEAT_MAX_S
        assert await counts(running) == loaded

        async with httpx.AsyncClient(base_url=url) as visitor:

            async def every_listing_is_counted() -> bool:
                counted: int = sum(show["listings_count"] for show in await all_shows(visitor))
                return counted == loaded[3]

            await eventually(every_listing_is_counted)
            shows = await all_shows(visitor)
            assert len(shows) == loaded[2]
            assert any(show["lowest_price"] for show in shows)
            assert {show["title"] for show in shows} >= {LAST_SHOW_TITLE, REHEARSAL_TITLE}
            for email in ACCOUNTS:
                answer = await visitor.post("/api/users/signin", json={"email": email, "password": PASSWORD})
                assert answer.status_code == 200
                assert {"organiser@fairseat.example": "organiser"}.get(email, "user") in answer.json()["roles"]


async def test_an_interrupted_load_goes_on_where_it_stopped(start: StartService, tmp_path: Path) -> None:
    async with marketplace(start, tmp_path) as (url, running):

        class Interrupted(Exception):
            pass

        def interrupt(line: str) -> None:
            if line.startswith("listings"):
                raise Interrupted

        try:
            await load(url, interrupt)
        except Interrupted:
            partly = await counts(running)
        await load(url, lambda _: None)
        whole = await counts(running)
        assert whole[0:2] == partly[0:2]
        assert whole[2] == partly[2] + 1  # the rehearsal, which says that all is there
        assert whole[3] > partly[3]
        async with httpx.AsyncClient(base_url=url) as visitor:
            listed = await all_shows(visitor)
        assert len({(show["title"], show["starts_at"], show["venue"]["id"]) for show in listed}) == len(listed)


async def test_the_demo_is_loaded_from_inside_a_cluster_whose_cookies_need_https(
    start: StartService, tmp_path: Path
) -> None:
    public = {"PUBLIC_URL": "https://fairseat.example", "SIGNING_KEYS_DIR": str(tmp_path)}
    auth = await start(
        "auth", **public, ORGANISER_EMAILS="organiser@fairseat.example", OPERATOR_EMAILS="operator@fairseat.example"
    )
    public |= {"JWKS_URL": f"{auth.url}/.well-known/jwks.json", "TICKET_KEYS_DIR": str(tmp_path / "tickets")}
    running = {"auth": auth} | {name: await start(name, **public) for name in ("catalog", "tickets")}
    nobody = "http://127.0.0.1:9"
    urls = {f"{name.upper()}_URL": running[name].url if name in running else nobody for name in SERVICES}
    said: list[str] = []
    await load_into_cluster(urls, said.append, shows_max=1)
    assert said[0] == "demo accounts"
    assert await rows(running["catalog"], "shows") == 3
    assert await rows(running["tickets"], "listings") > 0
