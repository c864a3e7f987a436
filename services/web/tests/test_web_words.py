"""Every way in which a service says no is told in words, and field messages find their field."""

import ast
import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairseat_common.languages import learn, speaking
from web import views_ledger, words_all, words_fields
from web.models import FieldError, Problem
from web.services import ServiceProblem
from web.session import Claims, cookie_values, token_claims
from web.views_ledger_names import RULES
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


def test_no_area_takes_the_words_of_another() -> None:
    assert words_all.gathered([{"a": 1}, {"b": 2}]) == {"a": 1, "b": 2}
    with pytest.raises(words_all.SaidTwice, match=r"^b, c$"):
        words_all.gathered([{"a": 1, "b": 2, "c": 3}, {"c": 3, "b": 4}])
    # An area whose table nobody gathers would be silent.
    named = {path.stem for path in Path(words_all.__file__).parent.glob("words_*.py")} - {"words_all", "words_fields"}
    assert named == {area.__name__.rpartition(".")[2] for area in words_all.AREAS}


SERVICES = Path(__file__).parents[3] / "services"
PROGRAMS = {
    # Modules whose fields no form of ours has: imports, lists, doors' programs, keys made of bytes.
    "domain_imported.py", "domain_filters.py", "domain_passkeys.py", "domain_scans.py", "domain_listings_bulk.py",
    "routes_index.py", "routes_browsing.py", "domain_returns.py", "routes.py", "domain_refunds.py",
}  # fmt: skip
OUR_OWN = {
    # What a page sends of itself cannot be wrong by what somebody types.
    "names no venue", "is postponed while there is no new date; leave one of the two out",
    "send either seats or quantity", "tickets whose codes are sent along are in hand; leave one out",
}  # fmt: skip


def field_messages() -> Iterator[tuple[str, str]]:
    """What services say about fields, with something in each gap."""
    for path in sorted(SERVICES.glob("*/*/*.py")):
        if path.parent.name in ("web", "tests") or path.name in PROGRAMS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FieldError" and len(node.args) > 1:
                said = node.args[1]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                if isinstance(said, ast.Constant | ast.JoinedStr):
                    yield path.name, "".join(str(p.value) if isinstance(p, ast.Constant) else "7" for p in parts)


def test_whatever_a_service_says_about_a_field_has_words_for_people() -> None:
    silent = [
        (name, message)
        for name, message in field_messages()
        if message not in OUR_OWN and words_fields.sentence_of(message) is None
    ]
    assert silent == []


def test_a_field_never_speaks_english_to_a_german() -> None:
    learn(Path(words_all.__file__).parent / "locale")
    with speaking("de"):
        assert words_fields.field_text("nobody has words for this") != "nobody has words for this"
        assert words_fields.field_text("Expected `str` of length <= 200") == (
            "Das ist zu lang: Es darf 200 Zeichen haben."
        )
    assert words_fields.field_text("row A is there twice") == "A is there twice."


def test_operators_read_of_the_ledger_and_of_every_rule_in_their_language() -> None:
    calls = [
        node
        for path in [*SERVICES.glob("*/*/store_invariants.py"), *SERVICES.parent.glob("common/*/invariants.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Invariant"
    ]
    assert {ast.literal_eval(call.args[1]) for call in calls} == set(RULES)
    learn(Path(words_all.__file__).parent / "locale")
    with speaking("de"):
        assert views_ledger.state_text("payment_captured") == "Zahlung eingezogen"
        assert views_ledger.account_text("escrow:0123456789abcdef") == "Treuhand 89abcdef"
        assert views_ledger.state_text("new_code") == "New code"
