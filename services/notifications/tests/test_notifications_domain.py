"""What mails say, in figures, moments and places."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from fairseat_common.clocks import clock_of
from fairseat_common.contracts import Money
from fairseat_common.ids import new_id
from fairseat_common.settings import SettingsError
from notifications import domain, domain_sending
from notifications.actions_letters import WRITERS
from notifications.actions_smtp import SmtpServer
from notifications.domain_preferences import (
    TOPIC_OF,
    TOPICS,
    UnsubscribeInvalid,
    masked,
    token_read,
    token_sign,
)
from notifications.main import NotificationsSettings


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "EUR", "EUR 0.00"),
        (5, "EUR", "EUR 0.05"),
        (123_456_789, "USD", "USD 1,234,567.89"),
        (12_000, "JPY", "JPY 12,000"),
        (1_234, "KWD", "KWD 1.234"),
        (-150, "GBP", "GBP -1.50"),
    ],
)
def test_money_has_its_currencys_decimals(amount: int, currency: str, text: str) -> None:
    assert domain.money_text(Money(amount, currency)) == text


@pytest.mark.parametrize(
    ("timezone", "text"),
    [
        ("America/New_York", "Friday, 4 December 2026, 20:30 EST (America/New_York)"),
        ("Asia/Dubai", "Saturday, 5 December 2026, 05:30 (Asia/Dubai, UTC+0400)"),
        ("No/Where", "Saturday, 5 December 2026, 01:30 UTC"),
        ("../../etc/passwd", "Saturday, 5 December 2026, 01:30 UTC"),
    ],
)
def test_moments_are_told_as_at_the_venue(timezone: str, text: str) -> None:
    assert domain.moment_text(datetime(2026, 12, 5, 1, 30, tzinfo=UTC), timezone) == text


def test_a_moment_is_told_on_the_recipients_clock_too() -> None:
    at = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # America's clocks have gone forward, Europe's not yet
    with clock_of("America/New_York"):
        assert domain.moment_text(at, "Europe/London").endswith("23:30 GMT (Europe/London) — 19:30 your time")
        assert domain.moment_text(at, "America/Toronto").endswith("19:30 EDT (America/Toronto)")
    with clock_of("Asia/Tokyo"):
        assert domain.moment_text(at, "Europe/London").endswith("— Wednesday, 11 March 2026, 08:30 your time")
    with clock_of("Nowhere/AtAll"):
        assert domain.moment_text(at, "Europe/London").endswith("23:30 GMT (Europe/London)")
    with clock_of(None):
        assert domain.moment_text(at, "Europe/London").endswith("23:30 GMT (Europe/London)")


def test_places() -> None:
    assert domain.seats_text("Block A", "3", ["7"]) == "Block A, row 3, seat 7"
    assert domain.seats_text("Floor", "", ["1", "2"]) == "Floor, places 1, 2"


def test_lines_stay_lines() -> None:
    assert domain.one_line(" a\r\nb\u2028c\x00\td ") == "a b c d"
    assert len(domain.one_line("x" * 500)) == domain.LINE_LENGTH_MAX


def test_delays_grow_up_to_a_minute() -> None:
    assert [domain_sending.retry_after_s(n) for n in (1, 2, 3, 7, 1000)] == [1, 2, 4, 60, 60]


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "127.0.0.1:25"])
def test_a_mail_server_needs_an_address(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL"):
        SmtpServer(url, 1, "localhost")


@pytest.mark.parametrize("sender", ["Fairseat", "Fairseat <>", "a@b@c"])
def test_the_sender_must_be_an_address(sender: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        NotificationsSettings.of({"MAIL_FROM": sender})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 30),
        ({"x-ratelimit-reset": "1792567712"}, 32),
        ({"retry-after": "soon"}, domain_sending.REST_DEFAULT_S),
        ({"retry-after": "²"}, domain_sending.REST_DEFAULT_S),
        ({}, domain_sending.REST_DEFAULT_S),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "Wed, 21 Oct 2020 07:28:30 GMT"}, 1),
        ({"retry-after": "99999999999"}, domain_sending.REST_MAX_S),
    ],
)
def test_a_provider_is_left_alone_for_as_long_as_it_asks(headers: dict[str, str], seconds: float) -> None:
    assert domain_sending.rest_s(headers, datetime(2026, 10, 21, 7, 28, tzinfo=UTC).timestamp()) == seconds


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"MAIL_PROVIDER": "pigeon"}, "MAIL_PROVIDER must be smtp, sendgrid or mailchimp"),
        ({"MAIL_PROVIDER": "sendgrid"}, "SENDGRID_API_KEY is not set"),
        ({"MAIL_PROVIDER": "mailchimp"}, "MAILCHIMP_API_KEY is not set"),
        ({"ENVIRONMENT": "production"}, "UNSUBSCRIBE_SECRETS is not set"),
    ],
)
def test_what_is_missing_is_named_before_anything_starts(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        NotificationsSettings.of(environ)


def test_a_link_ends_what_its_mail_is_about_and_cannot_be_made_up() -> None:
    mail_id = new_id()
    token = token_sign(mail_id, "new")
    assert token_read(token, ("newest", "new")) == mail_id
    other = token_sign(new_id(), "new")
    forged = f"{token.partition('.')[0]}.{other.partition('.')[2]}"
    for wrong in (forged, token_sign(mail_id, "old"), "", ".", "a.b", f"{token}=", "é.é", "x" * 5000, token.swapcase()):
        with pytest.raises(UnsubscribeInvalid):
            token_read(wrong, ("newest", "new"))


def test_every_kind_of_mail_has_a_writer_and_a_name() -> None:
    kinds = set(get_args(domain.Kind))
    assert set(domain.SUBJECTS) == kinds
    assert set(WRITERS) == kinds
    assert set(TOPIC_OF) < kinds
    assert set(TOPIC_OF.values()) == set(TOPICS)


def test_an_address_is_shown_half_hidden() -> None:
    assert masked("bea@example.com") == "b•••@example.com"
