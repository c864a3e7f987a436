"""`fairseat-deploy postgres`: databases and roles as SQL, and the way back from a backup."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="postgres", help="The databases of a cluster.")


@app.command
def write() -> None:
    """Write the SQL that creates databases and roles anew."""
    from fairseat_deploy.postgres import FILE, databases_sql

    FILE.write_text(databases_sql())
    sys.stdout.write(f"wrote {FILE.name}\n")


@app.command
def check() -> None:
    """Compare it with the services that have databases; exit 1 if it differs."""
    from fairseat_deploy.postgres import FILE, databases_sql

    if not FILE.exists() or FILE.read_text() != databases_sql():
        sys.exit(f"{FILE.name} is out of date: `fairseat-deploy postgres write` makes it anew.")
    sys.stdout.write("postgres: one database and two roles per service\n")


@app.command
def recovery(
    overlay: str,
    *,
    at: Annotated[
        datetime | None, Parameter(help="The moment to go back to, with its offset; else as far as it goes.")
    ] = None,
) -> None:
    """Print the overlay's database cluster so that it begins with its backup: docs/runbooks/restore.md applies it."""
    import yaml

    from fairseat_deploy import postgres

    if at is not None and at.tzinfo is None:
        sys.exit("Say the moment with its offset, such as 2030-01-01T10:00:00+00:00.")
    try:
        cluster, server_name = postgres.recovery(overlay, at)
    except postgres.PostgresError as problem:
        sys.exit(str(problem))
    sys.stdout.write(yaml.safe_dump(cluster, sort_keys=False))
    said = (
        f"It archives as {server_name}: say so in overlays/{overlay}/site.yaml (backups_name) before the next deploy.\n"
    )
    sys.stderr.write(said)
