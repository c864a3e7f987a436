"""Rows of seats as a person writes them, `A-M: 1-24` to a line, and back from a chart to such lines. Pure.

    A-M: 1-24            rows A to M with seats 1 to 24
    N, P: 1-23 odd       rows N and P with every second seat from 1
    AA-CC: 24-1          rows AA, BB and CC, counted from the other end
    Q: 1-8, 11-18        row Q with a gap
    "A-1": L1-L12        a row that is called A-1; seats L1 to L12

What stands in quotes is a name as it is. A name may stand in several lines only once.
"""

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from fairseat_common.languages import say
from web.models import Row

ROWS_MAX = 200
SEATS_MAX = 500
ROW_NAME_MAX = 50
SEAT_NAME_MAX = 12
TEXT_MAX = 20_000
STEPS = {
    **dict.fromkeys(("odd", "even", "ungerade", "gerade", "impair", "impairs", "pair", "pairs"), 2),
    **dict.fromkeys(("impar", "impares", "par", "pares"), 2),
}
"""Words after a range that take every second number of it, as its first number is."""
_TOKEN = re.compile(r'\s*"([^"]*)"\s*|([^,;]+)')
_NUMBERED = re.compile(r"(\D{0,8})(\d{1,6})")
_RANGE = re.compile(r"(\S+)\s*[-–]\s*(\S+?)(?:\s+(\w+))?")
_PLAIN = re.compile(r'[^\s,;:"–-]+')


def rows_read(text: str) -> list[Row]:
    """The rows of a section from its lines. Raises ValueError with a sentence for the person."""
    rows: list[Row] = []
    for number, line in enumerate(text[:TEXT_MAX].splitlines(), 1):
        if line.strip():
            rows += _line_read(line, number)
        if len(rows) > ROWS_MAX:
            raise ValueError(say("A section has %(most)s rows at most.", most=ROWS_MAX))
    if not rows:
        raise ValueError(say("Name the rows and their seats, for example A-M: 1-24."))
    names = [row.name for row in rows]
    if twice := _twice(names):
        raise ValueError(say("Row %(row)s is there twice.", row=twice))
    return rows


def _line_read(line: str, number: int) -> list[Row]:
    head, seats = _halves(line)
    if not head.strip() or not seats.strip():
        raise ValueError(say("Line %(line)s: write rows, a colon and seats, as in A-M: 1-24.", line=number))
    try:
        names, labels = _names_read(head, ROWS_MAX), _names_read(seats, SEATS_MAX)
    except ValueError as mistake:
        raise ValueError(say("Line %(line)s: %(mistake)s", line=number, mistake=mistake)) from mistake
    if twice := _twice(labels):
        raise ValueError(say("Line %(line)s: seat %(seat)s is there twice.", line=number, seat=twice))
    long = [name for name in names if len(name) > ROW_NAME_MAX]
    long += [label for label in labels if len(label) > SEAT_NAME_MAX or " " in label]
    if long:
        raise ValueError(say("Line %(line)s: %(name)s is too long for a name.", line=number, name=long[0][:60]))
    return [Row(name, labels) for name in names]


def _halves(line: str) -> tuple[str, str]:
    """What stands before and after the first colon that is not in quotes."""
    outside = re.match(r'(?:[^":]|"[^"]*")*:', line)
    return (line[: outside.end() - 1], line[outside.end() :]) if outside else (line, "")


def _names_read(text: str, most: int) -> list[str]:
    names: list[str] = []
    for quoted, plain in _TOKEN.findall(text):
        names += [quoted.strip()] if not plain.strip() and quoted.strip() else _range_read(plain.strip(), most)
        if len(names) > most:
            raise ValueError(say("That is more than %(most)s at once.", most=most))
    return names


def _range_read(text: str, most: int) -> list[str]:
    if not text:
        return []
    found = _RANGE.fullmatch(text)
    if found is None:
        if _PLAIN.fullmatch(text):
            return [text]
        # Seats may be divided by spaces alone.
        parts = text.split()
        if len(parts) > 1 and all(_PLAIN.fullmatch(part) for part in parts):
            return parts
        raise ValueError(say("“%(text)s” cannot be read.", text=text[:40]))
    first, last, word = found.groups()
    if word and word.casefold() not in STEPS:
        raise ValueError(say("“%(word)s” cannot be read; after a range, write odd or even.", word=word[:40]))
    step = STEPS.get((word or "").casefold(), 1)
    names = _numbers(first, last, step, most) or _letters(first, last, step)
    if not names:
        raise ValueError(say("“%(text)s” is no range.", text=text[:40]))
    return names


def _numbers(first: str, last: str, step: int, most: int) -> list[str]:
    """`1` to `24`, `L1` to `L12`, `24` down to `1`."""
    begins, ends = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(last)
    if not begins or not ends or begins[1] != ends[1]:
        return []
    start, stop = int(begins[2]), int(ends[2])
    if abs(stop - start) // step >= most:
        raise ValueError(say("That is more than %(most)s at once.", most=most))
    way = 1 if stop >= start else -1
    return [f"{begins[1]}{number}" for number in range(start, stop + way, step * way)]


def _letters(first: str, last: str, step: int) -> list[str]:
    """`A` to `M`; `AA` to `DD` as houses count after Z: AA, BB, CC, DD."""
    times = len(first)
    same = len(last) == times and len(set(first)) == len(set(last)) == 1 and (first + last).isascii()
    if not same or not (first + last).isalpha() or first.isupper() != last.isupper():
        return []
    way = 1 if last >= first else -1
    return [chr(code) * times for code in range(ord(first[0]), ord(last[0]) + way, step * way)]


def rows_text(rows: Sequence[Row]) -> str:
    """The lines that `rows_read` reads as these rows; rows that follow each other with the same seats share one."""
    lines = []
    for seats, group in groupby(rows, key=lambda row: tuple(row.seats)):
        lines.append(f"{names_text([row.name for row in group])}: {names_text(seats)}")
    return "\n".join(lines)


def names_text(names: Sequence[str]) -> str:
    """Names with runs written as ranges: `1-8, 11-18`."""
    return ", ".join(_run_text(run) for run in _runs(names))


def _runs(names: Sequence[str]) -> list[list[str]]:
    """The names in runs of neighbours that all have one distance, 1 or -1; else of every second number."""
    runs: list[list[str]] = []
    for name in names:
        run = runs[-1] if runs else []
        distance = _distance(run[-1], name) if run else 0
        fits = distance in {1, -1, 2, -2} and (len(run) < 2 or _distance(run[-2], run[-1]) == distance)
        if fits:
            run.append(name)
        else:
            runs.append([name])
    return runs


def _distance(one: str, other: str) -> int:
    """How far apart two neighbours of a run are; 0 for names that belong to none."""
    first, second = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(other)
    if first and second:
        plain = f"{int(first[2])}" == first[2] and f"{int(second[2])}" == second[2]
        return int(second[2]) - int(first[2]) if first[1] == second[1] and plain and _PLAIN.fullmatch(one) else 0
    return ord(other[0]) - ord(one[0]) if _letters(one, other, 1) else 0


def _run_text(run: list[str]) -> str:
    if len(run) == 1:
        return run[0] if _PLAIN.fullmatch(run[0]) else f'"{run[0]}"'
    step = abs(_distance(run[0], run[1]))
    if len(run) == 2 and step == 2:
        return f"{run[0]}, {run[1]}"
    if step == 1:
        return f"{run[0]}-{run[-1]}"
    found = _NUMBERED.fullmatch(run[0])
    odd = found is not None and int(found[2]) % 2 == 1
    return f"{run[0]}-{run[-1]} {'odd' if odd else 'even'}"


def _twice(names: Sequence[str]) -> str | None:
    known = sorted(names)
    return next((one for one, other in pairwise(known) if one == other), None)
