"""The `fairseat-deploy` command."""

from __future__ import annotations

from cyclopts import App

from fairseat_deploy import (
    cli_access,
    cli_images,
    cli_manifests,
    cli_nats,
    cli_postgres,
    cli_release,
    cli_secrets,
    cli_skaffold,
    cli_smoke,
)
from fairseat_deploy.monitoring import cli as cli_monitoring

app = App(name="fairseat-deploy", help="Images, manifests, secrets and checks of a cluster.")
app.command(cli_smoke.app)
app.command(cli_skaffold.app)
app.command(cli_images.app)
app.command(cli_images.locks_app)
app.command(cli_images.sbom_app)
app.command(cli_release.app)
app.command(cli_release.cloud)
app.command(cli_access.app)
app.command(cli_nats.app)
app.command(cli_manifests.render_app)
app.command(cli_manifests.check_app)
app.command(cli_manifests.checkov_app)
app.command(cli_manifests.routes_app)
app.command(cli_manifests.schemas_app)
app.command(cli_monitoring.app)
app.command(cli_secrets.app)
app.command(cli_postgres.app)


def main() -> None:
    """Entry point of the command."""
    app()
