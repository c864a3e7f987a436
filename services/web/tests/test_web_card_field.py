"""The provider's card field: what the policy of a page lets in, and the way to the provider's own pages."""

import httpx
import pytest

from fairseat_common.testing.plugin import StartService
from web.settings import WebSettings
from web.visit import policy

DEAD = "http://127.0.0.1:9"
STRIPE = "https://js.stripe.com"


def directives(text: str) -> dict[str, list[str]]:
    parts = [part.split() for part in text.split(";")]
    return {name: values for name, *values in parts}


def settings(**environ: str) -> WebSettings:
    return WebSettings.of({"PUBLIC_URL": "https://fairseat.example", "STRIPE_PUBLISHABLE_KEY": "pk_test_1", **environ})


def test_a_page_without_a_card_field_frames_nothing() -> None:
    found = directives(policy("n"))
    assert "frame-src" not in found
    assert found["default-src"] == ["'none'"]
    assert found["script-src"] == ["'self'", "'nonce-n'"]


def test_another_origin_is_let_in_where_it_is_needed_and_nowhere_else() -> None:
    plain, found = directives(policy("n")), directives(policy("n", STRIPE))
    assert {name for name in found if found[name] != plain.get(name)} == {"script-src", "connect-src", "frame-src"}
    assert found["frame-src"] == [STRIPE]
    assert found["script-src"] == [*plain["script-src"], STRIPE]


def test_our_own_origin_adds_only_its_frame() -> None:
    plain, found = directives(policy("n")), directives(policy("n", ""))
    assert {name for name in found if found[name] != plain.get(name)} == {"frame-src"}
    assert found["frame-src"] == ["'self'"]


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("/dev/provider/stripe.js", ""),
        ("https://fairseat.example/dev/provider/stripe.js", ""),
        ("https://js.stripe.com/v3/", STRIPE),
    ],
)
def test_the_origin_of_the_script_is_known(address: str, origin: str) -> None:
    found = settings(STRIPE_JS_URL=address)
    assert found.card_field
    assert found.card_origin == origin


def test_there_is_no_card_field_without_script_or_key() -> None:
    assert not settings().card_field
    assert not settings(STRIPE_JS_URL="/x.js", STRIPE_PUBLISHABLE_KEY="").card_field


async def test_pages_for_operators_and_sellers_are_not_for_visitors_and_go_down_with_a_page(
    start: StartService,
) -> None:
    names = ("AUTH", "CATALOG", "TICKETS", "ORDERS", "PAYMENTS", "NOTIFICATIONS")
    web = await start("web", **{f"{name}_URL": DEAD for name in names})
    visitor: httpx.AsyncClient = web.client()
    for path in ("/sales", "/operator/money", "/operator/orders?id=x"):
        assert (await visitor.get(path)).headers["location"].startswith("/sign-in?return=")
