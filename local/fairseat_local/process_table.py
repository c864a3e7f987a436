"""`DATA_DIR/processes.json`: who runs where, for people, for other commands, and for the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from fairseat_common.testing.server_process import end_leftover
from fairseat_local.plan import write_private

FILE = "processes.json"
Table = Mapping[str, Mapping[str, int | str]]


def read(data_dir: Path) -> Table:
    """The table as it was last written; empty if there is none."""
    try:
        table: Table = json.loads((data_dir / FILE).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return table


def write(data_dir: Path, table: Table) -> None:
    """Replace the table at once. It is for its owner only, since addresses of servers hold passwords."""
    write_private(data_dir / FILE, json.dumps(table, indent=1))


def clear(data_dir: Path) -> None:
    """Forget the table, because everything in it has ended."""
    (data_dir / FILE).unlink(missing_ok=True)


def end_leftovers(data_dir: Path) -> int:
    """End what an earlier run left behind (a launcher that was killed); returns how many processes there were.

    The databases' own servers come last: whoever uses them is gone then.
    """
    table = read(data_dir)
    order = sorted(table, key=lambda name: name in ("postgres", "nats"))
    pids = dict.fromkeys(int(table[name]["pid"]) for name in order)
    return sum(end_leftover(pid, str(data_dir)) for pid in pids)


def as_text(table: Table) -> list[str]:
    """The lines of a table for people, without passwords."""
    lines = [f"  {'process':<14} {'pid':>8}  address"]
    for name, row in table.items():
        scheme, _, rest = str(row["url"]).partition("://")
        lines.append(f"  {name:<14} {row['pid'] or '-':>8}  {scheme}://{rest.rpartition('@')[2]}")
    return lines
