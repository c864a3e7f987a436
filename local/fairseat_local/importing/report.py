"""What people are told of an import: bad records line by line, a table at the end, and a CSV file if they want one."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairseat_local.importing.records import quoted
from fairseat_local.importing.sending import ImportStopped

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = ("file", "line", "id", "title", "outcome", "show_id", "problem")
OUTCOMES = ("created", "changed", "unchanged", "rejected")
# What spreadsheets would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """What became of one record."""

    file: str
    line: int
    external_id: str
    title: str
    outcome: str
    show_id: str = ""
    problem: str = ""


@dataclass
class Report:
    """Collects what became of records, and tells it."""

    console: Console
    dry_run: bool
    rows: list[Row] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    """Files that could be read."""

    def file_begun(self, file: str) -> None:
        """A file could be read."""
        self.files.append(file)

    def file_refused(self, file: str, problem: str) -> None:
        """A file, or the rest of it, could not be read."""
        self.unreadable[file] = problem
        self._say(f"{file}: {problem}", "red")

    def records_done(self, rows: list[Row]) -> None:
        """What became of some records; bad ones are named at once, by their line."""
        self.rows += rows
        for row in rows:
            if row.outcome == "rejected":
                called = f" ({quoted(row.title)})" if row.title else ""
                self._say(f"{row.file}:{row.line}: {row.problem}{called}", "yellow")

    @property
    def exit_code(self) -> int:
        """0 if all went well, 1 if some records or files were bad, 2 if nothing could be read."""
        if not self.files:
            return 2
        return int(bool(self.unreadable) or any(row.outcome == "rejected" for row in self.rows))

    def summary(self) -> None:
        """The table at the end."""
        counted = Counter((row.file, row.outcome) for row in self.rows)
        table = Table(title="Dry run: nothing was written" if self.dry_run else None, title_justify="left")
        table.add_column("file", overflow="fold")
        for outcome in (*OUTCOMES[:3], "bad"):
            table.add_column(outcome, justify="right")
        for file in self.files:
            table.add_row(Text(_shown(file)), *(str(counted[file, outcome]) for outcome in OUTCOMES))
        if len(self.files) > 1:
            totals = [sum(counted[file, outcome] for file in self.files) for outcome in OUTCOMES]
            table.add_row("together", *map(str, totals), style="bold")
        if self.files:
            self.console.print(table)

    @contextmanager
    def progress(self, file: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar for the records of a file, on a terminal; gives a function to say how many more are done."""
        if not self.console.is_terminal:
            yield lambda _count: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns: list[Any] = [TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()]
        with Progress(*columns, TimeRemainingColumn(), console=self.console, transient=True) as bar:
            task = bar.add_task(_shown(file), total=total)
            yield lambda count: bar.advance(task, count)

    def _say(self, line: str, style: str) -> None:
        self.console.print(Text(_shown(line), style=style), soft_wrap=True)


class CsvReport:
    """The report as a CSV file: a line for each record. Raises ImportStopped where it cannot be written."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._check()

    def write(self, report: Report) -> None:
        """Write everything."""
        if self._path is None:
            return
        with self._opened("w") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for name, problem in report.unreadable.items():
                writer.writerow([_cell(name), "", "", "", "unreadable", "", _cell(problem)])
            for row in report.rows:
                texts = (row.external_id, row.title, row.outcome, row.show_id, row.problem)
                writer.writerow([_cell(row.file), row.line, *map(_cell, texts)])

    def _check(self) -> None:
        if self._path is not None:
            with self._opened("a"):
                pass

    def _opened(self, mode: str) -> Any:
        assert self._path is not None
        try:
            return self._path.open(mode, newline="", encoding="utf-8", errors="replace")
        except OSError as error:
            raise ImportStopped(f"The report {self._path} cannot be written: {error.strerror}") from error


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _shown(text: str) -> str:
    """The text without anything that a terminal obeys."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
