"""Every way in which a service says no is told in words, and field messages find their field."""

import base64
import json

import pytest

from web.models import FieldError, Problem
from web.services import ServiceProblem
from web.session import Claims, cookie_values, token_claims
from web.words import cancelled_words, field_errors, problem_words


def problem(slug: str, title: str = "", detail: str = "") -> ServiceProblem:
    return ServiceProblem(Problem(type=slug, status=409, title=title, detail=detail))


@pytest.mark.parametrize(
    "slug",
    ["seats-unavailable", "own-listing", "split-not-allowed", "hold-limit", "order-confirmed", "order-not-payable",
     "card-declined", "listing-held", "version-stale", "seat-already-listed", "show-over", "show-cancelled",
     "section-full", "listing-withdrawn", "email-taken", "bad-credentials", "too-many-attempts"],
)  # fmt: skip
def test_known_problems_have_words_of_ours(slug: str) -> None:
    words = problem_words(problem(slug, title="service's title"))
    assert words.title != "service's title"
    assert words.title.endswith(".")
    assert words.detail.endswith(".")


def test_unknown_problems_keep_the_services_words() -> None:
    assert problem_words(problem("novel", title="Novel", detail="Do this.")) == ("Novel", "Do this.")
    assert problem_words(problem("novel")).title == "That did not work."


def test_messages_stand_at_our_fields() -> None:
    errors = [
        FieldError("unit_price.amount", "too much"),
        FieldError("seats[2]", "no such seat"),
        FieldError("seats", "b"),
    ]
    given = ServiceProblem(Problem(type="invalid", status=422, errors=errors))
    assert field_errors(given, {"unit_price": "price"}) == {"price": "too much", "seats": "no such seat"}


@pytest.mark.parametrize("reason", ["buyer", "expired", "payment_failed", "show_cancelled", "something new"])
def test_every_end_of_an_order_says_what_happens_to_the_money(reason: str) -> None:
    assert any(word in cancelled_words(reason).detail for word in ("charged", "card"))


def token(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def test_a_token_tells_its_subject_and_end() -> None:
    assert token_claims(token(sub="u1", exp=12)) == Claims("u1", 12.0, frozenset())
    assert token_claims(token(sub="u1", exp=12, loc="de")) == Claims("u1", 12.0, frozenset(), "de")
    assert token_claims(token(sub="u1", exp=12, roles=["user", "operator"])) == Claims(
        "u1", 12.0, frozenset({"user", "operator"})
    )


@pytest.mark.parametrize(
    "given", ["", "x", "a.b.c", "a.%%%.c", token(sub="u1"), token(exp=1), token(sub=1, exp="x"), "a.W10.c"]
)
def test_what_is_no_token_tells_nothing(given: str) -> None:
    assert token_claims(given) is None


def test_cookies_that_are_set_are_read_and_deleted_ones_left_out() -> None:
    given = ("a=1; Path=/; HttpOnly", "b=; Max-Age=0; Path=/", "c=x.y-z_; SameSite=lax", "d=gone; Max-Age=0", "\x00")
    assert cookie_values(given) == {"a": "1", "c": "x.y-z_"}
