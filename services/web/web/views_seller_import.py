"""Listings from a file: reading it, and writing reports. Pure functions, no I/O.

The file is CSV as spreadsheets write it: UTF-8 or the Western European set of Windows, with or without a byte order
mark, with commas or semicolons between the cells.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fairseat_common.languages import mark, say

BYTES_MAX = 1_000_000
LINES_MAX = 500
CELL_MAX = 2_000
COLUMNS: dict[str, str] = {
    "show_id": mark("the show, by the last part of its address; or title, date and venue"),
    "title": mark("the show's title"),
    "date": mark("its day at the venue, as 2026-11-28"),
    "venue": mark("the venue's name"),
    "section": mark("as in the chart"),
    "row": mark("as in the chart; empty for standing places"),
    "seats": mark("for example 12-15, or 12, 13"),
    "quantity": mark("the number of standing places"),
    "price": mark("what you ask for each seat"),
    "currency": mark("optional; the show's own"),
    "split": mark("any, pairs or none; any if empty"),
    "notes": mark("optional, for buyers"),
    "in_hand_on": mark("optional: the day by which you promise to have the tickets"),
}
"""The columns that a file may have, and what stands in them."""
REPORT = ("line", "result", "message", "title", "section", "row", "seats", "quantity", "price", "listing_id")
STATES: dict[str, tuple[str, str]] = {
    "ready": ("good", mark("Can be listed")),
    "listed": ("good", mark("Listed")),
    "before": ("", mark("Listed before")),
    "refused": ("bad", mark("Not listed")),
}
"""What may become of a line, as a badge."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FileRefused(ValueError):
    """The file as a whole cannot be read; the message is for its owner."""


@dataclass(slots=True)
class Entry:
    """One line of the file and what became of it."""

    number: int
    cells: dict[str, str]
    state: str = "ready"
    messages: list[str] = field(default_factory=list)
    title: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    """The request for the listing, once it is known."""
    listing_id: str = ""

    def refuse(self, *messages: str) -> None:
        """Say why the line cannot be listed."""
        self.state = "refused"
        self.messages += messages

    @property
    def message(self) -> str:
        """Everything that is said of the line."""
        return " ".join(self.messages)

    @property
    def place(self) -> str:
        """Where the seats are, as the file has it."""
        row, seats = self.cells.get("row", ""), self.cells.get("seats", "") or self.cells.get("quantity", "")
        return ", ".join(
            part for part in (self.cells.get("section", ""), say("row %(row)s", row=row) if row else "", seats) if part
        )


def text_of(content: bytes) -> str:
    """The text of a file. Raises FileRefused for what is no text, or too much."""
    if len(content) > BYTES_MAX:
        raise FileRefused(say("The file is larger than 1 MB. Split it into several."))
    if b"\0" in content:
        raise FileRefused(say("That is no text file. Save your table as CSV and send that."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return content.decode("latin-1")


def entries_read(text: str) -> list[Entry]:
    """The lines of a file, those without anything in them left out. Raises FileRefused."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise FileRefused(say("That is no text file. Save your table as CSV and send that."))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found: list[Entry] = []
    try:
        columns = _columns(next(reader, []))
        start = reader.line_num
        for cells in reader:
            number, start = start + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                found.append(_entry(number, columns, cells))
            if len(found) > LINES_MAX:
                raise FileRefused(
                    say("The file has more than %(number)s lines. Split it into several.", number=LINES_MAX)
                )
    except csv.Error as error:
        raise FileRefused(
            say("Line %(number)s cannot be read: look for a quotation mark too many.", number=reader.line_num)
        ) from error
    if not found:
        raise FileRefused(say("There are no lines below the names of the columns."))
    return found


def _delimiter(text: str) -> str:
    head = text.lstrip().partition("\n")[0]
    return ";" if head.count(";") > head.count(",") else ","


def _columns(head: Sequence[str]) -> list[str]:
    """The names of the columns. Raises FileRefused."""
    names = [name.strip().casefold().replace(" ", "_") for name in head]
    unknown = [name for name in names if name not in COLUMNS]
    if not names or len(unknown) == len(names):
        raise FileRefused(say("The first line must name the columns, as in the template."))
    if unknown:
        raise FileRefused(
            say("There is no column called %(names)s.", names=", ".join(name[:40] or "–" for name in unknown[:5]))
        )
    if len(set(names)) < len(names):
        raise FileRefused(say("A column is there twice."))
    missing = [name for name in ("section", "price") if name not in names]
    if "show_id" not in names:
        missing += [name for name in ("title", "date", "venue") if name not in names]
    if missing:
        raise FileRefused(say("These columns are missing: %(names)s.", names=", ".join(missing)))
    return names


def _entry(number: int, columns: Sequence[str], cells: Sequence[str]) -> Entry:
    entry = Entry(number, {name: _cell(cell) for name, cell in zip(columns, cells, strict=False)})
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        entry.refuse(say("The line has more cells than there are columns: put texts with commas in quotation marks."))
    if any(len(cell) > CELL_MAX for cell in entry.cells.values()):
        entry.refuse(say("A cell has more than %(number)s characters.", number=CELL_MAX))
        entry.cells = {name: cell[:100] for name, cell in entry.cells.items()}
    return entry


def _cell(text: str) -> str:
    """A cell as it was meant, without the sign that keeps spreadsheets from computing it."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA and text[1:2] else text


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_text(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as a file for spreadsheets: UTF-8 with a mark that they know it by."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def report_rows(entries: Iterable[Entry]) -> list[list[str]]:
    """The report by line, without its head."""
    names = REPORT[4:9]
    return [
        [
            str(entry.number),
            say(STATES[entry.state][1]),
            entry.message,
            entry.title or entry.cells.get("title", ""),
            *(entry.cells.get(name, "") for name in names),
            entry.listing_id,
        ]
        for entry in entries
    ]


def counts_text(entries: Sequence[Entry]) -> str:
    """What became of the lines, counted."""
    counts = {state: sum(entry.state == state for entry in entries) for state in STATES}
    words = {
        "listed": mark("%(number)s listed"),
        "ready": mark("%(number)s can be listed"),
        "before": mark("%(number)s listed before"),
        "refused": mark("%(number)s not listed") if counts["listed"] else mark("%(number)s cannot be listed"),
    }
    parts = [say(text, number=counts[state]) for state, text in words.items() if counts[state]]
    return ", ".join(parts) + "."


def template_rows() -> list[list[str]]:
    """The file to start from: the columns and two lines that show how they are filled in."""
    seated = {
        "title": "Night Swim", "date": "2026-11-28", "venue": "Town Hall", "section": "Stalls", "row": "F",
        "seats": "12-13", "price": "49.90", "split": "pairs", "notes": "On the aisle",
    }  # fmt: skip
    standing = {
        "title": "Night Swim", "date": "2026-11-28", "venue": "Town Hall", "section": "Floor", "quantity": "4",
        "price": "35", "in_hand_on": "2026-11-20",
    }  # fmt: skip
    return [list(COLUMNS), *([line.get(name, "") for name in COLUMNS] for line in (seated, standing))]
