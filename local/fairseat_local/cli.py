"""The `fairseat` command. Each command imports what it needs when it runs, so that none pays for the others."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from fairseat_local.plan import DATA_DIR_DEFAULT, PORT_DEFAULT

DataDir = Annotated[Path, Parameter(env_var="DATA_DIR", help="Where the run keeps its data.")]
DATA_DIR = Path(DATA_DIR_DEFAULT)

app = App(name="fairseat", help="Fairseat on one machine: start it, look into it, repair it.", version_flags=[])


@app.command
def up(
    *,
    port: Annotated[int, Parameter(env_var="PORT", help="The public port.")] = PORT_DEFAULT,
    data_dir: DataDir = DATA_DIR,
    processes: Annotated[
        bool, Parameter(env_var="PROCESSES", help="Run each service in a process of its own, behind a gateway.")
    ] = False,
    with_parent: Annotated[bool, Parameter(help="Stop when the process that started this one ends.")] = False,
) -> None:
    """Start everything, and stay until Ctrl-C.

    DATABASE_URL and NATS_URL name servers to use in place of private ones; PUBLIC_URL is what browsers see.
    """
    from fairseat_local.plan import Plan
    from fairseat_local.progress import Progress
    from fairseat_local.system import System

    plan = Plan.make(os.environ, port, data_dir, processes)
    asyncio.run(System(plan, Progress(), with_parent).run())


@app.command
def serve(
    service: str, *, port: Annotated[int, Parameter(env_var="PORT", help="The port to listen at.")] = PORT_DEFAULT
) -> None:
    """Run one service, with its settings from the environment."""
    from fairseat_local.routes import SERVICES
    from fairseat_local.serve import serve as serve_service

    if service not in SERVICES:
        raise SystemExit(f"There is no service {service!r}; there are {', '.join(SERVICES)}.")
    serve_service(service, port)


@app.command
def demo(*, data_dir: DataDir = DATA_DIR) -> None:
    """Load the demo catalogue into the running system."""
    from fairseat_local.demo import load
    from fairseat_local.plan import Running

    asyncio.run(load(Running.read(data_dir).base_url, print))


def main() -> None:
    """Run the command; what people can mend is said in one line."""
    from fairseat_common.testing.server_process import ServerFailedError
    from fairseat_local.listening import PortTakenError
    from fairseat_local.plan import NotRunningError
    from fairseat_local.run_lock import AlreadyRunningError

    try:
        app()
    except (AlreadyRunningError, NotRunningError, PortTakenError, ServerFailedError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
