"""`fairseat-deploy smoke`: the commands."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from fairseat_deploy.smoke import Target, look, passed, print_table

app = App(name="smoke", help="Look at a deployed marketplace from outside.")


@app.default
def smoke(
    url: Annotated[str, Parameter(help="The public origin, e.g. https://fairseat.example.")],
    *,
    environment: Annotated[
        Literal["local", "dev", "staging", "production"], Parameter(help="What must hold differs, e.g. for crawlers.")
    ] = "production",
    email: Annotated[
        str, Parameter(env_var="SMOKE_EMAIL", help="Where letters for new accounts may go; none are made without it.")
    ] = "",
    account: Annotated[
        str, Parameter(env_var="SMOKE_ACCOUNT", help="NAME:PASSWORD for an edge that lets in the team only.")
    ] = "",
    buy: Annotated[bool, Parameter(negative=(), help="Buy a seat with a test card; never in production.")] = False,
    ca: Annotated[str, Parameter(help="A certificate authority to trust, PEM file (the local cluster's).")] = "",
) -> None:
    """Visit it, find a show, sign up and in, and say in a table what was seen; exit 1 if something is wrong."""
    if buy and environment == "production":
        raise SystemExit("Buying for real is not a test: --buy is not for production.")
    name, colon, password = account.partition(":")
    target = Target(
        url=url.rstrip("/"),
        environment=environment,
        email=email,
        basic=(name, password) if colon else None,
        buy=buy,
        ca=ca,
    )
    found = asyncio.run(look(target))
    print_table(target, found)
    sys.exit(0 if passed(found) else 1)


@app.command
def account() -> None:
    """Make an account for automatic checks of staging: a line for the proxy's file, and what SMOKE_ACCOUNT must be."""
    from fairseat_deploy.smoke_account import make

    made = make()
    sys.stdout.write(f"htpasswd of the secret staging-access: {made.line}\n")
    sys.stdout.write(f"SMOKE_ACCOUNT of the workflow: {made.account}\n")
