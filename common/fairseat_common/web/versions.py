"""Optimistic concurrency over HTTP: the aggregate's version is the ETag, an edit names it in If-Match."""

from __future__ import annotations

import re

from fairseat_common.contracts.refusals import VersionMissing, VersionStale

_ETAG = re.compile(r'^(?:W/)?"(\d{1,9})"$|^(\d{1,9})$')


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def version_in(if_match: str | None) -> int:
    """The version that an edit is based on.

    Raises VersionMissing without the header; an unreadable one can match nothing, so it is VersionStale.
    """
    if if_match is None or not if_match.strip():
        raise VersionMissing
    match = _ETAG.match(if_match.strip())
    if match is None:
        raise VersionStale
    return int(match[1] or match[2])


def expect_version(current: int, expected: int) -> None:
    """Raise VersionStale unless the edit is based on the current version."""
    if current != expected:
        raise VersionStale(current_version=current)
