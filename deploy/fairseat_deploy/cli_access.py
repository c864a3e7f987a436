"""`fairseat-deploy access`: the command."""

from __future__ import annotations

import sys

from cyclopts import App

app = App(name="access", help="The door of staging.")


@app.command
def write() -> None:
    """Write where it leads, from the table of routes."""
    from fairseat_deploy import access

    access.write()
    sys.stdout.write(f"wrote {access.FILE.name}\n")


@app.command
def check() -> None:
    """Say whether it leads where the routes do; exit 1 if not."""
    from fairseat_deploy import access

    if access.FILE.read_text() != access.text():
        sys.exit("the door of staging does not lead where the routes do: `fairseat-deploy access write` mends it")
    sys.stdout.write("access: as the routes\n")
