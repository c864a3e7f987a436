"""The `fairseat-deploy` command."""

from __future__ import annotations

from cyclopts import App

app = App(name="fairseat-deploy", help="Images, manifests, secrets and checks of a cluster.")


def main() -> None:
    """Entry point of the command."""
    app()
