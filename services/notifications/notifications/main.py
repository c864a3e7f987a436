"""Notifications put together: consumers queue mails, a worker sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from prometheus_client import Gauge

from fairseat_common.settings import Reader, Settings, SettingsError
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker
from notifications import actions_sending, routes, store
from notifications.actions_sending import MailServer, SendingRules
from notifications.consumers import consumers

MIGRATIONS = Path(__file__).parent.parent / "migrations"
SEND_POLL_S = 0.5
MEASURE_POLL_S = 10.0


@dataclass(frozen=True, kw_only=True)
class NotificationsSettings(Settings):
    """What notifications reads beside the common settings."""

    smtp_url: str
    smtp_timeout_s: int
    mail_from: Address
    mail_lease_s: int
    mail_attempts_max: int

    @classmethod
    def of(cls, environ: Mapping[str, str] | None) -> NotificationsSettings:
        """Read everything; raises SettingsError."""
        reader = Reader(environ)
        timeout_s = reader.number("SMTP_TIMEOUT_SECONDS", 10, 1, 300)
        return cls.read(
            environ,
            smtp_url=reader.text("SMTP_URL", "smtp://127.0.0.1:2525"),
            smtp_timeout_s=timeout_s,
            mail_from=_address(reader.text("MAIL_FROM", "Fairseat <tickets@fairseat.example>")),
            # One attempt takes at most two time-outs; a lease that ended sooner would send it twice for nothing.
            mail_lease_s=reader.number("MAIL_LEASE_SECONDS", 3 * timeout_s, 2 * timeout_s + 1, 3600),
            mail_attempts_max=reader.number("MAIL_ATTEMPTS_MAX", 500, 1, 100_000),
        )


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The notifications service; settings come from `environ`, by default the process's own."""
    settings = NotificationsSettings.of(environ)
    service = Service("notifications", settings, MIGRATIONS)
    local_host = urlsplit(settings.public_url).hostname or "localhost"
    server = MailServer(settings.smtp_url, settings.smtp_timeout_s, local_host)
    rules = SendingRules(
        sender=settings.mail_from,
        origin=settings.public_url,
        lease_s=settings.mail_lease_s,
        attempts_max=settings.mail_attempts_max,
    )
    workers = [
        Worker(
            "send", lambda: actions_sending.send_due(service.database, server, rules), SEND_POLL_S, service.database
        ),
        _measuring(service),
    ]
    return service.app([routes.notification_list], consumers=consumers, workers=workers)


def _measuring(service: Service) -> Worker:
    """Keeps count of the mails that wait, and of those that were given up: somebody should be alerted to these."""
    gauge = Gauge("fairseat_mails", "Mails by state: queued, parked.", ["state"], registry=service.metrics.registry)

    async def measure() -> bool:
        async with service.database.connection() as connection:
            queued, parked = await store.mail_backlog(connection)
        gauge.labels("queued").set(queued)
        gauge.labels("parked").set(parked)
        return False

    return Worker("measure", measure, MEASURE_POLL_S)


def _address(text: str) -> Address:
    name, spec = parseaddr(text)
    try:
        return Address(name, addr_spec=spec)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise SettingsError("MAIL_FROM must look like Fairseat <tickets@example.org>") from error
