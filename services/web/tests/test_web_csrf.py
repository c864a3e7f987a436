"""Tokens of forms: tied to a cookie and a secret, new on every page, refused when touched."""

import pytest

from web import csrf

SECRET = b"a secret of the tests"


def test_a_token_belongs_to_its_cookie_and_secret() -> None:
    cookie = csrf.new_cookie()
    assert csrf.cookie_ok(cookie)
    token = csrf.token(SECRET, cookie)
    assert csrf.token_ok(SECRET, cookie, token)
    assert not csrf.token_ok(SECRET, csrf.new_cookie(), token)
    assert not csrf.token_ok(b"another secret", cookie, token)


def test_no_two_tokens_share_their_bytes() -> None:
    cookie = csrf.new_cookie()
    first, second = csrf.token(SECRET, cookie), csrf.token(SECRET, cookie)
    assert first.split(".")[0] != second.split(".")[0]
    assert first.split(".")[1] != second.split(".")[1]


@pytest.mark.parametrize(
    "given", ["", ".", "a.b", "0" * 24 + ".", "0" * 24 + "." + "0" * 64, "é" * 24 + ".ü", "." + "0" * 64]
)
def test_what_is_no_token_is_refused(given: str) -> None:
    assert not csrf.token_ok(SECRET, csrf.new_cookie(), given)


@pytest.mark.parametrize("cookie", ["", "short", "ä" * 32, "x" * 33, "a;b" + "x" * 29])
def test_a_cookie_of_another_making_is_replaced(cookie: str) -> None:
    assert not csrf.cookie_ok(cookie)
