"""Expiration put together: consumers, and a worker that fires what is due."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from expiration import actions
from expiration.consumers import consumers
from expiration.store_invariants import INVARIANTS
from fairseat_common.settings import Environ, Settings
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker

MIGRATIONS = Path(__file__).parent.parent / "migrations"
POLL_S = 0.25


def settings_of(environ: Environ) -> Settings:
    """The settings of expiration, which are the common ones; raises SettingsError."""
    return Settings.read(environ)


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The expiration service; settings come from `environ`, by default the process's own."""
    service = Service("expiration", settings_of(environ), MIGRATIONS)
    worker = Worker("fire", lambda: actions.fire_due(service.database), POLL_S)
    return service.app([], consumers=consumers, workers=[worker], invariants=INVARIANTS)
