"""Where the door of staging leads: the table of routes, as oauth2-proxy reads it."""

from __future__ import annotations

from pathlib import Path

from fairseat_deploy.tree import DEPLOY, NAMESPACE, PORT
from fairseat_local.routes import DEFAULT, PREFIXES, SERVICES

FILE = DEPLOY / "components" / "staging-access" / "upstreams.env"
HEAD = "# Written by `fairseat-deploy access write` from fairseat_local/routes.py; not by hand.\n"


def upstreams() -> list[str]:
    """An address for each path: one that ends with a slash is for all below it, another for itself alone."""
    found = []
    for prefix, service in PREFIXES.items():
        if service in SERVICES:  # the stand-ins of local overlays are not there
            found += [f"{_origin(service)}{prefix}", f"{_origin(service)}{prefix}/"]
    return [*found, f"{_origin(DEFAULT)}/"]


def text() -> str:
    """The file as it must be."""
    return f"{HEAD}OAUTH2_PROXY_UPSTREAMS={','.join(upstreams())}\n"


def write(file: Path = FILE) -> None:
    """Write the file anew."""
    file.write_text(text())


def _origin(service: str) -> str:
    return f"http://{service}.{NAMESPACE}.svc.cluster.local:{PORT}"
