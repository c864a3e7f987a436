"""One more process of a service beside the one that a run supervises, as a cluster has several."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from fairseat_common.testing.server_process import ServerProcess, free_port
from fairseat_local.plan import Running
from fairseat_local.processes import READY_MAX_S, answers_200

PROGRAM = "import sys; from fairseat_local.serve import serve; serve(sys.argv[1], int(sys.argv[2]))"


class SecondProcess(ServerProcess):
    """It has the settings of the first one, but reaches database and provider directly, past any watched line."""

    ready_max_s = READY_MAX_S

    def __init__(self, service: str, data_dir: Path) -> None:
        super().__init__(data_dir / "logs" / f"{service}-second.log")
        self.name = f"second {service}"
        self._service = service
        self._running = Running.read(data_dir)
        self.port = free_port()

    def command(self) -> Sequence[str | Path]:
        """The same module as the first, on a port of its own."""
        return [sys.executable, "-P", "-c", PROGRAM, self._service, str(self.port)]

    def environment(self) -> Mapping[str, str]:
        """The service's settings over the surrounding ones."""
        told = dict(self._running.environments[self._service])
        parts = urlsplit(told["DATABASE_URL"])
        at = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{self._running.ports['postgres']}"
        told["DATABASE_URL"] = parts._replace(netloc=at).geturl()
        if "STRIPE_API_URL" in told:
            told["STRIPE_API_URL"] = self._running.provider_url
        return {**os.environ, **told}

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_200(self.port, "/readyz")
