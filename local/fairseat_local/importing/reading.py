"""Reads a file: which format it has, how large it may be, and that no show is in it twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from fairseat_local.importing import discovery, ics, jsonld
from fairseat_local.importing.records import Bad, FileError, Finding, Found

Format = Literal["discovery", "jsonld", "ics"]
FILE_BYTES_MAX = 32 * 1024 * 1024
RECORDS_MAX = 20_000
SOURCES: dict[Format, str] = {"discovery": discovery.SOURCE, "jsonld": jsonld.SOURCE, "ics": ics.SOURCE}
BEGINNING_CHARACTERS = 256 * 1024
"""How far into a file its format is looked for."""


def read_file(path: Path) -> bytes:
    """The file's bytes. Raises FileError."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise FileError(f"cannot be read: {(error.strerror or 'no such file').lower()}") from error
    if len(data) > FILE_BYTES_MAX:
        raise FileError(f"has more than {FILE_BYTES_MAX // 1024 // 1024} MiB; cut it into smaller ones")
    return data


def format_of(data: bytes) -> Format:
    """What a file looks like. Raises FileError."""
    text = data[:BEGINNING_CHARACTERS].removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:15].upper() == b"BEGIN:VCALENDAR":
        return "ics"
    if text[:1] == b"<":
        return "jsonld"
    if text[:1] in (b"{", b"["):
        return "jsonld" if b'"@type"' in text or b'"@context"' in text else "discovery"
    raise FileError("is neither JSON nor HTML nor a calendar" if text else "is empty")


def findings(data: bytes, kind: Format, zone_default: str | None) -> Iterator[Finding]:
    """What is in a file, in its order; the second record of a show is bad. Raises FileError."""
    lines: dict[str, int] = {}
    for count, finding in enumerate(_parsed(data, kind, zone_default)):
        if count == RECORDS_MAX:
            yield Bad(finding.line, f"is beyond the first {RECORDS_MAX} records; cut the file into smaller ones")
            return
        if isinstance(finding, Found):
            external_id = finding.record["external_id"]
            if external_id in lines:
                problem = f"is the same show as on line {lines[external_id]}, which counts"
                yield Bad(finding.line, problem, external_id, finding.record["title"])
                continue
            lines[external_id] = finding.line
        yield finding


def _parsed(data: bytes, kind: Format, zone_default: str | None) -> Iterator[Finding]:
    if kind == "ics":
        return ics.parse(data, zone_default)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(f"is not UTF-8 (line {line})") from error
    if kind == "discovery":
        return discovery.parse(text, zone_default)
    return jsonld.parse(text, zone_default)
