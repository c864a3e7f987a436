"""The client itself: every operation, and lists that are read page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from fairseat_client.operations import Operations

Item = TypeVar("Item", covariant=True)


class PageOf(Protocol[Item]):
    """One page of a list."""

    @property
    def items(self) -> Sequence[Item]:
        """What is on it."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next one begins; None on the last."""


class Fairseat(Operations):
    """A marketplace, for one account or for none."""

    def pages(self, operation: Callable[..., PageOf[Item]], *arguments: Any, **query: Any) -> Iterator[Item]:
        """Everything in a list, asked for page by page."""
        cursor: str | None = None
        while True:
            page = operation(*arguments, cursor=cursor, **query)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return
