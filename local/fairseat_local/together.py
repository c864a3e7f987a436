"""Every service in one process: `python -m fairseat_local.together --data-dir .data`.

One HTTP server listens at the public port, where the path decides, and at each service's own port, where the
port does; services reach each other in the same way as when they are processes of their own.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fairseat_local import listening
from fairseat_local.lifespans import WithLifespans
from fairseat_local.plan import Running
from fairseat_local.proxy import Proxy, Upstreams
from fairseat_local.router import Router
from fairseat_local.routes import MAIL, PROVIDER, SERVICES, WATCH
from fairseat_local.serve import application

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp


def application_of_all(running: Running) -> ASGIApp:
    """The ASGI root over all services, with proxies to what is beside them in a local run."""
    apps = {name: application(name, {**os.environ, **running.environments[name]}) for name in SERVICES}
    upstreams = Upstreams()
    beside = {MAIL: running.mail_url, PROVIDER: running.provider_url, WATCH: running.watch_url}
    root = Router(
        {**apps, **{name: Proxy(name, url, upstreams) for name, url in beside.items()}},
        {running.ports[name]: name for name in SERVICES},
    )
    return WithLifespans(root, apps, upstreams)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve until a signal to stop."""
    parser = argparse.ArgumentParser(prog="fairseat_local.together", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--listen", default="", help="file descriptors of bound sockets")
    options = parser.parse_args(arguments)
    running = Running.read(options.data_dir)
    sockets = listening.handed_sockets(options.listen)
    if not sockets:
        sockets = listening.public_sockets(running.port)
        sockets += [listening.bound_socket(running.ports[name]) for name in SERVICES]
    listening.serve(application_of_all(running), sockets)


if __name__ == "__main__":
    main()
