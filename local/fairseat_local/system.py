"""`fairseat up`: the whole of Fairseat on one machine, from nothing to `ready:` and back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from fairseat_common.testing.server_process import ServerProcess
from fairseat_common.testing.service_database import ServiceDatabase, ensure_service_databases
from fairseat_local import process_table, processes
from fairseat_local.demo.loader import ACCOUNTS, PASSWORD, load
from fairseat_local.environment import WITH_DATABASE, environments
from fairseat_local.listening import public_sockets
from fairseat_local.plan import Plan, Running
from fairseat_local.processes import GATEWAY, TOGETHER
from fairseat_local.progress import Progress
from fairseat_local.routes import SERVICES
from fairseat_local.run_lock import RunLock
from fairseat_local.settling import settled
from fairseat_local.supervisor import Supervisor

PARENT_WATCH_S = 0.25


class System:
    """One run. `with_parent` ends it when the process that started it dies."""

    def __init__(self, plan: Plan, progress: Progress, with_parent: bool = False) -> None:
        self._plan = plan
        self._progress = progress
        self._parent = os.getppid() if with_parent else 0
        self._lock = RunLock(plan.data_dir, plan.port)
        self._postgres = processes.postgres(plan)
        self._nats = processes.nats(plan)
        self._nursery = processes.nursery(plan)
        self._supervisor = Supervisor(self._write_table, progress.say, plan.restart_pause_max_s)

    async def run(self) -> None:
        """Start, stay until a signal to stop, and stop.

        Raises AlreadyRunningError, PortTakenError or ServerFailedError if it cannot start.
        """
        self._make_room()
        living = asyncio.create_task(self._live())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._leave, living)
        following = asyncio.create_task(self._follow_parent(living))
        try:
            with suppress(asyncio.CancelledError):
                await living
        finally:
            following.cancel()
            self._lock.stopping()
            await self._supervisor.stop()
            process_table.clear(self._plan.data_dir)
            self._progress.say("stopped")

    def _leave(self, living: asyncio.Task[None]) -> None:
        """The first signal stops in order, a second one at once."""
        if living.cancelling():
            self._supervisor.kill()
            return
        self._progress.say("stopping")
        living.cancel()

    async def _follow_parent(self, living: asyncio.Task[None]) -> None:
        while not self._parent or os.getppid() == self._parent:  # noqa: ASYNC110 (no event tells)
            await asyncio.sleep(PARENT_WATCH_S)
        self._leave(living)

    def _make_room(self) -> None:
        data_dir = self._plan.data_dir
        # Mails and journals are nobody else's; root's servers, which run as another account, must get through.
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        if count := process_table.end_leftovers(data_dir):
            self._progress.say(f"  ended {count} processes that an earlier run left behind")
        for bound in public_sockets(self._plan.port):
            bound.close()

    async def _live(self) -> None:
        plan, progress = self._plan, self._progress
        progress.say(f"Fairseat is starting; its data and logs are in {_short(plan.data_dir)}")
        reading = asyncio.create_task(self._supervisor.start([self._nursery] if self._nursery else []))
        with progress.step("servers (PostgreSQL, NATS, mail, payments)"):
            await self._supervisor.start(self._servers())
        with progress.step("databases"):
            settings = environments(plan, await self._databases(), self._nats_url())
            self._write_running(settings)
        with progress.step("services, each bringing its tables up to date"):
            await reading
            await self._supervisor.start(processes.services(plan, self._nursery))
        watching = asyncio.create_task(self._supervisor.watch())
        try:
            with progress.step("demo catalogue") as report:
                await load(plan.base_url, report, plan.demo_shows)
            with progress.step("every service has heard of it"):
                await settled([plan.url(name) for name in WITH_DATABASE], self._nats_url())
            self._welcome()
            await watching
        finally:
            watching.cancel()

    def _servers(self) -> Sequence[ServerProcess]:
        """PostgreSQL is the last to be launched, since the first time it has to be initialised before."""
        plan = self._plan
        made = [processes.mail(plan), processes.provider(plan), processes.watch(plan), self._nats, self._postgres]
        return [server for server in made if server]

    async def _databases(self) -> Mapping[str, ServiceDatabase]:
        passwords = self._plan.data_dir / "databases.json"
        return await ensure_service_databases(self._admin_url(), WITH_DATABASE, passwords)

    def _admin_url(self) -> str:
        return self._postgres.admin_url if self._postgres else self._plan.database_url

    def _nats_url(self) -> str:
        return self._nats.url if self._nats else self._plan.nats_url

    def _write_running(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        plan = self._plan
        Running(
            port=plan.port,
            base_url=plan.base_url,
            public_url=plan.public_url,
            admin_url=self._admin_url(),
            nats_url=self._nats_url(),
            mail_url=plan.url("mail"),
            provider_url=plan.url("provider"),
            ports=plan.ports,
            environments=settings,
        ).write(plan.data_dir)

    def _write_table(self) -> None:
        process_table.write(self._plan.data_dir, self._table())

    def _table(self) -> process_table.Table:
        pids = {process.name: process.pid for process in self._supervisor.processes}
        together = pids.pop(TOGETHER, 0)
        urls = {name: self._plan.url(name) for name in (*SERVICES, "provider", "mail", "watch")}
        urls[GATEWAY] = self._plan.base_url
        if self._postgres:  # servers of somebody else are not ours to list
            urls["postgres"] = self._postgres.admin_url
        if self._nats:
            urls["nats"] = self._nats.url
        shared = dict.fromkeys((*SERVICES, GATEWAY), together)
        return {name: {"pid": pids.get(name) or shared.get(name, 0), "url": url} for name, url in urls.items()}

    def _welcome(self) -> None:
        say, url = self._progress.say, self._plan.public_url
        if self._plan.processes:
            say()
            for line in process_table.as_text(self._table()):
                say(line)
        say()
        say(f"  demo accounts    {', '.join(ACCOUNTS)}")
        say(f"  their password   {PASSWORD}")
        say(f"  caught mail      {url}/dev/mail")
        say(f"  what happens     {url}/dev/watch")
        say()
        say(f"ready: {url}")


def _short(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
