"""`fairseat-deploy nats`: the accounts of the broker."""

from __future__ import annotations

import sys

from cyclopts import App

app = App(name="nats", help="The broker's accounts and permissions, from the contracts.")


@app.command
def write() -> None:
    """Write the accounts and permissions anew."""
    from fairseat_deploy.nats_accounts import FILE, accounts

    FILE.write_text(accounts())
    sys.stdout.write(f"wrote {FILE.name}\n")


@app.command
def check() -> None:
    """Compare them with the contracts and consumers in the code; exit 1 if they differ."""
    from fairseat_deploy.nats_accounts import FILE, accounts

    if not FILE.exists() or FILE.read_text() != accounts():
        sys.exit(f"{FILE.name} is out of date: `fairseat-deploy nats write` makes it anew.")
    sys.stdout.write("nats accounts: as the contracts say\n")
