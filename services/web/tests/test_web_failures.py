"""Web alone: every service is away, and people still get a page that says so."""

import re

from fairseat_common.testing.plugin import StartService

DEAD = "http://127.0.0.1:9"
HTML = {"accept-encoding": "gzip"}


async def test_a_dead_service_is_a_page_and_never_a_trace(start: StartService) -> None:
    names = ("AUTH", "CATALOG", "TICKETS", "ORDERS", "PAYMENTS", "NOTIFICATIONS")
    web = await start("web", **{f"{name}_URL": DEAD for name in names})
    client = web.client()
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "not answering" in answer.text
    assert "Traceback" not in answer.text
    client.cookies.set("fairseat_session", "anything")
    assert (await client.get("/tickets")).status_code == 503, "who cannot be asked for is not signed out"
    assert (await client.get("/api/nope")).headers["content-type"] == "application/problem+json"
    assert (await client.get("/api/openapi.json")).json()["paths"] == {}
    static = re.search(r"/static/app\.[0-9a-f]+\.css", answer.text)
    assert static
    style = await client.get(static[0], headers=HTML)
    assert "immutable" in style.headers["cache-control"]
    known = await client.get(static[0], headers={"if-none-match": style.headers["etag"]})
    assert known.status_code == 304
