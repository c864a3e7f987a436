"""The processes of a run: what is started, and how one sees that it is ready."""

from __future__ import annotations

import http.client
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.postgres_server import PostgresServer
from fairseat_common.testing.server_process import ServerProcess, accepts_connections
from fairseat_local.listening import bound_socket, public_sockets
from fairseat_local.nursery import LEAN, Nursery
from fairseat_local.plan import Plan
from fairseat_local.routes import SERVICES

PROBE_MAX_S = 3
STOP_MAX_S = 6
# Generous, since all of them may start at once on a busy machine; one that fails ends, and that is seen at once.
READY_MAX_S = 120
TOGETHER = "services"
GATEWAY = "gateway"


class PythonProcess(ServerProcess):
    """A module run by this Python, ready when `url` answers `/readyz` with 200 (or, without a path, connects)."""

    ready_max_s = READY_MAX_S
    stop_max_s = STOP_MAX_S

    def __init__(
        self, name: str, port: int, module: str, arguments: Sequence[object], *, log: Path, ready_path: str = ""
    ) -> None:
        super().__init__(log)
        self.name = name
        self.port = port
        self._module = module
        self._arguments = arguments
        self._ready_path = ready_path
        self.nursery: Nursery | None = None
        self.sockets: Sequence[socket.socket] = ()
        """Where it listens, if the launcher keeps that open: from one process to the next nobody is refused."""

    def launch(self) -> None:
        """Start it from the nursery if there is one that can."""
        self.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        listening = [each.fileno() for each in self.sockets]
        born = self.nursery.give_birth(self._module, self._arguments, self.log, listening) if self.nursery else None
        if born:
            self._process = born
        else:
            self.start_process(descriptors=listening)

    def terminate(self) -> None:
        """Ask it to stop, for good: who connects from now on is refused."""
        for each in self.sockets:
            each.close()
        self.sockets = ()
        super().terminate()

    @property
    def url(self) -> str:
        """The address of the process."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str | Path]:
        """`-P`: the current folder is no source of modules."""
        listening = ["--listen", ",".join(str(each.fileno()) for each in self.sockets)] if self.sockets else []
        return [sys.executable, "-P", "-m", self._module, *map(str, self._arguments), *listening]

    def environment(self) -> Mapping[str, str]:
        """The surrounding environment, and less memory."""
        return {**os.environ, **LEAN}

    def is_ready(self) -> bool:
        """Whether the process answers now."""
        if not self._ready_path:
            return accepts_connections(self.port)
        return answers_200(self.port, self._ready_path)


class AllServices(PythonProcess):
    """Every service in one process; ready when each of them is."""

    def __init__(self, plan: Plan) -> None:
        arguments = ["--data-dir", plan.data_dir]
        super().__init__(TOGETHER, plan.port, "fairseat_local.together", arguments, log=plan.log(TOGETHER))
        self._ports = [plan.ports[name] for name in SERVICES]

    def is_ready(self) -> bool:
        """Whether all services are ready."""
        return all(answers_200(port, "/readyz") for port in self._ports)


def answers_200(port: int, path: str) -> bool:
    """Whether `GET path` at 127.0.0.1:`port` answers 200 within `PROBE_MAX_S`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_MAX_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def postgres(plan: Plan) -> PostgresServer | None:
    """The private PostgreSQL, unless somebody's own is used."""
    if plan.database_url:
        return None
    server = PostgresServer(plan.data_dir / "postgres", port=plan.ports["postgres"], fast=plan.postgres_fast)
    server.log = plan.log("postgres")
    return server


def nats(plan: Plan) -> NatsServer | None:
    """The private NATS, unless somebody's own is used."""
    if plan.nats_url:
        return None
    server = NatsServer(plan.data_dir / "nats", port=plan.ports["nats"])
    server.log = plan.log("nats")
    return server


def mail(plan: Plan) -> PythonProcess:
    """The mail catcher."""
    arguments: list[object] = ["--smtp-port", plan.ports["smtp"], "--port", plan.ports["mail"]]
    arguments += ["--directory", plan.data_dir / "mail"]
    return PythonProcess("mail", plan.ports["mail"], "fairseat_local.mail", arguments, log=plan.log("mail"))


def provider(plan: Plan) -> PythonProcess:
    """The payment stand-in; it sends its events to the public origin, as the real provider does."""
    arguments: list[object] = ["--port", plan.ports["provider"], "--data", plan.data_dir / "provider.sqlite"]
    arguments += ["--webhook-url", f"{plan.base_url}/api/payments/webhook"]
    arguments += ["--webhook-secret", plan.webhook_secret, "--public-url", plan.public_url]
    port = plan.ports["provider"]
    return PythonProcess("provider", port, "fairseat_local.provider", arguments, log=plan.log("provider"))


def watch(plan: Plan) -> PythonProcess:
    """The page of metrics and traces, and where services send their traces."""
    arguments: list[object] = ["--port", plan.ports["watch"], "--data-dir", plan.data_dir]
    return PythonProcess("watch", plan.ports["watch"], "fairseat_local.watch", arguments, log=plan.log("watch"))


def nursery(plan: Plan) -> Nursery | None:
    """Where the services' processes come from, on systems where that works."""
    works = plan.forks and sys.platform.startswith("linux")
    return Nursery(plan.data_dir, plan.log("nursery")) if works else None


def services(plan: Plan, born_in: Nursery | None) -> list[PythonProcess]:
    """All services in one process, or each in its own with the gateway in front. Raises PortTakenError."""
    private = {name: bound_socket(plan.ports[name]) for name in SERVICES}
    public = public_sockets(plan.port)
    made: list[PythonProcess] = [AllServices(plan)]
    made[0].sockets = [*public, *private.values()]
    if plan.processes:
        made = [_of_run(plan, name, plan.ports[name], "fairseat_local.serve", name) for name in SERVICES]
        for process in made:
            process.sockets = [private[process.name]]
        made.append(_of_run(plan, GATEWAY, plan.port, "fairseat_local.gateway"))
        made[-1].sockets = public
    for process in made:
        process.nursery = born_in
    return made


def _of_run(plan: Plan, name: str, port: int, module: str, *arguments: str) -> PythonProcess:
    found = [*arguments, "--data-dir", plan.data_dir]
    ready_path = "" if name == GATEWAY else "/readyz"
    return PythonProcess(name, port, module, found, log=plan.log(name), ready_path=ready_path)
