"""The QR reader of the scanning page against the encoder of the ticket pages: turned, tilted, shaded, with damage."""

from __future__ import annotations

import base64
import random
from pathlib import Path

from playwright.async_api import Route

import web
from fairseat_common.testing.browser import chromium

SCRIPTS = Path(web.__file__).parent / "static" / "js"
# Turned by (radians), tilted by, pixels a module, share of wrong pixels, shade across the picture.
VIEWS = [
    (0.0, 0.0, 8.0, 0.0, 0.0),
    (0.3, 0.0, 6.0, 0.0, 0.0),
    (1.2, 0.0, 6.0, 0.0, 0.4),
    (3.1, 0.0, 4.0, 0.0, 0.2),
    (-0.2, 0.0006, 5.0, 0.01, 0.5),
]
# Draws a code as a camera might see it, and reads it.
LOOK = """async ({ code, views }) => {
  const { decoded } = await import("/gate-qr.js");
  const { symbol } = await import("/qr.js");
  const rows = symbol(code);
  const size = 600;
  const dice = (() => { let seed = 7; return () => (seed = (seed * 16807) % 2147483647) / 2147483647; })();
  return views.map(([turn, tilt, scale, noise, shade]) => {
    const data = new Uint8ClampedArray(size * size * 4);
    for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) {
      let [dx, dy] = [x - size / 2, y - size / 2];
      const w = 1 + tilt * dx + (tilt / 2) * dy;
      [dx, dy] = [dx / w / scale, dy / w / scale];
      const column = Math.floor(Math.cos(turn) * dx + Math.sin(turn) * dy + rows.length / 2);
      const row = Math.floor(Math.cos(turn) * dy - Math.sin(turn) * dx + rows.length / 2);
      let grey = row < -4 || column < -4 || row > rows.length + 4 || column > rows.length + 4 ? 150 : rows[row]?.[column] ? 40 : 235;
      grey *= 1 - (shade * x) / size;
      data.fill(dice() < noise ? 255 - grey : grey, 4 * (y * size + x), 4 * (y * size + x) + 3);
      data[4 * (y * size + x) + 3] = 255;
    }
    return decoded(new ImageData(data, size, size));
  });
}"""  # noqa: E501


async def answer(route: Route) -> None:
    name = route.request.url.rsplit("/", 1)[-1]
    if name.endswith(".js"):
        await route.fulfill(body=(SCRIPTS / name).read_text(), content_type="text/javascript")
    else:
        await route.fulfill(body="<!doctype html><title>-</title>", content_type="text/html")


async def test_a_code_is_read_as_a_camera_sees_it() -> None:
    dice = random.Random(3)
    parts = (base64.urlsafe_b64encode(dice.randbytes(length)).decode().rstrip("=") for length in (40, 64))
    code = ".".join(("ticket-1", *parts))
    async with chromium() as browser:
        page = await browser.new_page()
        await page.route("**/*", answer)
        await page.goto("http://reader.test/")
        read = await page.evaluate(LOOK, {"code": code, "views": VIEWS})
        assert read == [code] * len(VIEWS)
        # Nothing is made of what is no code at all.
        assert await page.evaluate(
            "async () => (await import('/gate-qr.js')).decoded(new ImageData(320, 240))",
        ) is None  # fmt: skip
