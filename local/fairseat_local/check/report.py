"""Shows findings: as a table for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fairseat_local.check.findings import Finding

SHOWN_MAX = 20


def print_table(findings: Sequence[Finding], console: Console | None = None) -> None:
    """Print the table, and below it what is broken."""
    out = console or Console()
    table = Table(title="Invariants", title_justify="left")
    table.add_column("")
    table.add_column("what must hold")
    table.add_column("checked", justify="right")
    table.add_column("breaks", justify="right")
    for finding in findings:
        table.add_row(finding.invariant, finding.what, _count(finding), _breaks(finding))
    out.print(table)
    for finding in findings:
        for said in finding.breaks[:SHOWN_MAX]:
            out.print(f"[red]{finding.invariant}[/red] {escape(said)}", soft_wrap=True)
        if len(finding.breaks) > SHOWN_MAX:
            out.print(f"[red]{finding.invariant}[/red] and {len(finding.breaks) - SHOWN_MAX} more")


def as_json(findings: Sequence[Finding]) -> str:
    """The findings as a JSON array."""
    return json.dumps([asdict(finding) for finding in findings], indent=2)


def _count(finding: Finding) -> str:
    return f"{finding.count:,}" if finding.count else "[yellow]nothing yet[/yellow]"


def _breaks(finding: Finding) -> str:
    return f"[red]{len(finding.breaks)}[/red]" if finding.breaks else "[green]0[/green]"
