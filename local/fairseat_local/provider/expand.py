"""`expand[]`: answers with whole objects in place of their ids, as deep as one asks."""

from __future__ import annotations

from typing import Any

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.journal import Journal

EXPANDABLE = frozenset({"charge", "destination", "latest_charge", "payment_intent", "source_transaction", "transfer"})
PATHS_MAX = 10
DEPTH_MAX = 4


def take_paths(given: dict[str, Any]) -> list[list[str]]:
    """The paths that a request asks for, e.g. `["data", "latest_charge"]`; they are removed from its parameters."""
    wanted = given.pop("expand", [])
    if not isinstance(wanted, list) or len(wanted) > PATHS_MAX or not all(isinstance(path, str) for path in wanted):
        raise errors.invalid("expand is a list of fields.", code="parameter_invalid", param="expand")
    paths = [path.split(".") for path in wanted]
    for path in paths:
        names = path[1:] if path[0] == "data" else path
        if not names or len(names) > DEPTH_MAX or not set(names) <= EXPANDABLE:
            message = f"This property cannot be expanded ({'.'.join(path)})."
            raise errors.invalid(message, code="parameter_invalid", param="expand")
    return paths


def expanded(journal: Journal, value: msgspec.Struct, paths: list[list[str]]) -> bytes:
    """An answer as JSON, with the objects in it."""
    shown: dict[str, Any] = msgspec.to_builtins(value)
    for path in paths:
        _walk(journal, shown, path)
    return msgspec.json.encode(shown)


def _walk(journal: Journal, shown: dict[str, Any], path: list[str]) -> None:
    name, *rest = path
    if name == "data":
        for each in shown.get("data", []):
            _walk(journal, each, rest)
        return
    found = shown.get(name)
    if isinstance(found, str):
        found = shown[name] = journal.read(found)
    if rest and isinstance(found, dict):
        _walk(journal, found, rest)
