"""What becomes of a mail that a provider did not take, and for how long to leave the provider alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0
REST_DEFAULT_S = 30.0
REST_MAX_S = 3600.0
MAIL_FAULTS = frozenset({400, 413, 415, 422})
"""Statuses that say something about the mail. Any other no is about the key, the address or the moment: it passes, or
an operator mends it, and then every mail that waited goes out by itself.
"""


class Refused(Exception):
    """The provider will never take this mail."""


class TryLater(Exception):
    """This mail is worth another attempt; if `rest_s` is given, none at all is before that many seconds have passed."""

    def __init__(self, why: str, rest_s: float = 0.0) -> None:
        super().__init__(why)
        self.rest_s = rest_s


def retry_after_s(attempts: int) -> float:
    """How long to wait after so many failed attempts: 1, 2, 4, ... seconds, at most a minute."""
    doublings = min(max(attempts - 1, 0), 30)
    return float(min(RETRY_FIRST_S * 2**doublings, RETRY_MAX_S))


def rest_s(headers: Mapping[str, str], now_s: float) -> float:
    """For how many seconds an answer asks to be left alone, within limits; `headers` by lower-case name.

    `Retry-After` has seconds or a date (RFC 9110), `X-RateLimit-Reset` a moment in Unix seconds.
    """
    given = headers.get("retry-after", "").strip()
    reset = headers.get("x-ratelimit-reset", "").strip()
    wait_s = REST_DEFAULT_S
    if given.isascii() and given.isdigit():
        wait_s = float(given[:9])
    elif given:
        try:
            wait_s = parsedate_to_datetime(given).timestamp() - now_s
        except (ValueError, TypeError, OverflowError):
            wait_s = REST_DEFAULT_S
    elif reset.isascii() and reset.isdigit():
        wait_s = float(reset[:12]) - now_s
    return min(max(wait_s, RETRY_FIRST_S), REST_MAX_S)
