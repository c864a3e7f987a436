"""What each image installs: `requirements.lock` cut down to what one service and the shared library need.

The lock of the whole tree says for every package who wants it ("via"), so a cut is found without asking any registry,
and has the same versions and hashes by construction.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from fairseat_deploy.tree import ROOT, TOOLS
from fairseat_local.routes import SERVICES

LEFT_OUT: Mapping[str, str] = {
    "polyfactory": "Litestar makes up examples for its document with it; ours are written by us. It brings 20 MB.",
}
"""Packages that somebody names among their needs and that nothing of ours ever loads, with the reason."""
_OWN = "fairseat-"
_HEAD = "# Cut out of the requirements.lock at the root by `make lock`.\n"
_ENTRY = re.compile(r"\n(?=[a-zA-Z0-9])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRAS = re.compile(r"\[([^\]]*)\]")


class Locked(NamedTuple):
    """One package of a lock."""

    name: str
    """As registries normalise it: `prometheus-client`."""
    version: str
    lines: str
    """The entry as pip reads it, with its marker and hashes and without comments; ends with a line break."""
    via: frozenset[str]
    """Who wants it, by name; `-r requirements.in` for the tree itself."""


def normal(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> dict[str, Locked]:
    """The packages of a lock by name."""
    found = (_read_entry(entry) for entry in _ENTRY.split(f"\n{text}") if "==" in entry)
    return {locked.name: locked for locked in found}


def _read_entry(entry: str) -> Locked:
    lines = [line for line in entry.strip("\n").splitlines() if line.strip()]
    comments = [line.strip(" #") for line in lines if line.lstrip().startswith("#")]
    kept = [line for line in lines if not line.lstrip().startswith("#")]
    name, _, rest = kept[0].partition("==")
    wanting = [comment.removeprefix("via").strip() for comment in comments]
    via = frozenset(normal(each) if not each.startswith("-") else each for each in wanting if each)
    return Locked(normal(name), rest.split()[0], "\n".join(kept) + "\n", via)


def projects() -> dict[str, Path]:
    """Where each of our own distributions lies, by name."""
    folders = [ROOT / "common", ROOT / "local", *(ROOT / "services" / service for service in SERVICES)]
    return {str(_project(folder)["name"]): folder for folder in folders}


def _project(folder: Path) -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return project


def image_folder(image: str) -> Path:
    """Where an image's Dockerfile and lock lie, e.g. `services/orders`."""
    return ROOT / "local" if image == TOOLS else ROOT / "services" / image


def image_projects(image: str) -> list[str]:
    """The names of our own distributions in an image, the shared library first."""
    own = (
        [f"fairseat-{service}" for service in SERVICES] + ["fairseat-local"]
        if image == TOOLS
        else [f"fairseat-{image}"]
    )
    return ["fairseat-common", *own]


def wanted(name: str) -> Iterator[str]:
    """The packages that one of our distributions names among its dependencies, with extras of ours resolved."""
    folders = projects()
    project = _project(folders[name])
    yield from _third_party(_strings(project["dependencies"]), folders)


def _third_party(requirements: Iterable[str], folders: Mapping[str, Path]) -> Iterator[str]:
    for requirement in requirements:
        match = _NAME.match(requirement)
        name = normal(match[0]) if match else requirement
        if not name.startswith(_OWN):
            yield name
        elif extras := _EXTRAS.search(requirement):
            optional = _project(folders[name])["optional-dependencies"]
            assert isinstance(optional, dict)
            for extra in extras[1].split(","):
                yield from _third_party(_strings(optional[extra.strip()]), folders)


def _strings(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(each) for each in value]


def closure(names: Iterable[str], lock: Mapping[str, Locked]) -> list[Locked]:
    """The packages of a lock that are needed for `names`, sorted. KeyError for one that is not locked at all."""
    needed = {lock[name].name for name in names}
    waiting = set(needed)
    while waiting:
        name = waiting.pop()
        new = {each.name for each in lock.values() if name in each.via} - needed - LEFT_OUT.keys()
        needed |= new
        waiting |= new
    return [lock[name] for name in sorted(needed)]


def image_packages(image: str) -> list[Locked]:
    """The third-party packages of an image."""
    names = {name for project in image_projects(image) for name in wanted(project)}
    return closure(names, root_lock())


def root_lock() -> dict[str, Locked]:
    """The lock of the whole tree."""
    return read_lock((ROOT / "requirements.lock").read_text())


def locks() -> dict[Path, str]:
    """Every lock that is cut out of the tree's own, as it ought to be: the images', and that of what builds wheels."""
    cut = {image_folder(image) / "requirements.lock": image_packages(image) for image in (*SERVICES, TOOLS)}
    cut[ROOT / "deploy" / "image" / "build.lock"] = closure(["hatchling"], root_lock())
    return {path: _HEAD + "".join(locked.lines for locked in packages) for path, packages in cut.items()}


def stale() -> list[Path]:
    """Which of the cut locks are not what they ought to be."""
    return [path for path, text in locks().items() if not path.exists() or path.read_text() != text]
