"""`fairseat-deploy secrets`: what a cluster must know and nobody else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from fairseat_deploy.secrets_rotate import Step

if TYPE_CHECKING:
    from fairseat_deploy.secrets_list import Key
    from fairseat_deploy.secrets_make import Ask, Values

app = App(name="secrets", help="The secrets of a cluster: which there are, new ones, others for old ones.")
Existing = Annotated[
    str,
    Parameter(help="What the cluster has: a file with the output of `kubectl get secrets -o json`, or - for stdin."),
]


@app.command(name="list")
def list_secrets(overlay: str) -> None:
    """List the secrets of an overlay with their keys, and who makes each."""
    from fairseat_deploy.secrets_list import listed

    for secret in listed(overlay):
        given = any(key.given and not key.optional for key in secret.keys)
        who = secret.by or ("a person gives it" if given else "made")
        sys.stdout.write(f"{secret.name:<30} {', '.join(key.name for key in secret.keys):<60} {who}\n")


@app.command
def make(
    overlay: str,
    *,
    existing: Existing = "",
    given: Annotated[
        Path | None, Parameter(help="Lines NAME=value for what a person gives; else you are asked.")
    ] = None,
) -> None:
    """Print Secret objects for everything that is missing, for `kubectl apply -f -` or `kubeseal`.

    What exists is left as it is, so this may be run as often as you like.
    """
    from fairseat_deploy import secrets_make

    try:
        values = secrets_make.read_given(given.read_text()) if given else {}
        _print(secrets_make.make(overlay, _existing(existing), _asking(values)))
    except secrets_make.SecretsError as problem:
        sys.exit(str(problem))


@app.command
def rotate(overlay: str, name: str, *, step: Step, existing: Existing) -> None:
    """Print the Secret object with a new value: accept, then use, then forget; or replace, for passwords.

    After each step apply it, and restart what has it. docs/runbooks says which, and how long to wait.
    """
    from fairseat_deploy import secrets_make, secrets_rotate

    try:
        _print([secrets_rotate.rotate(overlay, name, step, _existing(existing))])
    except secrets_make.SecretsError as problem:
        sys.exit(str(problem))


def _existing(where: str) -> Values:
    from fairseat_deploy.secrets_make import read_existing

    if not where:
        return {}
    return read_existing(sys.stdin.read() if where == "-" else Path(where).read_text())


def _asking(values: Mapping[str, str]) -> Ask:
    def ask(key: Key) -> str:
        if key.name in values or not sys.stdin.isatty():
            return values.get(key.name, "")
        return getpass(f"{key.name}: {key.given}: ", stream=sys.stderr)

    return ask


def _print(manifests: list[dict[str, object]]) -> None:
    import yaml

    sys.stdout.write(yaml.safe_dump_all(manifests, sort_keys=False) if manifests else "# nothing is missing\n")
