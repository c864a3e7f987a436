"""Catalog put together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

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
from fairseat_common.settings import Settings
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker

MIGRATIONS = Path(__file__).parent.parent / "migrations"
BODY_MAX_BYTES = 2 * 1024 * 1024
"""A stadium's seating chart names every seat, so it does not fit into the usual limit."""

SPREAD_POLL_S = 0.5


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The catalog service; settings come from `environ`, by default the process's own."""
    given = os.environ if environ is None else environ
    settings = Settings.read({**given, "BODY_MAX_BYTES": str(BODY_MAX_BYTES)})
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
