"""`fairseat-deploy routes`: the command."""

from __future__ import annotations

import sys

from cyclopts import App

from fairseat_deploy.tree import ROOT

routes_app = App(name="routes", help="The public routes, as the Gateway API and as an Ingress.")


@routes_app.command(name="write")
def routes_write() -> None:
    """Write them from the table that `fairseat up` follows."""
    from fairseat_deploy.routes_table import write

    for path in write():
        _say(f"wrote {path.relative_to(ROOT)}")


@routes_app.command(name="check")
def routes_check() -> None:
    """Say which files differ from the table; exit 1 if any does."""
    from fairseat_deploy.routes_table import stale

    old = [str(path.relative_to(ROOT)) for path in stale()]
    if old:
        sys.exit(f"out of date, `fairseat-deploy routes write` mends it: {', '.join(old)}")
    _say("routes: up to date")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
