"""Notifications put together: consumers queue mails, workers make mails of alerts and send what is queued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from fairseat_common.languages import learn
from fairseat_common.settings import Environ, Reader, Settings
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Job, Worker
from notifications import (
    actions_alerts,
    actions_mailchimp,
    actions_sendgrid,
    actions_sending,
    routes,
    routes_alerts,
    routes_favourites,
    routes_preferences,
    routes_webhooks,
    routes_webhooks_described,
)
from notifications.actions_mailchimp import Mailchimp
from notifications.actions_measuring import Seen
from notifications.actions_sendgrid import SendGrid
from notifications.actions_sending import MailServer, Rest, SendingRules
from notifications.actions_smtp import SmtpServer
from notifications.actions_webhook_sending import Courier
from notifications.actions_webhook_sending import tidy as tidy_webhooks
from notifications.actions_webhooks import WebhookRules
from notifications.consumers import consumers
from notifications.store_invariants import INVARIANTS

MIGRATIONS = Path(__file__).parent.parent / "migrations"
CATALOGUES = Path(__file__).parent / "locale"
SEND_POLL_S = 0.5
TELL_POLL_S = 1.0
TIDY_POLL_S = 60.0
LOCAL_SECRET = "fairseat-local-unsubscribe"  # noqa: S105 - seals links on one's own machine only
LOCAL_LETTER_SECRET = "fairseat-local-letters"  # noqa: S105 - auth has the same on one's own machine
LOCAL_WEBHOOK_SECRET = "fairseat-local-webhooks"  # noqa: S105 - seals what signs on one's own machine only
LOCAL_SENDER = "Fairseat <tickets@fairseat.example>"
LOCAL_SMTP = "smtp://127.0.0.1:2525"
PROVIDERS = ("smtp", "sendgrid", "mailchimp")


@dataclass(frozen=True, kw_only=True)
class NotificationsSettings(Settings):
    """What notifications reads beside the common settings."""

    provider: str
    provider_url: str
    provider_key: str
    timeout_s: int
    mail_from: Address
    mail_lease_s: int
    mail_attempts_max: int
    alert_pause_s: int
    secrets: tuple[str, ...]
    letter_secrets: tuple[str, ...]
    webhooks: WebhookRules

    @classmethod
    def of(cls, environ: Environ) -> NotificationsSettings:
        """Read everything; raises SettingsError."""
        reader = Reader.of(environ)
        provider = reader.choice("MAIL_PROVIDER", "smtp", PROVIDERS)
        timeout_s = reader.number("MAIL_TIMEOUT_SECONDS", reader.number("SMTP_TIMEOUT_SECONDS", 10, 1, 300), 1, 300)
        url, key = _provider(reader, provider)
        return cls.read(
            reader,
            provider=provider,
            provider_url=url,
            provider_key=key,
            timeout_s=timeout_s,
            mail_from=_address(reader),
            # One attempt takes at most two time-outs; a lease that ended sooner would send it twice for nothing.
            mail_lease_s=reader.number("MAIL_LEASE_SECONDS", 3 * timeout_s, 2 * timeout_s + 1, 3600),
            mail_attempts_max=reader.number("MAIL_ATTEMPTS_MAX", 500, 1, 100_000),
            alert_pause_s=reader.number("ALERT_PAUSE_SECONDS", 600, 0, 86_400),
            secrets=reader.secrets("UNSUBSCRIBE_SECRETS", (LOCAL_SECRET,)),
            letter_secrets=reader.secrets("LETTER_SECRETS", (LOCAL_LETTER_SECRET,)),
            webhooks=_webhooks(reader),
        )


def _provider(reader: Reader, provider: str) -> tuple[str, str]:
    """Where the provider is, and the key to it; SMTP has its login in the address."""
    found = {
        "smtp": (reader.secret("SMTP_URL", _needed(provider == "smtp" and not reader.local, LOCAL_SMTP)), ""),
        "sendgrid": (
            _provider_url(reader, "SENDGRID_URL", actions_sendgrid.URL),
            reader.secret("SENDGRID_API_KEY", _needed(provider == "sendgrid")),
        ),
        "mailchimp": (
            _provider_url(reader, "MAILCHIMP_URL", actions_mailchimp.URL),
            reader.secret("MAILCHIMP_API_KEY", _needed(provider == "mailchimp")),
        ),
    }
    return found[provider]


def _needed(needed: bool, default: str = "") -> str | None:
    return None if needed else default


def _provider_url(reader: Reader, name: str, real: str) -> str:
    url = reader.address(name, real)
    if url != real and reader.environment == "production":
        reader.refuse(f"{name} names a stand-in, which sends no mail: take it away in production")
    return url


def _webhooks(reader: Reader) -> WebhookRules:
    """Outside local runs nothing is ever sent to an address that is not public."""
    public_only = reader.switch("WEBHOOKS_PUBLIC_ONLY", not reader.local)
    return WebhookRules(
        secrets=reader.secrets("WEBHOOK_SECRETS", (LOCAL_WEBHOOK_SECRET,)),
        public_only=public_only or not reader.local,
        timeout_s=reader.number("WEBHOOK_TIMEOUT_SECONDS", 10, 1, 60),
        retry_first_s=reader.number("WEBHOOK_RETRY_SECONDS", 5, 0, 3600),
    )


def settings_of(environ: Environ) -> NotificationsSettings:
    """The settings of notifications; raises SettingsError."""
    return NotificationsSettings.of(environ)


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The notifications service; settings come from `environ`, by default the process's own."""
    settings = settings_of(environ)
    learn(CATALOGUES)
    service = Service("notifications", settings, MIGRATIONS)
    server, rest = _server(settings), Rest()
    rules = SendingRules(
        sender=settings.mail_from,
        origin=settings.public_url,
        lease_s=settings.mail_lease_s,
        attempts_max=settings.mail_attempts_max,
        secret=settings.secrets[0],
        letter_secrets=settings.letter_secrets,
    )
    database, seen = service.database, Seen(service.metrics, service.tracing)
    service.readings.add("mails", lambda: seen.read(database))
    workers: list[Job] = [
        Worker("send", lambda: actions_sending.send_due(database, server, rules, rest, seen), SEND_POLL_S, database),
        Worker("tell", lambda: actions_alerts.tell_due(database, settings.alert_pause_s), TELL_POLL_S, database),
        Worker("tidy", lambda: tidy_webhooks(database), TIDY_POLL_S),
        Courier(database, settings.webhooks, seen),
    ]
    return service.app(
        [
            routes.notification_list,
            *routes_alerts.ROUTES,
            *routes_favourites.ROUTES,
            *routes_preferences.ROUTES,
            *routes_webhooks.ROUTES,
        ],
        consumers=consumers,
        workers=workers,
        provide={"secrets": settings.secrets, "webhook_rules": settings.webhooks},
        openapi=routes_webhooks_described.described(),
        invariants=INVARIANTS,
        lifespans=[server.running],
    )


def _server(settings: NotificationsSettings) -> MailServer:
    """Whoever takes our mail."""
    if settings.provider == "sendgrid":
        return SendGrid(settings.provider_url, settings.provider_key, settings.timeout_s)
    if settings.provider == "mailchimp":
        return Mailchimp(settings.provider_url, settings.provider_key, settings.timeout_s)
    local_host = urlsplit(settings.public_url).hostname or "localhost"
    return SmtpServer(settings.provider_url, settings.timeout_s, local_host)


def _address(reader: Reader) -> Address:
    given = reader.text("MAIL_FROM", LOCAL_SENDER if reader.local else None)
    name, spec = parseaddr(given or LOCAL_SENDER)
    try:
        return Address(name, addr_spec=spec)
    except (ValueError, IndexError, HeaderParseError):
        reader.refuse("MAIL_FROM must look like Fairseat <tickets@example.org>")
        return Address()
