"""Whole systems and a browser for journeys and faults, each started once and shared by the tests that only use it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from fairseat_common.testing.browser import chromium
from fairseat_local.testing import WholeSystem
from fairseat_local.testing_copies import begun

JOURNEYS = "journeys"
SHARED = pytest.StashKey[WholeSystem]()
"""The system of `one_process`, once there is one."""


@pytest.fixture(scope="session")
def for_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that its workers share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def few_shows(for_all_workers: Path) -> Path:
    """The data of a stopped system with some of the demo, to begin with a copy of it."""
    return begun(for_all_workers / "few-shows", lambda data_dir: _begin(data_dir, "12"))


@pytest.fixture(scope="session")
def all_shows(for_all_workers: Path) -> Path:
    """The data of a stopped system with all of the demo, to begin with a copy of it."""
    return begun(for_all_workers / "all-shows", lambda data_dir: _begin(data_dir, ""))


def _begin(data_dir: Path, shows: str) -> None:
    system = WholeSystem(data_dir, settings={"DEMO_SHOWS": shows})
    try:
        system.start()
        # The demo's many events are on their way: who copies it begins when all services have heard them.
        system.settle()
    finally:
        system.stop()


@pytest.fixture(scope="session")
def one_process(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config, all_shows: Path
) -> Iterator[WholeSystem]:
    """Everything in one process and all of the demo catalogue, as `make up` has it; shows that began are paid out."""
    settings = {"PAYOUT_DELAY_SECONDS": "0", "DEMO_SHOWS": ""}
    system = WholeSystem(tmp_path_factory.mktemp("one-process") / "data", settings=settings, like=all_shows)
    system.start()
    pytestconfig.stash[SHARED] = system
    yield system
    system.stop()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Let the shared system rest while there are no journeys: even idle, it takes a part of a core."""
    system = item.config.stash.get(SHARED, None)
    if system is not None and (nextitem is None or nextitem.path.parent.name != JOURNEYS):
        system.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Wake the shared system if it rests."""
    system = item.config.stash.get(SHARED, None)
    if system is not None and not system.is_up and item.path.parent.name == JOURNEYS:
        system.start()


@pytest.fixture(scope="module")
def many_processes(tmp_path_factory: pytest.TempPathFactory, few_shows: Path) -> Iterator[WholeSystem]:
    """Each service in a process of its own, as `make up PROCESSES=1` and a cluster have it."""
    system = WholeSystem(tmp_path_factory.mktemp("many-processes") / "data", processes=True, like=few_shows)
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
