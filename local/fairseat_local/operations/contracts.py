"""`fairseat contracts`: golden files stay what they were, and the pages about events say what the code says."""

from __future__ import annotations

from pathlib import Path

from fairseat_common.contracts import schemas
from fairseat_local.operations.consumers import hearers

ROOT = Path(__file__).parents[3]
"""The working tree: contracts are checked and written where the project is developed."""


def pages() -> dict[str, str]:
    """The pages that are made from the event classes, by path below the root."""
    heard = hearers()
    return {
        "docs/events/asyncapi.json": schemas.as_json(schemas.asyncapi(heard)),
        "docs/events/README.md": schemas.events_table(heard),
    }


def contracts_check(root: Path = ROOT) -> list[str]:
    """What is wrong with the contracts, one sentence each; none when all is well."""
    problems = schemas.golden_differences()
    for name, text in pages().items():
        path = root / name
        if not path.exists() or path.read_text() != text:
            problems.append(f"{name} is out of date: `fairseat contracts write` makes it anew.")
    return problems


def contracts_write(root: Path = ROOT) -> list[str]:
    """Write the golden files that are missing, never one that is there, and the pages; answers what was written."""
    written = [path.name for path in schemas.golden_write()]
    for name, text in pages().items():
        path = root / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            written.append(name)
    return written
