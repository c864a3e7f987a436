"""`fairseat-deploy skaffold`: the command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="skaffold", help="The file that `skaffold dev` follows.")


@app.command
def check(
    *,
    schema: Annotated[Path | None, Parameter(help="Another schema than the published one.")] = None,
) -> None:
    """Hold skaffold.yaml against the tree; exit 1 if they differ."""
    from fairseat_deploy.schemas import SchemasMissingError
    from fairseat_deploy.skaffold import problems, published

    try:
        found = problems(schema=schema or published())
    except SchemasMissingError as missing:
        sys.exit(str(missing))
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    if found:
        sys.exit(1)
    sys.stdout.write("skaffold: true to the tree\n")
