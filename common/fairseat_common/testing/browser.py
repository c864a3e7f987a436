"""A real browser for journeys: Chromium, with pages for people who each have their own cookies."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NAMES = ("chromium-headless-shell", *BROWSERS)
"""The shell is the same engine without a browser for people around it: a new page takes it a fifth of the processor
time. Without any of them playwright has one of its own, which is a shell too."""
# Quiet about the outside world, which need not exist; root has no sandbox.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
STEP_MAX_MS = 30_000
"""How long a step and an expectation wait for a page: less is only missed by who shares the machine with others."""
expect.set_options(timeout=STEP_MAX_MS)
STANDARDS = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice")


def program(names: Sequence[str] = NAMES) -> str | None:
    """The Chromium that this machine has, the first of `names` that is there; None if only playwright may have one."""
    return next((path for name in names if (path := shutil.which(name))), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The Chromium that this machine has, or the one that playwright has installed."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program(), args=list(FLAGS))
        yield browser
        await browser.close()


async def page_for(browser: Browser, base_url: str, *, phone: bool = False, scripts: bool = True, **more: Any) -> Page:
    """A page of somebody who has never been here."""
    context = await browser.new_context(
        base_url=base_url,
        viewport=PHONE if phone else DESKTOP,
        has_touch=phone,
        java_script_enabled=scripts,
        locale="en-GB",
        **more,
    )
    context.set_default_timeout(STEP_MAX_MS)
    return await context.new_page()


async def accessibility_faults(page: Page) -> list[str]:
    """What axe finds on the page as it stands; empty is good."""
    # Whatever is not a violation is counted, not described: that takes longer than finding it.
    results = await Axe().run(page, options={"runOnly": list(STANDARDS), "resultTypes": ["violations"]})
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in results.response["violations"]]
