"""Payments put together: routes, consumers, the provider, and a worker that settles what is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fairseat_common import provider_keys
from fairseat_common.settings import Environ, Reader, Settings
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker
from payments import (
    actions_accounts,
    actions_feed,
    actions_ledger,
    actions_payouts,
    actions_reconcile,
    actions_refunds,
    actions_settle,
    actions_tax,
    domain_tax,
    routes,
    routes_bans,
    routes_ledger,
    routes_payouts,
    routes_penalties,
    routes_switch,
    routes_tax,
    routes_timeline,
)
from payments.actions_measuring import Seen
from payments.actions_switch import Hearing
from payments.consumers import consumers
from payments.domain_cards import CARD_TICKETS_MAX_DEFAULT
from payments.domain_tax import Operator, TaxRate
from payments.store_invariants import INVARIANTS
from payments.store_provider import CALL_TIMEOUT, Provider
from payments.store_provider_http import MeasuredHttp

MIGRATIONS = Path(__file__).parent.parent / "migrations"
POLL_S = 1.0
FEED_POLL_S = 5.0
"""How often the provider's list of events is read: what a lost webhook would have said is known by then."""
RECONCILE_POLL_S = 2.0
HEARING_POLL_S = 1.0
BALANCES_EVERY_S = 60.0
"""How often the balances of all shows and sellers are added up, while somebody collects metrics."""
LOCAL_KEY = "sk_test_local"
"""What the stand-in of a local run is content with; nobody else is."""


@dataclass(frozen=True, kw_only=True)
class PaymentsSettings(Settings):
    """What payments reads beside the common settings."""

    stripe_secret_key: str
    stripe_api_url: str
    """Where the provider is; empty means the real one."""
    stripe_webhook_secrets: tuple[str, ...]
    """Each may sign: during a rotation there are two."""
    card_tickets_max: int | None
    """How many tickets of a show one card may buy; None: as many as one likes."""
    payout_delay: timedelta
    """How long after the beginning of a show its money stays in escrow."""
    reconcile_pace: actions_reconcile.Pace
    """How often provider, payments and ledger are compared, and for how long a difference may be in flight."""
    tax_rates: tuple[TaxRate, ...]
    """What the fees for shows include, by the country of the venue; none: no tax."""
    operator: Operator
    """Who runs the marketplace, as receipts name them."""


def settings_of(environ: Environ) -> PaymentsSettings:
    """The settings of payments; raises SettingsError. Outside a local run there is no default for a secret."""
    reader = Reader.of(environ)
    local = reader.local
    key = provider_keys.secret_key(reader, LOCAL_KEY)
    return PaymentsSettings.read(
        reader,
        stripe_secret_key=key,
        stripe_api_url=provider_keys.api_url(reader, key),
        stripe_webhook_secrets=reader.secrets("STRIPE_WEBHOOK_SECRETS"),
        # Everybody who tests on one machine has the same few cards.
        card_tickets_max=reader.number("CARD_TICKETS_MAX", 0 if local else CARD_TICKETS_MAX_DEFAULT, 0, 1_000_000)
        or None,
        payout_delay=timedelta(seconds=reader.number("PAYOUT_DELAY_SECONDS", 48 * 3600)),
        reconcile_pace=actions_reconcile.Pace(
            interval=timedelta(seconds=reader.number("RECONCILE_SECONDS", 30 if local else 300, low=1)),
            grace=timedelta(seconds=reader.number("RECONCILE_GRACE_SECONDS", 60)),
        ),
        tax_rates=_tax_rates(reader),
        operator=Operator(
            name=reader.text("OPERATOR_NAME", ""),
            address=reader.listed("OPERATOR_ADDRESS"),
            tax_id=reader.text("OPERATOR_TAX_ID", ""),
        ),
    )


def _tax_rates(reader: Reader) -> tuple[TaxRate, ...]:
    try:
        return domain_tax.rates_of(reader.listed("TAX_RATES"))
    except ValueError as error:
        reader.refuse(str(error))
        return ()


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The payments service; settings come from `environ`, by default the process's own."""
    settings = settings_of(environ)
    service = Service("payments", settings, MIGRATIONS)
    http = MeasuredHttp(service.metrics, service.tracing, timeout=CALL_TIMEOUT)
    provider = Provider(settings.stripe_secret_key, settings.stripe_api_url, http)
    database, pace = service.database, settings.reconcile_pace
    hearing = Hearing(service.broker)
    seen = Seen(service.metrics, service.telling)
    service.readings.add("money", lambda: seen.read(database))
    service.readings.add("balances", lambda: seen.read_money(database), BALANCES_EVERY_S)
    workers = [
        Worker("hearing", hearing.listen, HEARING_POLL_S),
        Worker("settle", lambda: actions_settle.settle_due(database, provider), POLL_S, database),
        Worker("refunds", lambda: actions_refunds.refunds_due(database, provider), POLL_S, database),
        Worker("feed", lambda: actions_feed.feed_turn(database, provider), FEED_POLL_S),
        Worker("release", lambda: actions_ledger.release_due(database, settings.payout_delay), POLL_S),
        Worker("payouts", lambda: actions_payouts.payouts_due(database, provider), POLL_S),
        Worker("accounts", lambda: actions_accounts.accounts_look(database, provider), POLL_S),
        Worker("reconcile", lambda: actions_reconcile.reconcile_due(database, provider, pace), RECONCILE_POLL_S),
    ]
    return service.app(
        (
            *routes.ROUTES,
            *routes_ledger.ROUTES,
            *routes_payouts.ROUTES,
            *routes_penalties.ROUTES,
            *routes_switch.ROUTES,
            *routes_tax.ROUTES,
            *routes_timeline.ROUTES,
            *routes_bans.ROUTES,
        ),
        consumers=consumers,
        workers=workers,
        provide={
            "provider": provider,
            "hearing": hearing,
            "public_url": settings.public_url,
            "card_tickets_max": settings.card_tickets_max,
            "webhook_secrets": settings.stripe_webhook_secrets,
            "payout_delay": settings.payout_delay,
            "operator": settings.operator,
        },
        invariants=INVARIANTS,
        lifespans=[provider.running, lambda: actions_tax.rates_in_force(database, settings.tax_rates)],
    )
