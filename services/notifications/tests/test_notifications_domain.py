"""What mails say, in figures, moments and places."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fairseat_common.contracts import Money
from fairseat_common.settings import SettingsError
from notifications import domain
from notifications.actions_sending import MailServer
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


def test_places() -> None:
    assert domain.seats_text("Block A", "3", ["7"]) == "Block A, row 3, seat 7"
    assert domain.seats_text("Floor", "", ["1", "2"]) == "Floor, places 1, 2"


def test_lines_stay_lines() -> None:
    assert domain.one_line(" a\r\nb\u2028c\x00\td ") == "a b c d"
    assert len(domain.one_line("x" * 500)) == domain.LINE_LENGTH_MAX


def test_delays_grow_up_to_a_minute() -> None:
    assert [domain.retry_after_s(n) for n in (1, 2, 3, 7, 1000)] == [1, 2, 4, 60, 60]


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "127.0.0.1:25"])
def test_a_mail_server_needs_an_address(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL"):
        MailServer(url, 1, "localhost")


@pytest.mark.parametrize("sender", ["Fairseat", "Fairseat <>", "a@b@c"])
def test_the_sender_must_be_an_address(sender: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        NotificationsSettings.of({"MAIL_FROM": sender})
