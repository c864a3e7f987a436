"""The QR encoder that runs in the browser, against the one that runs on the server, module by module."""

from __future__ import annotations

import base64
import io
import random
import string
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import segno
import segno.encoder
from playwright.async_api import Page

import web
from fairseat_common.testing.browser import chromium

SOURCE = Path(web.__file__).parent / "static" / "js" / "qr.js"
ALPHABET = string.ascii_letters + string.digits + "-_."
LENGTHS = (
    *range(1, 40),
    62,
    63,
    84,
    85,
    106,
    122,
    123,
    150,
    151,
    152,
    153,
    180,
    213,
    214,
    251,
    252,
    256,
    400,
    600,
    666,
)
Matrix = list[str]


@pytest.fixture(autouse=True)
def standard_padding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's encoder adds a byte of zeros where the text ends on a byte already, which readers do not mind.

    The standard (7.4.10) adds none there; without this the two differ wherever a symbol has room left.
    """

    def pad(buffer: bytearray, version: int, length: int) -> None:
        buffer.extend([0] * (-length % 8))

    monkeypatch.setattr(segno.encoder, "write_padding_bits", pad)


@pytest_asyncio.fixture(loop_scope="session")
async def page() -> AsyncIterator[Page]:
    """A page that has the encoder."""
    async with chromium() as browser:
        opened = await browser.new_page()
        module = base64.b64encode(SOURCE.read_bytes()).decode()
        await opened.evaluate(
            "async (source) => { window.qr = await import(`data:text/javascript;base64,${source}`); }", module
        )
        yield opened


def expected(text: str, mask: int | None = None) -> Matrix:
    made = segno.make(
        text, error="m", mode="byte", encoding="utf-8", eci=False, micro=False, mask=mask, boost_error=False
    )
    return ["".join("1" if module else "0" for module in row) for row in made.matrix]


async def encoded(page: Page, text: str, mask: int | None = None) -> Matrix:
    found: Matrix = await page.evaluate(
        "([text, mask]) => qr.symbol(text, mask).map((row) => row.map((m) => (m ? '1' : '0')).join(''))", [text, mask]
    )
    return found


async def test_symbols_are_those_of_the_server(page: Page) -> None:
    chance = random.Random(7)
    for length in LENGTHS:
        text = "".join(chance.choice(ALPHABET) for _ in range(length))
        assert await encoded(page, text) == expected(text), length


async def test_every_mask_and_script_is_encoded(page: Page) -> None:
    for text in ("ticket-1.AAAA", "Žižkov 東京 🎭", "x" * 300):
        for mask in range(8):
            assert await encoded(page, text, mask) == expected(text, mask), (text, mask)


async def test_a_text_that_is_too_long_is_refused_and_a_drawing_covers_its_modules(page: Page) -> None:
    refused = await page.evaluate(
        "() => { try { qr.symbol('x'.repeat(2000)); return ''; } catch (e) { return e.name; } }"
    )
    assert refused == "RangeError"
    text = "ticket-1.abc"
    dark = await page.evaluate(
        """(text) => {
          const svg = qr.drawing(text, 2);
          document.body.replaceChildren(svg);
          const shape = svg.querySelector("path");
          const side = Number(svg.getAttribute("viewBox").split(" ")[2]);
          const rows = [];
          for (let y = 0; y < side; y += 1) {
            let row = "";
            for (let x = 0; x < side; x += 1) row += shape.isPointInFill(new DOMPoint(x + 0.5, y + 0.5)) ? "1" : "0";
            rows.push(row);
          }
          return rows;
        }""",
        text,
    )
    made = segno.make(text, error="m", mode="byte", micro=False, boost_error=False)
    out = io.StringIO()
    made.save(out, kind="txt", border=2)
    assert dark == out.getvalue().split()
