"""The picture that stands beside a link to a show elsewhere: 1200 by 630, drawn from the show alone."""

import hashlib
import math
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from fairseat_common.languages import say, speaking
from web import dates, money
from web.locales import Locale, reader_locale
from web.models import Show

if TYPE_CHECKING:  # a large package, for one address alone
    from PIL import ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
MARGIN = 72
TITLE_SIZES = (92, 76, 62, 50)
TITLE_LINES_MAX = 3
TEXT_SIZE = 38
TITLE_CHARACTERS_MAX = 140


class Palette(NamedTuple):
    """Ground, seats, lit seats, accent and ink of a category."""

    ground: str
    seat: str
    lit: str
    accent: str
    ink: str = "#f2f7f4"


_PALETTES = {
    "concert": Palette("#0f2a22", "#1d4438", "#2f6a57", "#7fdcb8"),
    "festival": Palette("#2b2408", "#4a3f14", "#75652a", "#f3cf70"),
    "theatre": Palette("#2d1219", "#4d2430", "#7b3f50", "#ffb3bf"),
    "comedy": Palette("#2a1b0a", "#4b3218", "#7a5430", "#f3bd70"),
    "classical": Palette("#15203a", "#27385f", "#40598f", "#a9c4ff"),
    "family": Palette("#1f2a0c", "#38491b", "#59732f", "#cbe886"),
    "sport": Palette("#0c2533", "#1a4159", "#2e678a", "#8fd3f5"),
}


def picture_tag(show: Show, language: str) -> str:
    """What the picture depends on, as an entity tag."""
    told = (language, show.id, show.version, show.lowest_price, show.status, show.title)
    return f'"{hashlib.sha256(repr(told).encode()).hexdigest()[:20]}"'


def share_picture(show: Show, language: str) -> bytes:
    """The picture as PNG, in one of our languages. Slow; to be called in a thread."""
    from PIL import Image, ImageDraw

    locale = reader_locale("", language)
    palette = _PALETTES.get(show.category, _PALETTES["concert"])
    image = Image.new("RGB", (WIDTH, HEIGHT), palette.ground)
    draw = ImageDraw.Draw(image)
    _house(draw, palette)
    draw.text((MARGIN, 64), "Fairseat", font=_font("bold", 40), fill=palette.accent)
    lines, font, step = _title(show.title)
    top = 168
    for line in lines:
        _line(draw, top, line, font, palette.ink)
        top += step
    local = dates.at_venue(show.starts_at, show.venue.timezone)
    below = max(top + 18, 352)
    facts = [
        f"{dates.day_text(local, locale)}, {dates.clock_text(local, locale)}",
        f"{show.venue.name}, {show.venue.city}",
    ]
    for line in (fact for fact in facts if _drawable(fact)):
        _line(draw, below, _cut(line, _font("regular", TEXT_SIZE)), _font("regular", TEXT_SIZE), palette.ink)
        below += 54
    with speaking(language):
        # The font has no letters for spaces that keep words together.
        offer = " ".join(_offer(show, locale).split())
    _line(draw, HEIGHT - 96, offer, _font("bold", TEXT_SIZE), palette.accent)
    out = BytesIO()
    # Few colours: a fifth of the size, at no visible cost.
    image.quantize(48).save(out, "PNG", optimize=True)
    return out.getvalue()


def _offer(show: Show, locale: Locale) -> str:
    if show.status == "cancelled":
        return say("Cancelled")
    if show.lowest_price is None:
        return say("Postponed") if show.status == "postponed" else say("Tickets from fans to fans")
    return say("from %(price)s, all fees included", price=money.money_text(show.lowest_price, locale))


def _house(draw: "ImageDraw.ImageDraw", palette: Palette) -> None:
    """Rows of seats around a stage, two of them lit."""
    centre_x, centre_y = 1010, -40
    for row in range(9):
        radius = 190 + row * 62
        seats = int(math.pi * radius / 44)
        for seat in range(seats):
            angle = math.pi * (seat + 0.5) / seats
            x, y = centre_x + radius * math.cos(angle), centre_y + radius * math.sin(angle)
            fill = palette.lit if (row * 7 + seat * 5) % 11 == 0 else palette.seat
            draw.ellipse((x - 11, y - 11, x + 11, y + 11), fill=fill)
    for x, y in ((1010, 336), (1052, 334)):
        draw.ellipse((x - 11, y - 11, x + 11, y + 11), fill=palette.accent)


def _title(title: str) -> tuple[list[str], "ImageFont.FreeTypeFont", int]:
    """The title in lines, as large as fits. Words that the font has no letters for are left out."""
    words = [word for word in title[:TITLE_CHARACTERS_MAX].split() if _drawable(word)]
    text = " ".join(words).rstrip(":-–") or "Tickets for a show"
    for size in TITLE_SIZES:
        font = _font("bold", size)
        lines = _wrapped(text, font)
        if len(lines) <= TITLE_LINES_MAX and all(_width(line, font) <= _room() for line in lines):
            return lines, font, round(size * 1.14)
    lines = [_cut(line, font) for line in lines[:TITLE_LINES_MAX]]
    return lines, font, round(size * 1.14)


def _wrapped(text: str, font: Any) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, font) <= _room():
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(line: str, font: Any) -> str:
    """The line, shortened with three dots where it is too wide."""
    if _width(line, font) <= _room():
        return line
    while line and _width(f"{line}…", font) > _room():
        line = line[:-1]
    return f"{line.rstrip()}…"


def _room() -> int:
    return WIDTH - 2 * MARGIN


def _width(text: str, font: Any) -> float:
    return float(font.getlength(text))


def _line(draw: "ImageDraw.ImageDraw", top: int, text: str, font: Any, fill: str) -> None:
    draw.text((MARGIN, top), text, font=font, fill=fill)


def _drawable(text: str) -> bool:
    """Whether the font has a letter for everything in the text."""
    return all(character.isspace() or ord(character) in _letters() for character in text)


@cache
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    return frozenset(TTFont(BytesIO(_file("bold"))).getBestCmap())


@cache
def _file(weight: str) -> bytes:
    import pymupdf_fonts  # type: ignore[import-untyped]

    data: bytes = pymupdf_fonts.myfont("figbo" if weight == "bold" else "figo")
    return data


@cache
def _font(weight: str, size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(BytesIO(_file(weight)), size)
