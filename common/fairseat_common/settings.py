"""Settings come from the environment only and are read once, into frozen objects.

A service that needs more extends `Settings` in its `main.py` and reads its own names with `Reader`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from fairseat_common.environment import (
    PRIVATE_NETWORKS,
    PUBLIC_ENVIRONMENTS,
    Environ,
    Reader,
    SettingsError,
)

__all__ = ["PRIVATE_NETWORKS", "PUBLIC_ENVIRONMENTS", "Environ", "Rates", "Reader", "Settings", "SettingsError"]

S = TypeVar("S", bound="Settings")
HIDDEN_ENVIRONMENTS = ("dev", "staging")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


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
    def read(cls, reader: Reader) -> Rates:
        """The settings RATE_*. On one machine everybody has the same address, and tests are in a hurry: nothing is
        limited there unless it is said."""

        def rate(name: str, default: int) -> int:
            return reader.number(f"RATE_{name}", 0 if reader.local else default, 0, 10_000_000)

        return cls(
            trusted=reader.trusted_networks(),
            address_reads=rate("ADDRESS_READS", 6000),
            address_writes=rate("ADDRESS_WRITES", 600),
            address_sign_ins=rate("ADDRESS_SIGN_INS", 60),
            account_reads=rate("ACCOUNT_READS", 1200),
            account_writes=rate("ACCOUNT_WRITES", 240),
        )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every service reads. Seconds and bytes are whole numbers."""

    owns_data: ClassVar[bool] = True
    """Whether there is a database."""
    body_max_default: ClassVar[int] = 256 * 1024

    environment: str
    """local, dev, staging or production."""
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
    trace_ratio: float
    """The part of all traces that begin here which is recorded; whoever calls us has decided about theirs."""
    traces_per_second_max: int
    """How many traces that begin here are recorded in a second at most; 0: as many as there are."""
    release: str
    """What runs, as metrics and traces name it: a tag, or whatever the images are known by."""
    commit: str
    invariants_s: int
    """How often the service looks whether its own rules hold, while somebody collects its metrics; 0: never."""
    body_max_bytes: int
    pool_max: int
    rates: Rates

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by HTTPS."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def is_hidden(self) -> bool:
        """Whether search engines are asked to stay away: this is a marketplace that nobody should find."""
        return self.environment in HIDDEN_ENVIRONMENTS

    @property
    def access_cookie(self) -> str:
        """Name of the cookie with the access token."""
        return "__Host-fairseat" if self.secure else "fairseat"

    @property
    def session_cookie(self) -> str:
        """Name of the cookie with the revocable session."""
        return "__Host-fairseat_session" if self.secure else "fairseat_session"

    @classmethod
    def read(cls: type[S], environ: Environ = None, **more: Any) -> S:
        """Read the common settings; `more` are the fields that a subclass adds, read from the same reader.

        Raises SettingsError with everything that is wrong, also with what the subclass has read.
        """
        reader = Reader.of(environ)
        local = reader.local
        common: dict[str, Any] = {
            "environment": reader.environment,
            "public_url": _public_url(reader),
            "database_url": reader.secret("DATABASE_URL", "" if local else None) if cls.owns_data else "",
            "migration_database_url": _migration_database_url(reader) if cls.owns_data else "",
            "nats_url": reader.text("NATS_URL", "nats://127.0.0.1:4222" if local else None),
            **_nats(reader),
            "jwks_url": reader.address("JWKS_URL", "http://127.0.0.1:8000/.well-known/jwks.json" if local else None),
            "log_level": reader.choice("LOG_LEVEL", "info", LOG_LEVELS),
            "otlp_endpoint": reader.address("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
            "trace_ratio": reader.share("OTEL_TRACES_SAMPLER_ARG", 1.0),
            "traces_per_second_max": reader.number("TRACES_PER_SECOND_MAX", 100, 0, 100_000),
            "release": reader.text("RELEASE", ""),
            "commit": reader.text("COMMIT", ""),
            "invariants_s": reader.number("INVARIANTS_SECONDS", 0 if local else 300, 0, 86_400),
            "body_max_bytes": reader.number("BODY_MAX_BYTES", cls.body_max_default, 1024, 16 * 1024 * 1024),
            "pool_max": reader.number("POOL_MAX", 10, 2, 100),
            "rates": Rates.read(reader),
        }
        reader.check()
        known = {f.name for f in fields(cls)}
        assert set(more) <= known, f"unknown settings {set(more) - known}"
        return cls(**common, **more)


def _public_url(reader: Reader) -> str:
    """An origin: what is put behind it are paths."""
    url = reader.address("PUBLIC_URL", "http://localhost:8000" if reader.local else None)
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment or parts.username:
        reader.refuse(f"PUBLIC_URL must be an origin without a path, such as https://tickets.example.org, not {url!r}")
    if parts.scheme == "http" and reader.environment in PUBLIC_ENVIRONMENTS:
        reader.refuse(f"PUBLIC_URL must begin with https:// in {reader.environment}, not {url!r}")
    return url


def _migration_database_url(reader: Reader) -> str:
    """The owner of the tables does nothing but migrate, and a service that serves strangers is never the owner."""
    url = reader.secret("MIGRATION_DATABASE_URL", "")
    if url and reader.environment in PUBLIC_ENVIRONMENTS:
        reader.refuse(
            "MIGRATION_DATABASE_URL belongs to `python -m fairseat_common.migrating` alone: take it from the service"
        )
    return url


def _nats(reader: Reader) -> dict[str, Any]:
    user, password = reader.text("NATS_USER", ""), reader.secret("NATS_PASSWORD", "")
    if bool(user) != bool(password):
        missing, given = ("NATS_PASSWORD", "NATS_USER") if user else ("NATS_USER", "NATS_PASSWORD")
        reader.refuse(f"{missing} is not set although {given} is: set both, or none")
    ca_file, replicas = reader.text("NATS_CA_FILE", ""), reader.number("NATS_REPLICAS", 1, 1, 5)
    if ca_file and not os.access(ca_file, os.R_OK):
        reader.refuse(f"NATS_CA_FILE is no file that can be read: {ca_file}")
    if replicas % 2 == 0:
        reader.refuse(f"NATS_REPLICAS must be odd, since a majority decides, not {replicas}")
    return {"nats_user": user, "nats_password": password, "nats_ca_file": ca_file, "nats_replicas": replicas}
