"""Requests made up from the API document: whatever is sent, the answer is no crash, and every no is a problem."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from fairseat_common.testing.trading import Trader
from fairseat_local.testing import WholeSystem

EXAMPLES = 5
pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
async def test_whatever_is_sent_the_answer_makes_sense(one_process: WholeSystem, mode: GenerationMode) -> None:
    async with one_process.client() as client:
        person = Trader(client)
        await person.sign_up()
        document = (await client.get("/api/openapi.json")).json()
        cookies = dict(client.cookies)
    statuses = await asyncio.to_thread(_try_everything, document, one_process.url, cookies, mode)
    assert sum(statuses.values()) > EXAMPLES * 20
    assert not {status for status in statuses if status >= 500}, statuses
    assert {status // 100 for status in statuses} >= {2, 4}, statuses


def _try_everything(document: dict[str, Any], url: str, cookies: dict[str, str], mode: GenerationMode) -> Counter[int]:
    statuses: Counter[int] = Counter()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok), f"the document has an operation that cannot be read: {found}"
        operation = found.ok()
        if (operation.method, operation.path) == ("post", "/api/users/signout"):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            answer = case.call(base_url=url, cookies=cookies, timeout=20)
            statuses[answer.status_code] += 1
            said = f"{case.method} {case.formatted_path} {case.query} {case.body}: {answer.status_code} {answer.text}"
            assert answer.status_code < 500, said
            if answer.status_code >= 400:
                kind = answer.headers.get("content-type", [""])[0]
                assert kind.startswith("application/problem+json"), said

        # A route that takes nothing cannot be asked wrongly.
        with suppress(Unsatisfiable):
            ask()
    return statuses
