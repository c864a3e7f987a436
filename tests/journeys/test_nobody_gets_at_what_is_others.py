"""Every operation of the API is asked by everybody, about what is theirs, what is others', and what is missing.

The rows come from the API document. A new operation falls under the strictest rule, and fails here until it is said who
else may use it (`fairseat_local.access.rules`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from fairseat_local.access import judging, table
from fairseat_local.access.asking import Asked
from fairseat_local.access.operations import Operation, operations_of
from fairseat_local.access.world import OPERATOR, World, world_of
from fairseat_local.fuzzing import document_of
from fairseat_local.testing import WholeSystem

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
CHANGING = ("/code", "/deliveries", "/offline", "/timeline/")
"""Paths of answers that change by themselves."""
pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(one_process: WholeSystem) -> AsyncIterator[World]:
    async with world_of(one_process.url) as made:
        # What is compared later must not change since an event was late.
        await asyncio.to_thread(one_process.settle)
        yield made


@pytest.fixture(scope="module")
def operations(one_process: WholeSystem) -> list[Operation]:
    return operations_of(document_of(one_process.url))


async def owned(world: World, operations: list[Operation]) -> dict[str, Any]:
    """All that the owners see of what is theirs."""
    seen: dict[str, Any] = {}
    for operation in operations:
        if (
            operation.method != "GET"
            or operation.kind not in world.owners
            or any(p in operation.path for p in CHANGING)
        ):
            continue
        client = world.clients[world.owners[operation.kind]]
        answer = await client.request(**operation.request(world.ids, world.ids[operation.kind]))
        seen[operation.name] = answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
    return seen


async def test_every_operation_lets_in_whom_it_may(world: World, operations: list[Operation]) -> None:
    asked = Asked(world)
    before = await owned(world, operations)
    await asked.others(operations)
    after = await owned(world, operations)
    changed = [
        f"{name}: {before[name]} -> {after[name]}"
        for name in before
        if _standing(before[name]) != _standing(after[name])
    ]
    await asked.deeds(operations)
    await asked.owners(operations)

    assert judging.faults(asked, operations) == []
    assert changed == [], "who may not do something leaves no trace"
    assert judging.unneeded(operations, asked) == []
    assert judging.undocumented(operations) == []
    written = table.table(asked, operations)
    if os.environ.get("WRITE_ACCESS"):
        await asyncio.to_thread(PAGE.write_text, written)
    assert await asyncio.to_thread(PAGE.read_text) == written, "out of date; WRITE_ACCESS=1 writes it anew"


def _standing(answer: Any) -> Any:
    """What is seen without what the clock changes."""
    if isinstance(answer, dict):
        return {name: _standing(value) for name, value in answer.items() if name not in ("at", "now", "request_id")}
    return [_standing(each) for each in answer] if isinstance(answer, list) else answer


async def test_what_nobody_asked_for_in_a_query_is_ignored(world: World, operations: list[Operation]) -> None:
    lists = [each for each in operations if each.method == "GET" and not each.subject and "{" not in each.path]
    assert lists
    client: httpx.AsyncClient = world.clients[OPERATOR]
    for operation in lists:
        asked = operation.request(world.ids, "")
        plain = await client.request(**asked)
        marked = await client.request(**{**asked, "params": {**asked.get("params", {}), "utm_source": "letter"}})
        assert marked.status_code == plain.status_code, operation.name
