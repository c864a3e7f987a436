"""kubectl, run as people run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairseat_deploy.tree import NAMESPACE

READ_MAX_S = 60.0


class KubectlError(Exception):
    """A command of kubectl failed; the message has the command and what it said."""


def program() -> str:
    """kubectl: the one on the PATH, which may bring a cluster's plug-ins, else the one of this environment."""
    return os.environ.get("KUBECTL") or shutil.which("kubectl") or locked()


def locked() -> str:
    """kubectl of this environment, always of the version in the lock: each brings a Kustomize of its own."""
    return str(Path(sys.executable).with_name("kubectl"))


@dataclass(frozen=True)
class Kubectl:
    """One namespace of one cluster."""

    context: str = ""
    """The name in the kubeconfig; empty for the current one."""
    namespace: str = NAMESPACE
    """Empty: wherever each object says that it belongs."""
    binary: str = ""
    """The program; empty for the one that `program` finds."""

    def __call__(self, *arguments: str, given: str | None = None, timeout_s: float = READ_MAX_S) -> str:
        """What a command prints, with `given` as its input. Raises KubectlError."""
        command = self.command(*arguments)
        try:
            done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=timeout_s, check=False)
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise KubectlError(f"{_shown(arguments)}: {problem}") from problem
        if done.returncode:
            raise KubectlError(f"{_shown(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def watched(self, *arguments: str) -> bool:
        """Run a command whose output is for people; whether it succeeded."""
        sys.stdout.flush()
        return subprocess.run(self.command(*arguments), check=False).returncode == 0

    def command(self, *arguments: str) -> list[str]:
        """The whole command line."""
        cluster = ["--context", self.context] if self.context else []
        place = ["--namespace", self.namespace] if self.namespace else []
        return [self.binary or program(), *cluster, *place, *arguments]


def _shown(arguments: Sequence[str]) -> str:
    return f"kubectl {' '.join(arguments)}"
