"""The reverse proxy in front of service processes: `python -m fairseat_local.gateway --data-dir .data`.

It does here what the Gateway does in a cluster, from the same route table.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fairseat_local import listening
from fairseat_local.lifespans import WithLifespans
from fairseat_local.plan import Running
from fairseat_local.proxy import Proxy, Upstreams
from fairseat_local.router import Router
from fairseat_local.routes import MAIL, PROVIDER, SERVICES, WATCH

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp


def gateway(urls: Mapping[str, str]) -> ASGIApp:
    """The ASGI application that passes every request on to one of `urls`, which are by name."""
    upstreams = Upstreams()
    return WithLifespans(Router({name: Proxy(name, url, upstreams) for name, url in urls.items()}), {}, upstreams)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve until a signal to stop."""
    parser = argparse.ArgumentParser(prog="fairseat_local.gateway", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--listen", default="", help="file descriptors of bound sockets")
    options = parser.parse_args(arguments)
    running = Running.read(options.data_dir)
    urls = {name: f"http://127.0.0.1:{running.ports[name]}" for name in SERVICES}
    beside = {MAIL: running.mail_url, PROVIDER: running.provider_url, WATCH: running.watch_url}
    app = gateway({**urls, **beside})
    sockets = listening.handed_sockets(options.listen) or listening.public_sockets(running.port)
    listening.serve(app, sockets, is_gateway=True)


if __name__ == "__main__":
    main()
