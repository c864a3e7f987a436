"""Reads the signature of each route once per process, however many services a test process starts.

Every test starts a service of its own, whose routes are functions of its modules and always the same. Working out their
parameters takes half of the time of making an application; a function of a module never changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from litestar._signature.model import SignatureModel
from litestar.utils.signature import ParsedSignature

_known: dict[tuple[Any, Hashable], Any] = {}


def read_routes_once() -> None:
    """Have the framework keep what it has worked out about the functions of modules; once is enough, more do no harm.

    What is known of a function depends on the names that its annotations may use and, for the model of its requests,
    on the names of what it can be given; both are part of the key.
    """
    parse, create = ParsedSignature.from_fn.__func__, SignatureModel.create.__func__  # type: ignore[attr-defined]
    if parse.__module__ == __name__:
        return

    def parsed(cls: Any, fn: Any, signature_namespace: dict[str, Any]) -> Any:
        key = ("signature", frozenset(signature_namespace))
        return _kept(fn, key, lambda: parse(cls, fn, signature_namespace))

    def created(
        cls: Any,
        dependency_name_set: set[str],
        fn: Any,
        parsed_signature: Any,
        type_decoders: Any,
        data_dto: Any = None,
    ) -> Any:
        key = ("model", frozenset(dependency_name_set), tuple(type_decoders or ()), data_dto)
        return _kept(fn, key, lambda: create(cls, dependency_name_set, fn, parsed_signature, type_decoders, data_dto))

    ParsedSignature.from_fn = classmethod(parsed)  # type: ignore[method-assign, assignment]
    SignatureModel.create = classmethod(created)  # type: ignore[method-assign, assignment]


def _kept(fn: Any, key: Hashable, work_out: Callable[[], Any]) -> Any:
    """Only functions of modules are kept: one that is made for an application would keep all of it alive."""
    if "<" in getattr(fn, "__qualname__", "<"):
        return work_out()
    if (fn, key) not in _known:
        _known[fn, key] = work_out()
    return _known[fn, key]
