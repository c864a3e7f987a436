"""`fairseat import`: files in, shows out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console

from fairseat_local.importing.places import zone_of
from fairseat_local.importing.reading import SOURCES, Format, findings, format_of, read_file
from fairseat_local.importing.records import Bad, FileError, Finding, Found, Record
from fairseat_local.importing.report import CsvReport, Report, Row
from fairseat_local.importing.sending import BATCH_RECORDS, ImportStopped, Marketplace, Result

Credentials = Callable[[], tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What to import and where to. `credentials` are asked for e-mail and password once they are needed."""

    files: Sequence[Path]
    url: str
    credentials: Credentials
    format: Format | None = None
    source: str | None = None
    timezone: str | None = None
    dry_run: bool = False
    report: Path | None = None


async def import_files(options: ImportOptions, console: Console | None = None) -> int:
    """Import the shows of some files; answers the exit code (see Report). Raises ImportStopped.

    Whatever happens, the summary tells what has been done until then.
    """
    if options.timezone is not None and zone_of(options.timezone) is None:
        raise ImportStopped(f"{options.timezone!r} is no time zone of the IANA database, such as Europe/Berlin.")
    written = CsvReport(options.report)
    report = Report(console or _console(), options.dry_run)
    try:
        async with AsyncExitStack() as stack:
            importer = _Importer(options, report, stack)
            for path in options.files:
                await importer.file(path)
    finally:
        report.summary()
        written.write(report)
    return report.exit_code


def _console() -> Console:
    """Standard output, whatever characters it knows."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console()


class _Importer:
    def __init__(self, options: ImportOptions, report: Report, stack: AsyncExitStack) -> None:
        self._options = options
        self._report = report
        self._stack = stack
        self._marketplace: Marketplace | None = None

    async def file(self, path: Path) -> None:
        """Import one file; what cannot be read of it is reported."""
        try:
            data = read_file(path)
            kind = self._options.format or format_of(data)
            found = list(findings(data, kind, self._options.timezone))
        except FileError as error:
            self._report.file_refused(str(path), str(error))
            return
        self._report.file_begun(str(path))
        source = self._options.source or SOURCES[kind]
        with self._report.progress(str(path), len(found)) as advance:
            for batch in _batches(found):
                rows = await self._batch(str(path), source, batch)
                self._report.records_done(rows)
                advance(len(batch))

    async def _batch(self, file: str, source: str, batch: list[Finding]) -> list[Row]:
        """Send what is good of a batch; rows in the order of the file."""
        good = [finding.record for finding in batch if isinstance(finding, Found)]
        results = iter(await self._send(source, good) if good else [])
        rows = []
        for finding in batch:
            if isinstance(finding, Bad):
                named, outcome, show_id, problem = (finding.external_id, finding.title), "rejected", "", finding.problem
            else:
                named, result = (finding.record["external_id"], finding.record["title"]), next(results)
                outcome, show_id, problem = result.outcome, result.show_id, result.problem
            rows.append(Row(file, finding.line, *named, outcome, show_id, problem))
        return rows

    async def _send(self, source: str, records: list[Record]) -> list[Result]:
        if self._marketplace is None:
            marketplace = await self._stack.enter_async_context(Marketplace(self._options.url))
            await marketplace.sign_in(*self._options.credentials())
            self._marketplace = marketplace
        return await self._marketplace.send(source, records, dry_run=self._options.dry_run)


def _batches(found: Sequence[Finding]) -> Iterator[list[Finding]]:
    each = iter(found)
    while batch := list(islice(each, BATCH_RECORDS)):
        yield batch
