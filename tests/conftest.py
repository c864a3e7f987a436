"""Whole systems for journeys and faults, each started once and shared by the tests that only use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fairseat_local.testing import WholeSystem


@pytest.fixture(scope="session")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Everything in one process and all of the demo catalogue, as `make up` has it; shows that began are paid out."""
    settings = {"PAYOUT_DELAY_SECONDS": "0", "DEMO_SHOWS": ""}
    system = WholeSystem(tmp_path_factory.mktemp("one-process") / "data", settings=settings)
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="session")
def many_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Each service in a process of its own, as `make up PROCESSES=1` and a cluster have it."""
    system = WholeSystem(tmp_path_factory.mktemp("many-processes") / "data", processes=True)
    system.start()
    yield system
    system.stop()
