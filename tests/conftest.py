"""Whole systems and a browser for journeys and faults, each started once and shared by the tests that only use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from fairseat_common.testing.browser import chromium
from fairseat_local.testing import WholeSystem


@pytest.fixture(scope="session")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Everything in one process and all of the demo catalogue, as `make up` has it; shows that began are paid out."""
    settings = {"PAYOUT_DELAY_SECONDS": "0", "DEMO_SHOWS": ""}
    system = WholeSystem(tmp_path_factory.mktemp("one-process") / "data", settings=settings)
    system.start()
    # The demo's many events are on their way: journeys begin when all services have heard them.
    system.settle()
    yield system
    system.stop()


@pytest.fixture(scope="session")
def many_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Each service in a process of its own, as `make up PROCESSES=1` and a cluster have it."""
    system = WholeSystem(tmp_path_factory.mktemp("many-processes") / "data", processes=True)
    system.start()
    yield system
    system.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_browser() -> AsyncIterator[Browser]:
    """Chromium, started once."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def browser(one_browser: Browser) -> AsyncIterator[Browser]:
    """The shared browser, where everybody gets a context of their own; pages that stay open go on working, so all of
    a test's are closed at its end."""
    yield one_browser
    for context in one_browser.contexts:
        await context.close()
