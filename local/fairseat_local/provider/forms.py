"""Parameters: nested form encoding, read into typed structs that refuse what they do not know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from fairseat_local.provider.errors import ProviderError, invalid

FIELDS_MAX = 200
DEPTH_MAX = 4

Params = TypeVar("Params", bound=msgspec.Struct)
_NAME = re.compile(r"^([a-z_0-9]+)((?:\[[^\[\]]*\])*)$")


def decode(text: str) -> dict[str, Any]:
    """`a=1&b[c]=2&d[]=3&e[0]=4` as nested dictionaries and lists of strings."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, strict_parsing=bool(text))
    except ValueError:
        raise invalid("The parameters are not form-encoded, or too many.", code="parameter_invalid") from None
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _put(tree, name, value)
    return {name: _lists(branch) for name, branch in tree.items()}


def read(kind: type[Params], given: dict[str, Any]) -> Params:
    """The parameters as `kind`; an unknown, missing or unfit one is a 400 that names it. Empty means not given."""
    fields = msgspec.structs.fields(kind)
    unknown = sorted(set(given) - {field.name for field in fields})
    if unknown:
        raise invalid(f"Received unknown parameter: {unknown[0]}", code="parameter_unknown", param=unknown[0])
    for field in fields:
        if field.required and not given.get(field.name):
            raise invalid(f"Missing required param: {field.name}.", code="parameter_missing", param=field.name)
    try:
        return msgspec.convert({name: value for name, value in given.items() if value != ""}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _unfit(str(error)) from None


def _unfit(message: str) -> ProviderError:
    path = re.search(r"`\$\.([^`]*)`$", message)
    param = re.sub(r"\.(\w+|\.\.\.)", r"[\1]", path[1]) if path else None
    code = "parameter_invalid"
    if "unknown field" in message:
        code = "parameter_unknown"
    elif "`int`" in message:
        code = "parameter_invalid_integer"
    return invalid(f"Invalid parameter: {message}", code=code, param=param)


def _put(tree: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.match(name)
    steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else []
    if not steps or len(steps) > DEPTH_MAX:
        raise invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    branch = tree
    for step in steps[:-1]:
        child = branch.setdefault(step or str(len(branch)), {})
        if not isinstance(child, dict):
            raise invalid(f"Invalid parameter: {name}", code="parameter_invalid", param=name)
        branch = child
    leaf = steps[-1] or str(len(branch))
    if leaf in branch:
        raise invalid(f"Parameter given twice: {name}", code="parameter_invalid", param=name)
    branch[leaf] = value


def _lists(branch: Any) -> Any:
    """Branches whose names are 0, 1, 2 ... are lists."""
    if not isinstance(branch, dict):
        return branch
    if set(branch) == set(_numbers(len(branch))):
        return [_lists(branch[number]) for number in _numbers(len(branch))]
    return {name: _lists(child) for name, child in branch.items()}


def _numbers(count: int) -> Iterable[str]:
    return (str(number) for number in range(count))
