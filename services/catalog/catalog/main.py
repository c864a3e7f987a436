"""Catalog put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalog import (
    routes,
    routes_imports,
    routes_index,
    routes_rules,
    routes_search,
    routes_standing,
    routes_teams,
)
from catalog.actions_facets import FacetsMemory
from catalog.actions_standing import spread_rules
from catalog.consumers import consumers
from catalog.store_invariants import INVARIANTS
from fairseat_common.settings import Environ, Settings
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker

MIGRATIONS = Path(__file__).parent.parent / "migrations"
SPREAD_POLL_S = 0.5


@dataclass(frozen=True, kw_only=True)
class CatalogSettings(Settings):
    """What catalog reads: the common settings."""

    # A stadium's seating chart names every seat, so it does not fit into the usual limit.
    body_max_default: ClassVar[int] = 2 * 1024 * 1024


def settings_of(environ: Environ) -> CatalogSettings:
    """The settings of catalog; raises SettingsError."""
    return CatalogSettings.read(environ)


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The catalog service; settings come from `environ`, by default the process's own."""
    settings = settings_of(environ)
    service = Service("catalog", settings, MIGRATIONS)
    return service.app(
        [
            *routes.all_routes,
            *routes_search.all_routes,
            *routes_index.all_routes,
            *routes_imports.all_routes,
            *routes_rules.all_routes,
            *routes_standing.all_routes,
            *routes_teams.all_routes,
        ],
        consumers=consumers,
        invariants=INVARIANTS,
        workers=[Worker("spread", lambda: spread_rules(service.database), SPREAD_POLL_S)],
        provide={
            "facets": FacetsMemory(service.database),
            "verifier": service.verifier,
            "access_cookie": settings.access_cookie,
        },
    )
