"""Staging is for the team: every page asks search engines to stay away, and so does robots.txt."""

import pytest

from fairseat_common.testing.plugin import StartService
from web.settings import SERVICES

DEAD = "http://127.0.0.1:9"
PLACE = {
    "WEB_SECRET": "a-secret-that-is-long-enough-to-be-one",
    "STRIPE_JS_URL": "https://js.stripe.com/v3/",
    **{f"{name.upper()}_URL": DEAD for name in SERVICES},
}
STAGING = {"PUBLIC_URL": "https://staging.fairseat.example", "STRIPE_PUBLISHABLE_KEY": "pk_test_1"}
PRODUCTION = {"PUBLIC_URL": "https://fairseat.example", "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}


@pytest.mark.parametrize(("environment", "more"), [("staging", STAGING), ("production", PRODUCTION)])
async def test_search_engines_find_production_only(start: StartService, environment: str, more: dict[str, str]) -> None:
    web = await start("web", ENVIRONMENT=environment, **PLACE, **more)
    client = web.client()
    hidden = environment == "staging"
    for path in ("/robots.txt", "/sign-in", "/nowhere", "/static/nothing.css"):
        assert (await client.get(path)).headers.get("x-robots-tag") == ("noindex, nofollow" if hidden else None)
    lines = (await client.get("/robots.txt")).text.splitlines()
    assert ("Disallow: /" in lines, f"Sitemap: {more['PUBLIC_URL']}/sitemap.xml" in lines) == (hidden, not hidden)
