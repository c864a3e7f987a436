"""The commands of `fairseat` that are about the API: its client, and requests made up from its document."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

client = App(name="client", help="The Python client, written from the API document.")


@client.command(name="check")
def client_check() -> None:
    """Compare the client in clients/python with the API document; exit 1 if it is out of date."""
    from fairseat_local.operations.client import client_check as differences

    problems = differences()
    for problem in problems:
        _say(problem)
    if problems:
        sys.exit(1)
    _say("client: up to date")


@client.command(name="write")
def client_write() -> None:
    """Write the client in clients/python anew."""
    from fairseat_local.operations.client import client_write as write

    for name in write():
        _say(f"wrote {name}")


def fuzz(
    *,
    requests: Annotated[int, Parameter(validator=Number(gte=1), help="How many requests at least.")] = 20_000,
    seed: Annotated[int, Parameter(help="The same requests for the same number.")] = 1,
    only: Annotated[str, Parameter(help="Only operations whose name contains this.")] = "",
) -> None:
    """Ask a marketplace of its own made-up requests; exit 1 if one breaks it, or its answer is not as documented."""
    from fairseat_local.fuzzing import fuzz as run

    sys.exit(1 if run(requests, seed, only, _say) else 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
