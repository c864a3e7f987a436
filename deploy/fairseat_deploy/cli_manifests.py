"""`fairseat-deploy render`, `check`, `checkov`, `routes` and `schemas`: the commands about manifests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from fairseat_deploy.tree import OVERLAYS, ROOT

render_app = App(name="render", help="Print an overlay as the documents that a cluster is given.")
check_app = App(name="check", help="Check every overlay: its schemas and the rules that schemas do not know.")
checkov_app = App(name="checkov", help="A second opinion on every overlay, by checkov.")
routes_app = App(name="routes", help="The public routes, as the Gateway API and as an Ingress.")
schemas_app = App(name="schemas", help="The published schemas of custom resources and of skaffold.yaml.")


@render_app.default
def render(
    overlay: Annotated[str, Parameter(help=f"{', '.join(OVERLAYS)}.")],
    *,
    images: Annotated[Path | None, Parameter(help="A release: JSON with the registry and a digest per image.")] = None,
) -> None:
    """Print the YAML; exit 1 if one of our own images has no digest, except locally."""
    from fairseat_deploy.rendering import RenderError
    from fairseat_deploy.rendering import render as rendered

    try:
        sys.stdout.write(rendered(overlay, images))
    except RenderError as problem:
        sys.exit(str(problem))


@check_app.default
def check(
    *overlays: Annotated[str, Parameter(help="All without any.")],
) -> None:
    """Print what is wrong, a line each; exit 1 if anything is."""
    from fairseat_deploy.checking import report
    from fairseat_deploy.rendering import RenderError
    from fairseat_deploy.schemas import SchemasMissingError

    try:
        found = report(overlays or OVERLAYS)
    except (RenderError, SchemasMissingError) as problem:
        sys.exit(str(problem))
    for line in found.lines:
        _say(line)
    if found.lines:
        sys.exit(1)
    _say(f"manifests: {found.documents} documents of {len(overlays or OVERLAYS)} overlays are in order")


@checkov_app.default
def checkov(program: Annotated[Path, Parameter(help="checkov's command; `make checkov` installs one.")]) -> None:
    """Print failed checks that deploy/checkov.yaml does not list, a line each; exit 1 if there are any."""
    from fairseat_deploy.checkov import CheckovError, problems, run

    try:
        result = run(program)
    except CheckovError as problem:
        sys.exit(str(problem))
    found = problems(result)
    for line in found:
        _say(line)
    if found:
        sys.exit(1)
    _say(f"checkov: {result.passed} checks passed, {len(result.failed)} known ones failed")


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


@schemas_app.command(name="fetch")
def schemas_fetch(
    *, token: Annotated[str, Parameter(env_var="GITHUB_TOKEN", help="For those who share an address with many.")] = ""
) -> None:
    """Fetch them at their pinned versions into the project's cache."""
    from fairseat_deploy.schemas import CACHED
    from fairseat_deploy.schemas_fetching import FetchError, fetch

    try:
        paths = fetch(CACHED, token=token)
    except FetchError as problem:
        sys.exit(str(problem))
    _say(f"{len(paths)} schemas in {CACHED.relative_to(ROOT)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
