"""`python -m fairseat_local.mail --smtp-port 2525 --port 8025 --directory DIR`."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from fairseat_common.serving import bound_socket
from fairseat_local import listening
from fairseat_local.lifespans import WithLifespans
from fairseat_local.mail.app import MailApp
from fairseat_local.mail.store import MailStore

MAIL_BYTES_MAX = 10 * 1024 * 1024
HOST_NAME = "mail.fairseat.example"


class Catcher:
    """What the SMTP server asks; accepts everything."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail before saying so."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail_id = await asyncio.to_thread(self._store.accept, envelope.rcpt_tos, content)
        return f"250 OK kept as {mail_id}"


@asynccontextmanager
async def smtp_server(store: MailStore, host: str, port: int) -> AsyncIterator[None]:
    """The SMTP side, while the context is open."""

    def protocol() -> SMTP:
        return SMTP(Catcher(store), data_size_limit=MAIL_BYTES_MAX, enable_SMTPUTF8=True, hostname=HOST_NAME)

    server = await asyncio.get_running_loop().create_server(protocol, host, port)
    try:
        yield
    finally:
        server.close()


def main() -> None:
    """Read the command line and serve both sides until a signal to stop."""
    parser = argparse.ArgumentParser(prog="fairseat_local.mail", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where both sides listen; 0.0.0.0 in a container")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    options = parser.parse_args()
    store = MailStore(options.directory)
    app = WithLifespans(MailApp(store), {}, smtp_server(store, options.host, options.smtp_port))
    listening.serve(app, [bound_socket(options.host, options.port)])


if __name__ == "__main__":
    main()
