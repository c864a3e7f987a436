"""The three programs that build images: docker, podman and buildah, each as it is found on the machine.

What a machine needs beyond the usual is said in the environment: BUILD_FLAGS goes to every build as it is (e.g. a
network or a certificate), and each program reads its own variables (DOCKER_HOST, STORAGE_DRIVER, BUILDAH_ISOLATION).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fairseat_deploy.tree import ROOT

NAMES = ("docker", "podman", "buildah")
PROBES = {"docker": ("info",), "podman": ("info",), "buildah": ("images", "--quiet")}
ASKING_MAX_S = 20
FILES_MADE_AT_S = 315_532_800
"""1980-01-01, as deploy/image/finish.py has it."""
UNITS = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}


class BuilderError(Exception):
    """There is no program that builds images, or it failed; the message says what to do."""


@dataclass(frozen=True)
class Builder:
    """One of the programs, by name."""

    name: str

    def build(self, dockerfile: Path, tag: str, arguments: Mapping[str, str], made_at_s: int) -> None:
        """Build an image and name it; its output goes to ours. `made_at_s` is when its source was made.

        Whatever the builder, files have one fixed time. podman and buildah give it to the image as well, and so make
        the same layers out of the same files again, also for the next commit: what did not change is not pulled anew.
        """
        command = ["build", "--file", str(dockerfile), "--tag", tag, *shlex.split(os.environ.get("BUILD_FLAGS", ""))]
        for name, value in arguments.items():
            command += ["--build-arg", f"{name}={value}"]
        made = datetime.fromtimestamp(made_at_s, UTC).isoformat()
        command += ["--label", f"org.opencontainers.image.created={made}"]
        if self.name == "docker":
            command += ["--build-arg", f"SOURCE_DATE_EPOCH={made_at_s}"]
        else:
            # Only this format keeps the health check.
            command += ["--format", "docker", "--layers", "--timestamp", str(FILES_MADE_AT_S)]
        self._run([*command, str(ROOT)])

    def has(self, image: str) -> bool:
        """Whether an image is there without a registry."""
        kind = ["inspect", "--type", "image"] if self.name == "buildah" else ["image", "inspect"]
        return self._asked([*kind, image]).returncode == 0

    def size(self, image: str) -> int:
        """Bytes of all layers, as they lie on the disk. Raises BuilderError."""
        if self.name != "buildah":
            return int(self._told(["image", "inspect", image])[0]["Size"])
        return _bytes(self._line(["images", "--noheading", "--format", "{{.Size}}", image]).splitlines()[0])

    def run(self, image: str, command: Sequence[str]) -> str:
        """What a program in an image prints, as the image's user and without a network. Raises BuilderError.

        On a file system that is read only, where the builder can do that: buildah cannot.
        """
        if self.name != "buildah":
            rights = ["--rm", "--network=none", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL"]
            return self._line(["run", *rights, image, *command])
        container = self._line(["from", "--pull-never", image])
        try:
            return self._line(["run", container, "--", *command])
        finally:
            self._line(["rm", container])

    def push(self, tag: str, target: str) -> str:
        """Push an image under another name; the digest that the registry has it by. Raises BuilderError."""
        if self.name == "docker":
            self._run(["tag", tag, target])
            self._run(["push", target])
            known = self._told(["image", "inspect", target])[0]["RepoDigests"]
            repository = target.rpartition(":")[0]
            found = [str(each).partition("@")[2] for each in known if str(each).startswith(f"{repository}@")]
            return found[-1]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "digest")
            self._run(["push", "--digestfile", str(file), tag, f"docker://{target}"])
            return file.read_text().strip()

    def _run(self, arguments: Sequence[str]) -> None:
        if subprocess.run([self.name, *arguments], cwd=ROOT, check=False).returncode:
            raise BuilderError(f"{self.name} {arguments[0]} failed: its output above says why")

    def _asked(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.name, *arguments], cwd=ROOT, check=False, capture_output=True, text=True)

    def _line(self, arguments: Sequence[str]) -> str:
        done = self._asked(arguments)
        if done.returncode:
            raise BuilderError(f"{self.name} {arguments[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _told(self, arguments: Sequence[str]) -> Any:
        return json.loads(self._line(arguments))


def find(name: str = "auto") -> Builder:
    """The builder of a name, with `auto` the first that works here. Raises BuilderError."""
    missing = []
    for each in NAMES if name == "auto" else (name,):
        problem = _problem(each)
        if problem is None:
            return Builder(each)
        missing.append(problem)
    raise BuilderError(f"There is nothing here that builds images: {'; '.join(missing)}.")


def _problem(name: str) -> str | None:
    """Why a builder does not work here; None if it does."""
    if shutil.which(name) is None:
        return f"{name} is not installed"
    try:
        done = subprocess.run([name, *PROBES[name]], check=False, capture_output=True, text=True, timeout=ASKING_MAX_S)
    except subprocess.TimeoutExpired:
        return f"{name} does not answer"
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return None if done.returncode == 0 else f"{name} does not work ({said[-1] if said else done.returncode})"


def _bytes(text: str) -> int:
    """`292 MB` as a number."""
    number, unit = text.split()
    return round(float(number) * UNITS[unit])
