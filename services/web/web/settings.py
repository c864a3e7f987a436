"""What web reads from its environment, beside what every service reads."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from fairseat_common import provider_keys
from fairseat_common.settings import Environ, Reader, Settings

SERVICES = ("auth", "catalog", "tickets", "orders", "expiration", "payments", "notifications")


@dataclass(frozen=True, kw_only=True)
class WebSettings(Settings):
    """Where the services are, and what pages need to know."""

    owns_data: ClassVar[bool] = False

    urls: Mapping[str, str]
    """Base URL of each service by name."""
    secret: bytes
    """Seals the tokens of forms; the same in every copy of web."""
    hold_seconds: int
    fee_percent: int
    seller_fee_percent: int
    test_cards: bool
    """Whether checkout offers the payment stand-in's test cards."""
    card_script: str
    """Address of the payment provider's script, which makes the card field; empty where there is none."""
    card_key: str
    """The publishable key that the script is started with."""
    streams_max: int
    """Open live pages in this process."""
    rates_file: str
    """Exchange rates for what prices are about in the reader's currency; empty where there are none."""
    rates_days_max: int
    """How old they may be."""

    @property
    def card_field(self) -> bool:
        """Whether checkout has a field for a card."""
        return bool(self.card_script and self.card_key)

    @property
    def card_origin(self) -> str:
        """The origin of the provider's script where it is another one than ours, else empty."""
        parts = urlsplit(self.card_script)
        origin = f"{parts.scheme}://{parts.netloc}"
        return origin if parts.netloc and origin != self.public_url else ""

    @classmethod
    def of(cls, environ: Environ = None) -> "WebSettings":
        """Read the environment. SettingsError names what is missing."""
        reader = Reader.of(environ)
        nearby = "http://127.0.0.1:8000" if reader.local else None
        return cls.read(
            reader,
            urls={name: reader.address(f"{name.upper()}_URL", nearby) for name in SERVICES},
            secret=_secret(reader),
            hold_seconds=reader.number("HOLD_SECONDS", 600, 1, 86_400),
            fee_percent=reader.number("SERVICE_FEE_PERCENT", 10, 0, 100),
            seller_fee_percent=reader.number("SELLER_FEE_PERCENT", 5, 0, 100),
            card_script=provider_keys.script_url(reader),
            card_key=provider_keys.publishable_key(reader),
            test_cards=_test_cards(reader),
            streams_max=reader.number("STREAMS_MAX", 500, 1, 10_000),
            rates_file=reader.text("RATES_FILE", ""),
            rates_days_max=reader.number("RATES_DAYS_MAX", 7, 1, 36_500),
        )


def _secret(reader: Reader) -> bytes:
    """WEB_SECRET; a local run without one makes its own, which ends with the process."""
    given = reader.secrets("WEB_SECRET", (secrets.token_urlsafe(32),))
    return given[0].encode() if given else b""


def _test_cards(reader: Reader) -> bool:
    offered = reader.switch("TEST_CARDS", reader.local)
    if offered and reader.environment == "production":
        reader.refuse("TEST_CARDS is yes, and those pay for nothing: take it away in production")
    return offered
