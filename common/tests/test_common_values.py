"""Money, ids, settings, versions and pages, by themselves."""

from __future__ import annotations

from fractions import Fraction
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import Invalid, VersionMissing, VersionStale
from fairseat_common.ids import new_id
from fairseat_common.money import AMOUNT_MAX, MINOR_UNITS, add, percent_of, step_of, times
from fairseat_common.quotes import QUOTE_LENGTH_MAX, Quote, QuoteInvalid, quote_read, quote_sign
from fairseat_common.settings import Reader, Settings, SettingsError
from fairseat_common.web import cookies_of, cursor_of, etag, expect_version, page_of, position_in, version_in

amounts = st.integers(0, AMOUNT_MAX)
currencies = st.sampled_from(sorted(MINOR_UNITS))


@given(amounts, st.integers(0, 100), currencies)
def test_a_share_is_rounded_half_up(amount: int, percent: int, currency: str) -> None:
    share = percent_of(Money(amount, currency), percent)
    exact = Fraction(amount * percent, 100)
    half = Fraction(step_of(currency), 2)
    assert share.currency == currency
    assert share.amount % step_of(currency) == 0
    assert -half < share.amount - exact <= half


@given(st.lists(amounts, min_size=1, max_size=20), st.integers(0, 20))
def test_sums_are_exact(parts: list[int], count: int) -> None:
    money = [Money(part, "EUR") for part in parts]
    assert add(*money).amount == sum(parts)
    assert times(money[0], count) == Money(parts[0] * count, "EUR")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(AssertionError, match="USD is not EUR"):
        add(Money(1, "EUR"), Money(1, "USD"))


def test_ids_sort_by_time_and_are_version_7(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for milliseconds in (1, 2, 3, 1_750_000_000_000, 2**48 - 1):
        monkeypatch.setattr("time.time_ns", lambda now=milliseconds: now * 1_000_000)
        made.append(new_id())
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {RFC_4122}
    assert len({new_id() for _ in range(1000)}) == 1000


@given(st.integers(0, 999_999_999))
def test_a_version_survives_its_etag(version: int) -> None:
    assert version_in(etag(version)) == version_in(f"W/{etag(version)}") == version


@pytest.mark.parametrize("header", [None, "", "  "])
def test_a_missing_version(header: str | None) -> None:
    with pytest.raises(VersionMissing):
        version_in(header)


@pytest.mark.parametrize("header", ["*", '"x"', '"1', "-1", '"1", "2"', "9" * 20])
def test_an_unreadable_version_matches_nothing(header: str) -> None:
    with pytest.raises(VersionStale):
        version_in(header)


def test_a_stale_version_is_told_the_current_one() -> None:
    expect_version(2, 2)
    with pytest.raises(VersionStale) as refused:
        expect_version(3, 2)
    assert refused.value.members == {"current_version": 3}


@given(st.integers(-(2**53), 2**53), st.text(max_size=100))
def test_a_cursor_is_read_as_it_was_made(number: int, text: str) -> None:
    assert position_in(cursor_of((number, text)), tuple[int, str]) == (number, text)


@given(st.text(max_size=60))
def test_a_cursor_of_somebody_elses_making_is_refused(cursor: str) -> None:
    if cursor:
        with pytest.raises(Invalid):
            position_in(cursor, tuple[UUID, int])


def test_a_cursor_with_a_number_that_no_database_has_is_refused() -> None:
    assert position_in(cursor_of((2**63 - 1,)), tuple[int]) == (2**63 - 1,)
    with pytest.raises(Invalid):
        position_in(cursor_of((2**63,)), tuple[int])


def test_no_cursor_is_the_first_page() -> None:
    assert position_in(None, tuple[int]) is position_in("", tuple[int]) is None
    with pytest.raises(Invalid):
        position_in("a" * 1025, tuple[int])


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), max_size=40, unique=True), st.integers(1, 10))
def test_pages_together_are_the_list(items: list[int], limit: int) -> None:
    items, seen, cursor = sorted(items), list[int](), ""
    while True:
        position = position_in(cursor, tuple[int])
        rows = [item for item in items if position is None or item > position[0]][: limit + 1]
        page = page_of(rows, limit, lambda item: [item])
        assert len(page.items) <= limit
        seen += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert seen == items


def test_settings_have_defaults_for_a_laptop() -> None:
    settings = Settings.read({})
    assert (settings.environment, settings.access_cookie, settings.secure) == ("local", "fairseat", False)


def test_https_makes_cookies_secure() -> None:
    settings = Settings.read({"PUBLIC_URL": "https://fairseat.example/"})
    assert settings.public_url == "https://fairseat.example"
    assert (settings.access_cookie, settings.session_cookie) == ("__Host-fairseat", "__Host-fairseat_session")


@pytest.mark.parametrize("value", ["many", "1.5", "-1", "101", "1"])
def test_a_setting_that_makes_no_sense_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="POOL_MAX"):
        Settings.read({"POOL_MAX": value})


def test_a_required_setting_and_a_list() -> None:
    reader = Reader({"NAME": ""})
    assert reader.text("NAME") == ""
    with pytest.raises(SettingsError, match="NAME is not set"):
        reader.check()
    assert Reader({"NAMES": " a, b,,"}).listed("NAMES") == ("a", "b")


def test_cookies_of_others_hide_none_of_ours() -> None:
    header = 'theirs={"a": [1, 2]}; bad key@=x; ; lonely; fairseat=token.of.ours; quoted="yes"'
    cookies = cookies_of({"cookie": header})
    assert cookies["fairseat"] == "token.of.ours"
    assert cookies["quoted"] == "yes"
    assert "lonely" not in cookies
    assert cookies_of({}) == {}


QUOTE = Quote(
    listing_id=new_id(),
    listing_version=3,
    unit_price=Money(5000, "EUR"),
    unit_fee=Money(500, "EUR"),
    unit_seller_fee=Money(250, "EUR"),
    fee_rule=1,
    expires_at=1_800_000_000,
)


def test_a_quote_is_read_as_it_was_signed_also_while_secrets_change() -> None:
    text = quote_sign(QUOTE, "old")
    assert quote_read(text, ["new", "old"]) == QUOTE
    assert len(text) <= QUOTE_LENGTH_MAX


@given(st.integers(0, 10_000), st.characters(codec="utf-8"))
def test_a_quote_with_any_other_letter_is_refused(place: int, letter: str) -> None:
    text = quote_sign(QUOTE, "secret")
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(QuoteInvalid):
            quote_read(changed, ["secret"])


@pytest.mark.parametrize("text", ["", ".", "a.b", "x" * 700, quote_sign(QUOTE, "another secret")])
def test_what_is_no_quote_of_ours_is_refused(text: str) -> None:
    with pytest.raises(QuoteInvalid):
        quote_read(text, ["secret"])
