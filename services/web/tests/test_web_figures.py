"""Money, dates and times as people in different places read and write them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Money
from fairseat_common.money import AMOUNT_MAX, MINOR_UNITS
from web import dates, money
from web.locales import DEFAULT, reader_locale

EVENING = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("en-GB", Money(123_450, "EUR"), "€1,234.50"),
        ("en-US,en;q=0.8", Money(123_450, "USD"), "$1,234.50"),
        ("de-DE", Money(123_450, "EUR"), "1.234,50\u00a0€"),
        ("fr", Money(123_450, "EUR"), "1\u202f234,50\u00a0€"),
        ("en", Money(12_000, "JPY"), "¥12,000"),
        ("en", Money(45_250, "KWD"), "KWD\u00a045.250"),
        ("en", Money(114_400, "CZK"), "CZK\u00a01,144.00"),
        ("es", Money(114_400, "CZK"), "1.144,00\u00a0Kč"),
        ("es-MX", Money(114_400, "MXN"), "MX$1,144.00"),
        ("cs, fr-CA;q=0.4", Money(114_400, "CAD"), "1\u00a0144,00\u00a0CA$"),
        ("xx, tlh", Money(5, "EUR"), "€0.05"),
    ],
)
def test_an_amount_reads_as_the_reader_writes_it(language: str, amount: Money, text: str) -> None:
    assert money.money_text(amount, reader_locale(language)) == text


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("129.50", "EUR", 12_950),
        ("129,5", "EUR", 12_950),
        ("1.234,50", "EUR", 123_450),
        ("1,234.50", "EUR", 123_450),
        ("1.234", "EUR", 123_400),
        ("€ 85", "EUR", 8_500),
        ("1 234", "EUR", 123_400),
        ("12,000", "JPY", 12_000),
        ("1.234", "KWD", 1_234),
    ],
)
def test_a_typed_price_is_understood(typed: str, currency: str, amount: int) -> None:
    assert money.amount_read(typed, currency) == amount


@pytest.mark.parametrize("typed", ["", "free", "-5", "0", "0.00", "1e9", "5.5.", "12.345,678", "9" * 30, "1.2345"])
def test_what_is_no_price_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        money.amount_read(typed, "EUR")


@given(st.integers(1, AMOUNT_MAX), st.sampled_from(sorted(MINOR_UNITS)))
def test_the_text_of_a_price_field_reads_back_as_it_was(amount: int, currency: str) -> None:
    assert money.amount_read(money.amount_text(Money(amount, currency)), currency) == amount


def test_a_wish_list_of_languages_is_followed_by_weight() -> None:
    assert reader_locale("tlh, fr;q=0.3, de-AT;q=0.9").tag == "de-AT"
    assert reader_locale("*;q=x") == DEFAULT
    assert reader_locale("de;q=0, es-419").tag == "es-ES"
    assert reader_locale("de;q=0, nl") == DEFAULT
    assert reader_locale("en-US, de-CH;q=0.2", "de").tag == "de-CH"
    assert reader_locale("en-US", "fr").tag == "fr-FR"


def test_a_show_is_told_on_the_venues_clock_with_its_zone() -> None:
    assert dates.when_text(EVENING, "Europe/Berlin", DEFAULT) == "Saturday 28 November 2026, 19:30 CET"
    american = reader_locale("en-US")
    assert dates.when_text(EVENING, "America/New_York", american, short=True) == "Sat, Nov 28, 2026, 1:30 pm EST"
    assert dates.when_text(EVENING, "Asia/Kuwait", DEFAULT, short=True) == "Sat 28 Nov 2026, 21:30 UTC+03"
    assert dates.when_text(EVENING, "America/Sao_Paulo", DEFAULT, short=True).endswith("15:30 UTC−03")


@pytest.mark.parametrize(
    ("language", "full", "short"),
    [
        ("de", "Samstag, 28. November 2026, 19:30 MEZ", "Sa., 28. Nov. 2026, 19:30 MEZ"),
        ("fr", "samedi 28 novembre 2026, 19:30 CET", "sam. 28 nov. 2026, 19:30 CET"),
        ("es", "sábado, 28 de noviembre de 2026, 19:30 CET", "sáb, 28 nov 2026, 19:30 CET"),
    ],
)
def test_a_date_is_told_in_the_language_of_the_page(language: str, full: str, short: str) -> None:
    assert dates.when_text(EVENING, "Europe/Berlin", reader_locale(language)) == full
    assert dates.when_text(EVENING, "Europe/Berlin", reader_locale(language), short=True) == short
    assert dates.day_text(date(2026, 3, 1), reader_locale("fr"), year=False) == "dimanche 1er mars"


def test_an_unknown_zone_is_told_in_utc() -> None:
    assert dates.when_text(EVENING, "Mars/Olympus", DEFAULT).endswith("18:30 UTC")
    assert dates.until_text(EVENING, "../../etc", DEFAULT) == "18:30:00 UTC"


def test_midnight_and_noon_have_a_name_on_a_twelve_hour_clock() -> None:
    american = reader_locale("en-US")
    assert dates.clock_text(datetime(2026, 1, 1, 0, 5), american) == "12:05 am"  # noqa: DTZ001 - a wall clock
    assert dates.clock_text(datetime(2026, 1, 1, 12, 0), american) == "12:00 pm"  # noqa: DTZ001
    assert dates.day_text(date(2026, 3, 1), american, year=False) == "Sunday, March 1"


def test_the_clock_of_a_hold_never_runs_below_zero() -> None:
    assert [dates.countdown_text(seconds) for seconds in (600, 65, 9, 0, -3)] == [
        "10:00",
        "1:05",
        "0:09",
        "0:00",
        "0:00",
    ]
    assert dates.countdown_words(545) == "9 minutes and 5 seconds"
    assert dates.countdown_words(61) == "1 minute and 1 second"
    assert dates.countdown_words(-1) == "0 seconds"
