"""Pages of a list: ``{"items": [...], "next_cursor": ...}``, keyset-based, with an opaque cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from fairseat_common.contracts.refusals import FieldError, Invalid

T = TypeVar("T")

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
CURSOR_BYTES_MAX = 1024
NUMBER_MAX = 2**63 - 1
"""As large as a number in a database can be."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


def cursor_of(position: Sequence[Any]) -> str:
    """A cursor that means: after this position (the sort keys of the last item, JSON values)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(position))).decode().rstrip("=")


def position_in(cursor: str | None, kinds: type[T]) -> T | None:
    """The position that a cursor names, as the tuple type `kinds`; raises Invalid for one that we did not make."""
    if not cursor:
        return None
    try:
        if len(cursor) > CURSOR_BYTES_MAX:
            raise ValueError("too long")
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position: T = msgspec.json.decode(data, type=kinds)
        if isinstance(position, tuple) and any(isinstance(part, int) and abs(part) > NUMBER_MAX for part in position):
            raise ValueError("no number of ours")
        return position
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Invalid(
            "Use next_cursor of the page before, unchanged.", FieldError("cursor", "is not a cursor of this list")
        ) from error


def page_of(items: Sequence[T], limit: int, position: Callable[[T], Sequence[Any]]) -> Page[T]:
    """A page from up to `limit` + 1 items: one more than fits means that there is a next page."""
    if len(items) <= limit:
        return Page(list(items))
    kept = list(items[:limit])
    return Page(kept, cursor_of(position(kept[-1])))
