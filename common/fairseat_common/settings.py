"""Settings come from the environment only and are read once, into frozen objects.

A service that needs more extends `Settings` in its `main.py` and reads its own names with `Reader`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from typing import Any, TypeVar
from urllib.parse import urlsplit

S = TypeVar("S", bound="Settings")


PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10")


class SettingsError(Exception):
    """A setting is missing or makes no sense; the message names it."""


class Reader:
    """Reads typed values from an environment mapping and names what is wrong."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default the setting is required."""
        value = self._environ.get(name, "")
        if value:
            return value
        if default is None:
            raise SettingsError(f"{name} is not set")
        return default

    def number(self, name: str, default: int, low: int = 0, high: int = 10**9) -> int:
        """A whole number within limits."""
        value = self._environ.get(name, "")
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            raise SettingsError(f"{name} must be a whole number, not {value!r}") from None
        if not low <= number <= high:
            raise SettingsError(f"{name} must be between {low} and {high}, not {number}")
        return number

    def listed(self, name: str) -> tuple[str, ...]:
        """A comma-separated list, possibly empty."""
        return tuple(part.strip() for part in self._environ.get(name, "").split(",") if part.strip())


def trusted_networks(reader: Reader) -> tuple[str, ...]:
    """TRUSTED_NETWORKS: our own gateways and services; what these say in X-Forwarded-For is believed."""
    networks = reader.listed("TRUSTED_NETWORKS") or PRIVATE_NETWORKS
    try:
        for network in networks:
            ip_network(network)
    except ValueError as error:
        raise SettingsError(f"TRUSTED_NETWORKS: {error}") from None
    return networks


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How many requests a minute an address and an account may make of one process; 0: as many as they like."""

    trusted: tuple[str, ...]
    """Networks of our own gateways and services: what these say in X-Forwarded-For is believed, and they are not
    counted themselves."""
    address_reads: int
    address_writes: int
    address_sign_ins: int
    """Tries to sign in or up, or to have a password reset."""
    account_reads: int
    account_writes: int

    @classmethod
    def read(cls, reader: Reader, local: bool) -> Rates:
        """The settings RATE_*. On one machine everybody has the same address, and tests are in a hurry: nothing is
        limited there unless it is said."""

        def rate(name: str, default: int) -> int:
            return reader.number(f"RATE_{name}", 0 if local else default, 0, 10_000_000)

        return cls(
            trusted=trusted_networks(reader),
            address_reads=rate("ADDRESS_READS", 6000),
            address_writes=rate("ADDRESS_WRITES", 600),
            address_sign_ins=rate("ADDRESS_SIGN_INS", 60),
            account_reads=rate("ACCOUNT_READS", 1200),
            account_writes=rate("ACCOUNT_WRITES", 240),
        )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every service reads. Seconds and bytes are whole numbers."""

    environment: str
    """local, staging or production."""
    public_url: str
    """The origin that browsers see, without a trailing slash; https makes cookies Secure."""
    database_url: str
    """The service's own database, as its runtime role; empty for a service that owns no data."""
    migration_database_url: str
    """The same database as its owner; empty where migrations run elsewhere."""
    nats_url: str
    nats_user: str
    """Our account at the broker; empty where the URL has the login."""
    nats_password: str
    nats_ca_file: str
    """Whose certificates the broker may show, for a ``tls://`` URL; empty: those that the machine trusts."""
    nats_replicas: int
    """How many servers of the broker hold each stream: 1, or 3 in a cluster of three."""
    jwks_url: str
    """Where auth publishes its keys."""
    log_level: str
    otlp_endpoint: str
    """Where traces go; empty keeps them in the process."""
    body_max_bytes: int
    pool_max: int
    rates: Rates

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by HTTPS."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def access_cookie(self) -> str:
        """Name of the cookie with the access token."""
        return "__Host-fairseat" if self.secure else "fairseat"

    @property
    def session_cookie(self) -> str:
        """Name of the cookie with the revocable session."""
        return "__Host-fairseat_session" if self.secure else "fairseat_session"

    @classmethod
    def read(cls: type[S], environ: Mapping[str, str] | None = None, **more: Any) -> S:
        """Read the common settings; `more` are the fields that a subclass adds."""
        reader = Reader(environ)
        common: dict[str, Any] = {
            "environment": reader.text("ENVIRONMENT", "local"),
            "public_url": reader.text("PUBLIC_URL", "http://localhost:8000").rstrip("/"),
            "database_url": reader.text("DATABASE_URL", ""),
            "migration_database_url": reader.text("MIGRATION_DATABASE_URL", ""),
            "nats_url": reader.text("NATS_URL", "nats://127.0.0.1:4222"),
            "nats_user": reader.text("NATS_USER", ""),
            "nats_password": reader.text("NATS_PASSWORD", ""),
            "nats_ca_file": reader.text("NATS_CA_FILE", ""),
            "nats_replicas": reader.number("NATS_REPLICAS", 1, 1, 5),
            "jwks_url": reader.text("JWKS_URL", "http://127.0.0.1:8000/.well-known/jwks.json"),
            "log_level": reader.text("LOG_LEVEL", "info"),
            "otlp_endpoint": reader.text("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
            "body_max_bytes": reader.number("BODY_MAX_BYTES", 256 * 1024, 1024, 16 * 1024 * 1024),
            "pool_max": reader.number("POOL_MAX", 10, 2, 100),
            "rates": Rates.read(reader, reader.text("ENVIRONMENT", "local") == "local"),
        }
        known = {f.name for f in fields(cls)}
        assert set(more) <= known, f"unknown settings {set(more) - known}"
        return cls(**common, **more)
