"""One service as a process of a run: `python -m fairseat_local.serve orders --data-dir .data`."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from fairseat_local import listening
from fairseat_local.plan import Running
from fairseat_local.routes import SERVICES

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp


def application(service: str, environ: Mapping[str, str]) -> ASGIApp:
    """The ASGI application of a service, configured from `environ`."""
    app: ASGIApp = load(service).create_app(environ)
    return app


def load(service: str) -> ModuleType:
    """The `main` module of a service."""
    return importlib.import_module(f"{service}.main")


def serve(service: str, port: int, handed: str = "") -> None:
    """Serve until a signal to stop, with settings from the environment. Raises PortTakenError."""
    sockets = listening.handed_sockets(handed) or [listening.bound_socket(port)]
    listening.serve(application(service, os.environ), sockets, behind_gateway=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="fairseat_local.serve", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--listen", default="", help="file descriptors of bound sockets")
    options = parser.parse_args(arguments)
    running = Running.read(options.data_dir)
    os.environ.update(running.environments[options.service])
    serve(options.service, running.ports[options.service], options.listen)


if __name__ == "__main__":
    main()
