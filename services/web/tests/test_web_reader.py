"""What stands beside prices and times for a reader who thinks in another currency or lives by another clock."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Money
from fairseat_common.languages import speaking
from fairseat_common.money import MINOR_UNITS
from fairseat_local.environment import RATES
from web import dates, money_rates, reading
from web.locales import DEFAULT, reader_locale
from web.money import about_text
from web.money_rates import Rates, RatesFile, RatesInvalid

DAY = date(2026, 3, 20)
GERMAN = reader_locale("de")


def body(day: date = DAY, **rates: object) -> bytes:
    return json.dumps({"base": "EUR", "date": day.isoformat(), "rates": rates}).encode()


@pytest.fixture
def rates() -> Rates:
    return Rates.read(body(USD="1.25", JPY=160, KWD="0.3333", GBP=0.8, XAU="0.0004"))


@pytest.mark.parametrize(
    ("amount", "currency", "worth"),
    [
        (Money(4_500, "GBP"), "EUR", 5_625),
        (Money(5_625, "EUR"), "GBP", 4_500),
        (Money(1, "EUR"), "JPY", 2),  # 1.6 yen
        (Money(1_000, "JPY"), "EUR", 625),
        (Money(1, "JPY"), "EUR", 1),  # 0.625 cents
        (Money(1_000, "JPY"), "KWD", 2_083),  # from none to three decimals
        (Money(100_00, "USD"), "KWD", 26_664),
        (Money(333, "KWD"), "JPY", 160),
        (Money(-4_500, "GBP"), "EUR", -5_625),
        (Money(1_000_000_000, "EUR"), "USD", 1_250_000_000),
    ],
)
def test_an_amount_is_worth_exactly_that(rates: Rates, amount: Money, currency: str, worth: int) -> None:
    assert rates.worth(amount, currency) == Money(worth, currency)


def test_without_a_rate_nothing_is_guessed(rates: Rates) -> None:
    assert rates.worth(Money(100, "EUR"), "CHF") is None
    assert rates.worth(Money(100, "XAU"), "EUR") is None  # a currency that nobody here trades in
    assert rates.currencies == ("EUR", "GBP", "JPY", "KWD", "USD")


@given(
    st.integers(0, 10**9),
    st.decimals("0.0001", "9999", places=4),
    st.sampled_from(sorted(MINOR_UNITS)),
)
def test_no_amount_is_further_off_than_half_a_minor_unit(amount: int, rate: Decimal, currency: str) -> None:
    if currency == "EUR":
        return
    read = Rates.read(body(DAY, **{currency: str(rate)}))
    found = read.worth(Money(amount, "EUR"), currency)
    assert found is not None
    exactly = Fraction(amount, 100) * Fraction(rate) * 10 ** MINOR_UNITS[currency]
    assert abs(found.amount - exactly) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("amount", "locale", "text"),
    [
        (Money(5_249, "EUR"), DEFAULT, "about €52"),
        (Money(5_250, "EUR"), DEFAULT, "about €53"),
        (Money(999, "EUR"), DEFAULT, "about €9.99"),
        (Money(123_456, "EUR"), DEFAULT, "about €1,235"),
        (Money(123_456, "EUR"), GERMAN, "about 1.235\u00a0€"),
        (Money(999, "EUR"), GERMAN, "about 9,99\u00a0€"),
        (Money(12_345, "JPY"), DEFAULT, "about ¥12,345"),
        (Money(16_327, "KWD"), DEFAULT, "about KWD\u00a016"),
        (Money(9_750, "KWD"), DEFAULT, "about KWD\u00a09.750"),
    ],
)
def test_what_is_about_so_much_says_no_more_than_is_known(amount: Money, locale: object, text: str) -> None:
    assert about_text(amount, locale) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"[]",
        b'{"base": "EUR", "date": "yesterday", "rates": {}}',
        body(USD="0"),
        body(USD="-1"),
        body(USD="NaN"),
        body(USD="Infinity"),
        body(USD="1e12"),
        body(USD=None),
        body(EUR="1.1"),
    ],
)
def test_a_file_that_cannot_be_counted_with_has_no_rates(given: bytes) -> None:
    with pytest.raises(RatesInvalid):
        Rates.read(given)


def test_rates_are_good_for_some_days_and_read_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(money_rates, "LOOK_S", 0.0)
    path = tmp_path / "rates.json"
    file = RatesFile(str(path), days_max=7)
    assert file.today(DAY) is None  # there is none yet
    path.write_bytes(body(USD="1.25"))
    first = file.today(DAY)
    assert first
    assert first.day == DAY
    assert file.today(DAY) is first
    assert file.today(date(2026, 3, 27)) is first
    assert file.today(date(2026, 3, 28)) is None  # too old
    assert file.today(date(2026, 3, 19)) is first  # dated where tomorrow has begun
    assert file.today(date(2026, 3, 18)) is None  # from the future
    path.write_bytes(body(day=date(2026, 3, 28), USD="1.2345"))
    os.utime(path, ns=(1, 1))
    second = file.today(date(2026, 3, 28))
    assert second
    assert second.worth(Money(100_00, "EUR"), "USD") == Money(123_45, "USD")
    path.write_bytes(b"{")
    assert file.today(date(2026, 3, 28)) is None  # no rates are better than wrong ones
    path.unlink()
    assert file.today(date(2026, 3, 28)) is None
    assert RatesFile("", 7).today(DAY) is None


def test_a_file_is_looked_at_only_now_and_then(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    path.write_bytes(body(USD="1.25"))
    file = RatesFile(str(path), days_max=7)
    first = file.today(DAY)
    path.unlink()
    assert file.today(DAY) is first


def test_the_example_has_a_rate_for_each_currency() -> None:
    assert set(Rates.read(RATES.read_bytes()).currencies) == set(MINOR_UNITS)


@pytest.mark.parametrize(
    ("moment", "venue", "own", "text"),
    [
        ("2026-11-28T19:00", "Europe/Berlin", "America/New_York", "14:00 your time (New York)"),
        ("2026-11-28T19:00", "Europe/Berlin", "Europe/Vienna", ""),  # the same clock
        ("2026-11-28T19:00", "Europe/Berlin", "", ""),
        # America's clocks go forward on 8 March 2026, Europe's on the 29th: for three weeks they are five hours apart.
        ("2026-03-07T19:00", "Europe/Berlin", "America/New_York", "14:00 your time (New York)"),
        ("2026-03-08T19:00", "Europe/Berlin", "America/New_York", "15:00 your time (New York)"),
        ("2026-03-29T18:00", "Europe/Berlin", "America/New_York", "14:00 your time (New York)"),
        # The hour that is there twice: 2:30 in summer time and an hour later 2:30 in winter time.
        ("2026-10-25T00:30", "UTC", "Europe/Berlin", "02:30 your time (Berlin)"),
        ("2026-10-25T01:30", "UTC", "Europe/Berlin", "02:30 your time (Berlin)"),
        # Beyond the date line: Honolulu's evening is the next day's evening on Kiritimati, at the same time of day.
        ("2026-12-31T10:00", "Pacific/Kiritimati", "Pacific/Honolulu", "Thu 31 Dec 2026, 00:00 your time (Honolulu)"),
        ("2027-01-01T06:00", "Pacific/Honolulu", "Pacific/Kiritimati", "Fri 1 Jan 2027, 20:00 your time (Kiritimati)"),
        ("2026-11-28T18:30", "America/Sao_Paulo", "Asia/Kolkata", "Sun 29 Nov, 00:00 your time (Kolkata)"),
    ],
)
def test_a_time_elsewhere_is_told_on_the_readers_clock_too(moment: str, venue: str, own: str, text: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert dates.own_place_text(at, venue, own, DEFAULT) == text


def test_a_place_is_called_as_in_the_readers_language() -> None:
    at = datetime(2026, 11, 28, 19, tzinfo=UTC)
    with speaking("es"):
        assert dates.own_place_text(at, "UTC", "America/New_York", reader_locale("es")).endswith("(Nueva York)")
    assert dates.city_name("America/Argentina/Buenos_Aires", "en") == "Buenos Aires"
    assert dates.city_name("UTC", "de") == "UTC"


def test_a_choice_here_counts_before_the_accounts_and_a_chosen_zone_before_the_browsers() -> None:
    assert reading.currency_of({}, "") == ""
    assert reading.currency_of({}, "EUR") == "EUR"
    assert reading.currency_of({"currency": "JPY"}, "EUR") == "JPY"
    assert reading.currency_of({"currency": "none"}, "EUR") == ""
    assert reading.currency_of({"currency": "<b>"}, "EUR") == "EUR"
    assert reading.timezone_of({"timezone": "Asia/Tokyo"}, "") == "Asia/Tokyo"
    assert reading.timezone_of({"timezone": "Asia/Tokyo"}, "Europe/Berlin") == "Europe/Berlin"
    assert reading.timezone_of({"timezone": "../../etc/passwd"}, "") == ""
    with pytest.raises(ValueError, match="XXX"):
        reading.currency_cookie("XXX", secure=True)
