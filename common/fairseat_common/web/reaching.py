"""Which refusals a route can answer with: read from its code, so that the API document cannot forget one.

From a route's function on, everything of ours that it names is read: functions, methods of what it is given, and what
those name in turn. Every `raise` of a `Refusal` on the way counts. A refusal that is handed about as a value is not
seen; a route says those itself: ``@post(..., refusals=[HoldLimit])``.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_args

from fairseat_common.contracts.refusals import Refusal

OURS = ("fairseat_common", "auth", "catalog", "tickets", "orders", "expiration", "payments", "notifications", "web")


@dataclass(frozen=True)
class Reached:
    """What a function leads to: refusals that are raised, and functions that are named, by qualified name."""

    refusals: frozenset[type[Refusal]] = field(default_factory=frozenset)
    functions: frozenset[str] = field(default_factory=frozenset)


def reach(start: Callable[..., Any]) -> Reached:
    """Everything that a function leads to."""
    refusals: set[type[Refusal]] = set()
    seen: set[FunctionType] = set()
    waiting = [start]
    while waiting:
        function = inspect.unwrap(waiting.pop())
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        raised, named = _read(function)
        refusals |= raised
        waiting.extend(named)
    return Reached(frozenset(refusals), frozenset(f"{each.__module__}.{each.__qualname__}" for each in seen))


@cache
def _read(function: FunctionType) -> tuple[frozenset[type[Refusal]], tuple[FunctionType, ...]]:
    """The refusals that one function raises itself, and the functions of ours that it names."""
    tree = _functions_in(function.__code__.co_filename).get(function.__code__.co_firstlineno)
    if tree is None:
        return frozenset(), ()
    known = _surroundings(function)
    raised: set[type[Refusal]] = set()
    named: dict[FunctionType, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            found = [_value(part, known) for part in ast.walk(node.exc) if isinstance(part, ast.Name | ast.Attribute)]
            raised.update(each for each in found if isinstance(each, type) and issubclass(each, Refusal))
        elif isinstance(node, ast.Name | ast.Attribute):
            each = _value(node, known)
            if isinstance(each, FunctionType) and _is_ours(each):
                named[each] = None
    return frozenset(raised), tuple(named)


@cache
def _functions_in(file: str) -> dict[int, ast.AST]:
    """The functions of a file by the line that they begin in, as their code objects know it."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError):
        return {}
    return {
        min(node.lineno, *(each.lineno for each in node.decorator_list)) if node.decorator_list else node.lineno: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _is_ours(function: FunctionType) -> bool:
    return function.__module__.partition(".")[0] in OURS


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _value(node.value, known)
        if isinstance(base, ModuleType | type):
            return inspect.getattr_static(base, node.attr, None)
    return None


def _surroundings(function: FunctionType) -> dict[str, Any]:
    """What names mean inside of a function: of its module, of the functions around it, and its parameters' types."""
    known = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            held = cell.cell_contents
        except ValueError:
            continue
        known[name] = held if isinstance(held, FunctionType | ModuleType | type) else type(held)
    for name, annotation in function.__annotations__.items():
        known[name] = _class_of(annotation, known)
    owner = _owner(function)
    if owner is not None:
        known["self"] = owner
    return known


def _class_of(annotation: Any, known: dict[str, Any]) -> type | None:
    """The class that an annotation names, within `NamedDependency[...]`, `Annotated[...]` and `X | None`."""
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, known)  # noqa: S307 -- our own code's annotations
        except Exception:
            return None
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation
    found = (_class_of(part, known) for part in get_args(annotation) if part is not type(None))
    return next((each for each in found if each is not None), None)


def _owner(function: FunctionType) -> type | None:
    """The class that a method belongs to."""
    place, _, _ = function.__qualname__.rpartition(".")
    found: Any = function.__globals__.get(place)
    return found if isinstance(found, type) else None
