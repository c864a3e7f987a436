"""`python -m fairseat_local.provider --port 12111 --data FILE --webhook-url URL --webhook-secret SECRET`."""

from __future__ import annotations

import argparse
import logging
import socket
import sys
import time
from pathlib import Path

import uvicorn

from fairseat_local.provider.app import Provider
from fairseat_local.provider.endpoints import endpoint_from_command_line
from fairseat_local.provider.journal import Journal

CONNECTIONS_MAX = 512
SHUTDOWN_S = 5


def main(arguments: list[str] | None = None) -> None:
    """Serve until a signal to stop. Prints its address when it is listening; port 0 means any free one."""
    options = _options(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    journal = Journal(options.data)
    endpoint_from_command_line(journal, options.webhook_url, options.webhook_secret, int(time.time()))
    listener = socket.create_server((options.host, options.port))
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"listening on http://{host}:{port}\n")
    sys.stdout.flush()
    public_url = options.public_url or f"http://{host}:{port}"
    config = uvicorn.Config(
        Provider(journal, public_url=public_url, network_s=options.network_ms / 1000),
        log_config=None,
        access_log=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fairseat_local.provider", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the journal, an SQLite file")
    parser.add_argument("--webhook-url", default=None, help="where events are sent")
    parser.add_argument("--webhook-secret", default="", help="what they are signed with (whsec_...)")
    parser.add_argument("--public-url", default="", help="where browsers reach this process, by default at itself")
    parser.add_argument("--network-ms", type=int, default=0, help="how long a card network takes to answer")
    options = parser.parse_args(arguments)
    if options.webhook_url and not options.webhook_secret:
        parser.error("--webhook-url needs --webhook-secret")
    return options


if __name__ == "__main__":
    main()
