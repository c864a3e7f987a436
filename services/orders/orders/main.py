"""Orders put together: the hold pump before the router, routes, consumers, and a reconciler for overdue holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fairseat_common.quotes import quote_secrets
from fairseat_common.settings import Environ, Reader, Settings
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker
from orders import (
    actions,
    actions_queues,
    actions_refunds,
    actions_waiting,
    routes,
    routes_choices,
    routes_operations,
    routes_queues,
    routes_refunds,
    routes_switch,
    routes_waiting,
)
from orders.actions_hold import HoldPump
from orders.actions_measuring import Seen
from orders.consumers import consumers
from orders.domain_limits import TICKETS_MAX_DEFAULT, Limits
from orders.domain_queues import QUEUE_MAX_DEFAULT
from orders.domain_waiting import Promise
from orders.store_invariants import INVARIANTS

MIGRATIONS = Path(__file__).parent.parent / "migrations"
OVERDUE_POLL_S = 0.25
REFUND_POLL_S = 0.5
WAITING_POLL_S = 0.5
QUEUE_POLL_S = 0.25
FORGET_POLL_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class OrdersSettings(Settings):
    """What orders reads beside the common settings."""

    hold_s: int
    holds_max: int
    tickets_max: int
    """How many seats of one show an account may hold and buy."""
    waiting_hold_s: int
    """How long seats are held for somebody from the waiting list, who may have to read a mail first."""
    queue_max: int
    """How many people can wait in the room of one show."""
    queue_keep_days: int
    """How long after a show it is known who stood in its room."""
    quote_secrets: tuple[str, ...]


def settings_of(environ: Environ) -> OrdersSettings:
    """The settings of orders; raises SettingsError."""
    reader = Reader.of(environ)
    return OrdersSettings.read(
        reader,
        hold_s=reader.number("HOLD_SECONDS", 600, 1, 86_400),
        holds_max=reader.number("HOLDS_MAX", 6, 1, 1000),
        tickets_max=reader.number("TICKETS_MAX", TICKETS_MAX_DEFAULT, 1, 1_000_000),
        waiting_hold_s=reader.number("WAITING_HOLD_SECONDS", 1800, 1, 604_800),
        queue_max=reader.number("QUEUE_MAX", QUEUE_MAX_DEFAULT, 1, 10_000_000),
        queue_keep_days=reader.number("QUEUE_KEEP_DAYS", 30, 1, 3650),
        quote_secrets=quote_secrets(reader),
    )


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The orders service; settings come from `environ`, by default the process's own."""
    settings = settings_of(environ)
    service = Service("orders", settings, MIGRATIONS)
    pump = HoldPump(service.database, Limits(settings.hold_s, settings.holds_max, settings.tickets_max))
    seen = Seen(service.metrics, service.telling)
    seen.pump(pump, service.metrics)
    service.readings.add("holds", lambda: seen.read(service.database))
    create = routes.order_create(
        service.verifier,
        settings.access_cookie,
        pump,
        service.database,
        settings.quote_secrets,
        settings.body_max_bytes,
    )
    return service.app(
        [
            *routes.ROUTES,
            *routes_choices.ROUTES,
            *routes_operations.ROUTES,
            *routes_queues.ROUTES,
            *routes_refunds.ROUTES,
            *routes_switch.ROUTES,
            *routes_waiting.ROUTES,
        ],
        consumers=consumers,
        workers=[
            Worker("overdue", lambda: actions.expire_overdue(service.database), OVERDUE_POLL_S),
            Worker("refund", lambda: actions_refunds.refund_cancelled_shows(service.database), REFUND_POLL_S),
            Worker("waiting", lambda: actions_waiting.look(service.database), WAITING_POLL_S),
            Worker("queue", lambda: actions_queues.turn(service.database), QUEUE_POLL_S),
            Worker(
                "queue-forget",
                lambda: actions_queues.forget(service.database, settings.queue_keep_days),
                FORGET_POLL_S,
            ),
            pump,
        ],
        provide={
            "promise": Promise(settings.waiting_hold_s, settings.holds_max, settings.tickets_max),
            "queue_max": settings.queue_max,
        },
        front={("POST", "/api/orders"): create},
        openapi=routes.HOLD_ROUTE,
        invariants=INVARIANTS,
    )
