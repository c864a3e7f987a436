"""The list of secrets, deploy/secrets.yaml, as objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from fairseat_deploy.tree import DEPLOY, OVERLAYS
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.routes import SERVICES

FILE = DEPLOY / "secrets.yaml"
OPAQUE = "Opaque"
EACH: Mapping[str, Sequence[str]] = {"databases": WITH_DATABASE, "services": SERVICES}
STAND_INS = frozenset({"local", "dev"})
"""Overlays in which stand-ins play the providers."""


@dataclass(frozen=True, slots=True)
class Key:
    """One value of a secret, and how it is made: exactly one of the ways is said, none if something else makes it."""

    name: str
    fixed: str = ""
    random: int = 0
    """So many random bytes, as text after `prefix`."""
    prefix: str = ""
    rotating: int = 0
    """The same, in a list of which the first makes new things and all are accepted."""
    ed25519: bool = False
    given: str = ""
    """What a person is asked for."""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """One Secret object in an overlay."""

    name: str
    keys: tuple[Key, ...]
    type: str = OPAQUE
    by: str = ""
    """What in the cluster makes it; empty where we do."""
    one_of: tuple[str, ...] = field(default=())
    """Of these keys exactly one has to be given."""


def listed(overlay: str) -> list[Secret]:
    """The secrets that an overlay needs, in the order of the list; raises ValueError for an overlay that is none."""
    if overlay not in OVERLAYS:
        raise ValueError(f"There is no overlay {overlay!r}; there are {', '.join(OVERLAYS)}.")
    return [secret for entry in _entries() if overlay in entry["overlays"] for secret in _secrets(entry, overlay)]


@cache
def _entries() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["secrets"]
    return entries


def _secrets(entry: Mapping[str, Any], overlay: str) -> Iterator[Secret]:
    for service in EACH[entry["each"]] if "each" in entry else ("",):
        yield Secret(
            name=entry["name"].format(service=service),
            keys=tuple(_key(name, said, service, overlay) for name, said in entry["keys"].items()),
            type=entry.get("type", OPAQUE),
            by=entry.get("by", ""),
            one_of=tuple(entry.get("one_of", ())),
        )


def _key(name: str, said: Mapping[str, Any], service: str, overlay: str) -> Key:
    how = {way: value for way, value in said.items() if way != "stand_in"}
    if "stand_in" in said and overlay in STAND_INS:
        how = dict(said["stand_in"])
    if "fixed" in how:
        how["fixed"] = how["fixed"].format(service=service)
    return Key(name, **how)
