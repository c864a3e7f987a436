"""The ticket on paper: what it says in whatever script, and a code that is the one that was asked for."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
import segno

from web.locales import DEFAULT
from web.views_printed import QUIET_MODULES, PrintedTicket, printed

CODE = "ticket-1." + "A" * 54 + "." + "b" * 86
POINTS_PER_MM = 72 / 25.4


def ticket(**changes: Any) -> PrintedTicket:
    fields: dict[str, Any] = {
        "title": "The Lanterns",
        "starts_at": datetime(2026, 11, 28, 18, 30, tzinfo=UTC),
        "timezone": "Europe/Berlin",
        "venue": "Theater am Ufer",
        "city": "Berlin",
        "section": "Stalls",
        "row": "C",
        "seat": "12",
        "holder": "Ana",
        "address": "https://example.org/tickets/1",
        "locale": DEFAULT,
    }
    return PrintedTicket(**fields | changes)


def streams(paper: bytes) -> list[bytes]:
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.DOTALL)
    return [zlib.decompress(part) for part in found if part[:1] == b"x"]


def letters(paper: bytes) -> str:
    """Every character that the page's fonts were told to show."""
    tables = re.findall(rb"beginbfchar(.*?)endbfchar", paper, re.DOTALL)
    codes = re.findall(rb"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]{4,})>", b"".join(tables))
    return "".join(bytes.fromhex(code.decode()).decode("utf-16-be") for code in codes)


def test_the_code_is_drawn_module_by_module() -> None:
    [page] = [text for text in streams(printed(ticket(), CODE)) if text.count(b" re") > 100]
    boxes = [tuple(map(float, found)) for found in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) (-?[\d.]+) re f", page)]
    expected = segno.make(CODE, error="m", micro=False, boost_error=False).matrix
    side = len(expected)
    size = 74 * POINTS_PER_MM / (side + 2 * QUIET_MODULES)
    left, top = min(box[0] for box in boxes), max(box[1] for box in boxes)
    drawn = [bytearray(side) for _ in range(side)]
    for x, y, width, _ in boxes:
        for module in range(round(width / size)):
            drawn[round((top - y) / size)][round((x - left) / size) + module] = 1
    assert drawn == [bytearray(row) for row in expected]


def test_it_says_what_the_door_and_its_holder_need() -> None:
    paper = printed(ticket(), CODE)
    assert paper.startswith(b"%PDF")
    assert set("The Lanterns Stalls C 12 Ana Berlin 19:30 CET".replace(" ", "")) <= set(letters(paper))


@pytest.mark.parametrize("title", ["حفلة موسيقية", "קונצרט", "Žižkov ΑΒΓ Привет", "देवनागरी", "คอนเสิร์ต"])
def test_scripts_of_the_font_are_printed_without_boxes(title: str) -> None:
    shown = letters(printed(ticket(title=title), CODE))
    assert "▯" not in shown
    assert set(title) & set(shown)


def test_what_the_font_has_not_is_a_box_with_a_word_about_it() -> None:
    shown = letters(printed(ticket(title="東京 🎭"), CODE))
    assert "▯" in shown
    assert "A" in shown
    assert "東" not in shown


@pytest.mark.parametrize("change", [{"title": "W" * 500}, {"holder": "", "row": "", "section": "x " * 300}])
def test_long_words_stay_on_the_one_page(change: dict[str, Any]) -> None:
    paper = printed(ticket(**change), CODE)
    assert paper.count(b"/Type /Page\n") == 1
