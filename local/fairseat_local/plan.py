"""What one run consists of: its folder, its ports, its secrets, and the file that lets other commands find it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from fairseat_common.testing.secret_file import SecretFile
from fairseat_common.testing.server_process import free_port
from fairseat_local.routes import SERVICES

PORT_DEFAULT = 8000
DATA_DIR_DEFAULT = ".data"
RESTART_PAUSE_MAX_S = 5.0
PRIVATE_PORTS = (*SERVICES, "postgres", "nats", "provider", "mail", "smtp", "watch")


class NotRunningError(RuntimeError):
    """No run has been started with this data directory; the message is a sentence for people."""


@dataclass(frozen=True)
class Plan:
    """The choices of one run. `database_url` and `nats_url` name somebody's own servers, or are empty."""

    port: int
    data_dir: Path
    processes: bool
    public_url: str
    database_url: str
    nats_url: str
    ports: Mapping[str, int]
    postgres_fast: bool = False
    """For tests: nothing is lost by kill -9, but much may be by a power cut."""
    demo_shows: int | None = None
    """How many shows of the demo catalogue are loaded; None for all."""
    restart_pause_max_s: float = RESTART_PAUSE_MAX_S
    """How long to wait at most before a process is started again that keeps dying."""
    forks: bool = True
    """Whether services may share the memory of their code; to measure what each needs by itself they must not."""

    @classmethod
    def make(cls, environ: Mapping[str, str], port: int, data_dir: Path, processes: bool) -> Plan:
        """A plan with a free port for everything private."""
        ports: dict[str, int] = {}
        while len(ports) < len(PRIVATE_PORTS):
            chosen = free_port()
            if chosen != port and chosen not in ports.values():
                ports[PRIVATE_PORTS[len(ports)]] = chosen
        return cls(
            port=port,
            data_dir=Path(os.path.abspath(data_dir)),
            processes=processes,
            public_url=environ.get("PUBLIC_URL") or f"http://localhost:{port}",
            database_url=environ.get("DATABASE_URL", ""),
            nats_url=environ.get("NATS_URL", ""),
            ports=ports,
            postgres_fast=environ.get("POSTGRES_SYNC") == "off",
            demo_shows=int(environ["DEMO_SHOWS"]) if environ.get("DEMO_SHOWS") else None,
            restart_pause_max_s=float(environ.get("RESTART_PAUSE_MAX_SECONDS") or RESTART_PAUSE_MAX_S),
            forks=environ.get("FORKS") != "off",
        )

    @property
    def base_url(self) -> str:
        """Where this machine reaches the system, whatever PUBLIC_URL says."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, name: str) -> str:
        """The private HTTP address of a process."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def log(self, name: str) -> Path:
        """Where a process's output goes."""
        return self.data_dir / "logs" / f"{name}.log"

    def keys_dir(self, service: str) -> Path:
        """Where a service keeps its signing keys; made here if it is missing, for its owner only."""
        folder = self.data_dir / "keys" / service
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def secret(self, name: str, prefix: str = "") -> str:
        """A secret of this data directory, made at its first use."""
        return SecretFile(self.data_dir / "secrets.json").get_or_create(name, prefix)

    @property
    def provider_key(self) -> str:
        """The key for the payment stand-in."""
        return self.secret("stripe_secret_key", "sk_test_")

    @property
    def publishable_key(self) -> str:
        """What a browser shows the payment stand-in; it is no secret."""
        return self.secret("stripe_publishable_key", "pk_test_")

    @property
    def webhook_secret(self) -> str:
        """What the payment stand-in signs its events with."""
        return self.secret("stripe_webhook_secret", "whsec_")


@dataclass(frozen=True)
class Running:
    """What `DATA_DIR/environment.json` (0600) says about the run: enough to inspect and to repair it.

    `admin_url` is the database server's superuser; `environments` holds each service's settings, by name.
    """

    port: int
    base_url: str
    public_url: str
    admin_url: str
    nats_url: str
    mail_url: str
    provider_url: str
    ports: Mapping[str, int]
    environments: Mapping[str, Mapping[str, str]]

    @property
    def watch_url(self) -> str:
        """Where the page of metrics and traces is, and where traces go."""
        return f"http://127.0.0.1:{self.ports['watch']}"

    @classmethod
    def read(cls, data_dir: Path) -> Running:
        """Raises NotRunningError if nothing was ever started there."""
        try:
            return cls(**json.loads((data_dir / "environment.json").read_text()))
        except FileNotFoundError:
            raise NotRunningError(f"No Fairseat was started with {data_dir} yet: run `make up` first.") from None

    def write(self, data_dir: Path) -> None:
        """Keep it for other commands."""
        write_private(data_dir / "environment.json", json.dumps(asdict(self), indent=1))


def write_private(path: Path, text: str) -> None:
    """Replace the file at once, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
