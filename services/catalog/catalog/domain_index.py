"""What has a page of its own, in runs long enough for a site map."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Kind = Literal["shows", "performers", "venues", "cities"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RUN = 10_000
"""So many names are in one run."""
AFTER_CHARACTERS_MAX = 400


class Run(msgspec.Struct, frozen=True):
    """Up to `RUN` names of one kind: ids, or slugs of cities."""

    kind: Kind
    refs: list[str]


class Start(msgspec.Struct, frozen=True):
    """Where a run begins: behind this name; the first behind none."""

    kind: Kind
    after: str


class Starts(msgspec.Struct, frozen=True):
    """All runs that there are."""

    runs: list[Start]
