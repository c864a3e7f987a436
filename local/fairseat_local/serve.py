"""One service as a process: `python -m fairseat_local.serve orders --port 9001`, settings from the environment."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fairseat_local import listening
from fairseat_local.routes import SERVICES

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp


def application(service: str, environ: Mapping[str, str]) -> ASGIApp:
    """The ASGI application of a service, configured from `environ`."""
    app: ASGIApp = importlib.import_module(f"{service}.main").create_app(environ)
    return app


def serve(service: str, port: int) -> None:
    """Serve until a signal to stop. Raises PortTakenError."""
    sockets = [listening.bound_socket(port)]
    listening.serve(application(service, os.environ), sockets, behind_gateway=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="fairseat_local.serve", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", help="names the run that this belongs to, for those who list processes")
    options = parser.parse_args()
    serve(options.service, options.port)


if __name__ == "__main__":
    main()
