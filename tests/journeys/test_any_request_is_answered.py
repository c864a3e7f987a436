"""Requests made up from the API document: whatever is sent, every answer is one that the document tells of.

`make fuzz` asks twenty thousand of them.
"""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest

from fairseat_local.fuzzing import Asking, document_of
from fairseat_local.fuzzing.people import askers
from fairseat_local.testing import WholeSystem

EXAMPLES = 1
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
async def document(one_process: WholeSystem) -> dict[str, Any]:
    return await asyncio.to_thread(document_of, one_process.url)


async def test_whatever_is_sent_the_answer_is_a_documented_one(
    one_process: WholeSystem, document: dict[str, Any]
) -> None:
    asking = Asking(document, one_process.url, askers(one_process.url))
    operations = asking.operations()
    await asyncio.to_thread(asking.ask_all, operations, EXAMPLES)
    assert asking.count > len(operations)
    assert [str(finding) for finding in asking.findings.values()] == []
    assert {status // 100 for status in asking.statuses} >= {2, 4}, asking.statuses


async def test_an_answer_that_is_not_documented_is_found(one_process: WholeSystem, document: dict[str, Any]) -> None:
    planted = copy.deepcopy(document)
    venues = planted["paths"]["/api/venues"]["get"]
    venues["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "array"}
    del planted["paths"]["/api/venues/{venue_id}"]["get"]["responses"]["404"]
    asking = Asking(planted, one_process.url, askers(one_process.url))
    await asyncio.to_thread(asking.ask_all, asking.operations("/api/venues"), 2)
    assert {finding.operation for finding in asking.findings.values()} == {
        "GET /api/venues",
        "GET /api/venues/{venue_id}",
    }
