"""A ticket on paper: one A4 page as PDF, its code drawn as a vector. Pure; takes some tenths of a second.

The font covers Latin, Greek, Cyrillic, Georgian, Hebrew, Arabic, Devanagari and Thai, shaped and in both
directions. For a character that it has not (Chinese, Japanese, Korean, pictures) the page shows a box and says where
the words can be read. What printing needs is imported by whoever prints first: it is large, and most never do.
"""

import tempfile
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fairseat_common.languages import language, mark, say
from web.dates import when_text
from web.locales import Locale

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.enums import WrapMode

PAGE_MM = (210.0, 297.0)
MARGIN_MM = 18.0
CODE_MM = 74.0
QUIET_MODULES = 4
SEAM_MM = 0.03
"""Rows of a code overlap by so much, so that no viewer draws a hair of white between them."""
TITLE_LINES_MAX = 4
LINES_MAX = 3
WORD_MAX = 24
INK = (17, 32, 26)
MUTED = (76, 93, 86)
ACCENT = (10, 95, 73)
LINE = (170, 182, 176)
MISSING = "\u25af"
ELLIPSIS = "\u2026"
PLAIN_END = 0x590
PLAIN_MORE = range(0x1E00, 0x2C00)
REGULAR, BOLD = "figo", "figbo"
ADVICE = (
    mark("This code does not change. Whoever shows it first goes in: keep this page to yourself."),
    mark("If you give the ticket away or sell it, or your money comes back, this page is void."),
    mark(
        "On the phone, the ticket's page shows a code that is new every 30 seconds. "
        "Either opens the door, once for both."
    ),
)
BOXES = mark("A box stands for a character that cannot be printed here. You can read it at %(address)s.")
STATUS = {
    "postponed": mark("This show is postponed. The ticket holds for its new date."),
    "cancelled": mark("This show is cancelled."),
}


class PrintedTicket(NamedTuple):
    """What stands on the paper; `address` is where the ticket's own page is."""

    title: str
    starts_at: datetime
    timezone: str
    venue: str
    city: str
    section: str
    row: str
    seat: str
    holder: str
    address: str
    locale: Locale
    status: str = "scheduled"


def printed(ticket: PrintedTicket, code: str) -> bytes:
    """The page as a PDF file, with `code` as its QR code."""
    from fpdf import FPDF  # a library of many megabytes, for those who print

    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(MARGIN_MM)
    shaped = any(not _plain(character) for text in ticket if isinstance(text, str) for character in text)
    for name, style in ((REGULAR, ""), (BOLD, "B")):
        pdf.add_font("fira", style, _font_file(name) if shaped else _plain_file(name))
    pdf.set_text_shaping(shaped)
    pdf.set_title(say("Ticket: %(title)s", title=ticket.title)[:200])
    pdf.set_creator("Fairseat")
    pdf.set_lang(language())
    pdf.add_page()
    _Sheet(pdf, ticket).draw(code)
    return bytes(pdf.output())


class _Sheet:
    """The page while it is being drawn, from its top to its bottom."""

    def __init__(self, pdf: "FPDF", ticket: PrintedTicket) -> None:
        self._pdf = pdf
        self._ticket = ticket
        self._boxes = False
        self._width = PAGE_MM[0] - 2 * MARGIN_MM

    def draw(self, code: str) -> None:
        ticket = self._ticket
        self._brand()
        self._text(ticket.title, 26, bold=True, lines_max=TITLE_LINES_MAX)
        self._gap(2)
        self._text(when_text(ticket.starts_at, ticket.timezone, ticket.locale), 14, bold=True, colour=ACCENT)
        self._text(", ".join(part for part in (ticket.venue, ticket.city) if part), 12, lines_max=LINES_MAX)
        if note := STATUS.get(ticket.status):
            self._text(say(note), 12, bold=True)
        self._gap(6)
        self._perforation()
        top = self._pdf.get_y() + 8
        self._facts(top)
        self._code(code, top)
        self._pdf.set_y(max(self._pdf.get_y(), top + CODE_MM) + 10)
        for advice in ADVICE:
            self._text(say(advice), 10, colour=MUTED, lines_max=LINES_MAX)
            self._gap(1.5)
        if self._boxes:
            self._text(say(BOXES, address=ticket.address), 10, colour=MUTED, lines_max=LINES_MAX)

    def _brand(self) -> None:
        """The seat, drawn as on every page, and the name."""
        pdf = self._pdf
        x, y = MARGIN_MM, MARGIN_MM
        pdf.set_fill_color(*ACCENT)
        pdf.rect(x + 1.3, y, 5.4, 4.4, style="F", round_corners=True, corner_radius=1.3)
        pdf.rect(x, y + 5.2, 8, 2.6, style="F", round_corners=True, corner_radius=1.2)
        pdf.set_xy(x + 11, y)
        pdf.set_font("fira", "B", 17)
        pdf.set_text_color(*INK)
        pdf.cell(h=7.8, text="Fairseat")
        pdf.set_y(y + 20)

    def _perforation(self) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*LINE)
        pdf.set_line_width(0.4)
        pdf.set_dash_pattern(dash=2, gap=1.6)
        pdf.line(0, pdf.get_y(), PAGE_MM[0], pdf.get_y())
        pdf.set_dash_pattern()

    def _facts(self, top: float) -> None:
        """What the door reads beside the code: the place, and who has it."""
        ticket = self._ticket
        width = self._width - CODE_MM - 8
        self._pdf.set_y(top)
        rows = [(say("Section"), ticket.section)]
        rows += [(say("Row"), ticket.row), (say("Seat"), ticket.seat)] if ticket.row else [(say("Place"), ticket.seat)]
        for label, value in rows:
            self._text(label, 10, colour=MUTED, width=width)
            self._text(value, 20, bold=True, width=width, lines_max=LINES_MAX)
            self._gap(3)
        if ticket.holder:
            self._text(say("Holder"), 10, colour=MUTED, width=width)
            self._text(ticket.holder, 12, bold=True, width=width, lines_max=LINES_MAX)

    def _code(self, code: str, top: float) -> None:
        """The code in black on white, its dark modules row by row."""
        import segno  # together with what else only printing needs

        rows = segno.make(code, error="m", micro=False, boost_error=False).matrix
        size = CODE_MM / (len(rows) + 2 * QUIET_MODULES)
        left = PAGE_MM[0] - MARGIN_MM - CODE_MM
        self._pdf.set_fill_color(0, 0, 0)
        for y, row in enumerate(rows):
            x = 0
            while x < len(row):
                start = x
                while x < len(row) and row[x]:
                    x += 1
                if x > start:
                    corner = left + (start + QUIET_MODULES) * size, top + (y + QUIET_MODULES) * size
                    self._pdf.rect(*corner, (x - start) * size, size + SEAM_MM, style="F")
                x += 1

    def _text(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        width: float = 0,
        lines_max: int = 1,
    ) -> None:
        """A paragraph, at most so many lines long; right-to-left words are set from the right."""
        from fpdf.enums import MethodReturnValue

        pdf = self._pdf
        pdf.set_font("fira", "B" if bold else "", size)
        pdf.set_text_color(*colour)
        pdf.set_x(MARGIN_MM)
        shown = self._printable(text, BOLD if bold else REGULAR)
        height = size * 0.46
        width = width or self._width
        found = pdf.multi_cell(
            width, height, shown, align="L", dry_run=True, output=MethodReturnValue.LINES, wrapmode=_wrapping(shown)
        )
        assert isinstance(found, list), "lines were asked for"
        lines: list[str] = [str(line) for line in found]
        kept = list(lines[:lines_max])
        if len(lines) > lines_max:
            kept[-1] = kept[-1].rstrip()[:-1].rstrip() + ELLIPSIS
        for line in kept:
            pdf.set_x(MARGIN_MM)
            pdf.cell(width, height, line, align="R" if _right_to_left(shown) else "L", new_x="LMARGIN", new_y="NEXT")

    def _printable(self, text: str, font: str) -> str:
        """The text with boxes for what the font does not have, and in one line."""
        plain = " ".join(text.split())
        shown = "".join(_glyph(character, font) for character in plain)
        self._boxes = self._boxes or MISSING in shown
        return shown

    def _gap(self, height_mm: float) -> None:
        self._pdf.set_y(self._pdf.get_y() + height_mm)


def _plain(character: str) -> bool:
    """Whether a character is set one after the other, from the left, as Latin, Greek and Cyrillic are."""
    return ord(character) < PLAIN_END or ord(character) in PLAIN_MORE


def _glyph(character: str, font: str) -> str:
    """The character, a box where the font has none, nothing for what only joins or selects others."""
    if ord(character) in _covered(font):
        return character
    return "" if unicodedata.category(character) in ("Cf", "Cc", "Mn", "Me") else MISSING


def _wrapping(text: str) -> "WrapMode":
    """Between words, unless one of them is too long for a line."""
    from fpdf.enums import WrapMode

    return WrapMode.CHAR if any(len(word) > WORD_MAX for word in text.split()) else WrapMode.WORD


def _right_to_left(text: str) -> bool:
    """Whether a text begins from the right: by its first letter that has a direction."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((direction for direction in directions if direction in ("L", "R", "AL")), "L") != "L"


@cache
def _covered(font: str) -> frozenset[int]:
    """The characters of a font."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    return frozenset(TTFont(_font_file(font), lazy=True).getBestCmap())


@cache
def _font_file(font: str) -> str:
    """A font as a file, since the PDF library reads nothing else; written once in the life of a process."""
    import pymupdf_fonts  # type: ignore[import-untyped]

    path = Path(_folder().name) / f"{font}.ttf"
    path.write_bytes(pymupdf_fonts.myfont(font))
    return str(path)


@cache
def _plain_file(font: str) -> str:
    """The part of a font that needs no shaping, without its rules: the most of what is printed, ten times as fast."""
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont

    source = TTFont(_font_file(font))
    for rules in {"GSUB", "GPOS", "GDEF"} & set(source.keys()):
        del source[rules]
    subsetter = Subsetter(Options(notdef_outline=True))
    subsetter.populate(unicodes=[code for code in _covered(font) if _plain(chr(code))])
    subsetter.subset(source)
    path = Path(_font_file(font)).with_suffix(".plain.ttf")
    source.save(path)
    return str(path)


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """Where those files are until the process ends."""
    return tempfile.TemporaryDirectory(prefix="fairseat-fonts-")
