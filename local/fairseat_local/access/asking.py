"""Asks every operation as everybody, and keeps what was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from fairseat_common.ids import new_id
from fairseat_local.access import rules
from fairseat_local.access.operations import Operation
from fairseat_local.access.rules import IN, MISSING, NOTHING, OTHER, OWN, OWNER, OWNERS_KEY
from fairseat_local.access.world import OPERATOR, PEOPLE, ROLES, World

TOGETHER = 8
REFUSED = frozenset({401, 403, 404})
BUSY_MAX = 3


class Cell(NamedTuple):
    """Who asked for what, about whose thing."""

    operation: str
    role: str
    state: str


class Answer(NamedTuple):
    """What mattered of an answer."""

    status: int
    problem: dict[str, Any]
    text: str

    @property
    def outcome(self) -> str:
        """`in`, or the status of the refusal; a breakdown is neither."""
        return str(self.status) if self.status in REFUSED or self.status >= 500 else IN

    @property
    def told(self) -> dict[str, Any]:
        """All that a refusal says, whichever request it answers."""
        return {name: value for name, value in self.problem.items() if name != "request_id"}


@dataclass
class Asked:
    """All that was answered."""

    world: World
    answers: dict[Cell, Answer] = field(default_factory=dict)
    _together: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TOGETHER))

    async def others(self, operations: Sequence[Operation]) -> None:
        """Ask as everybody but the owners. Whoever may do something asks for it with a field that nobody knows, so that
        nothing changes; whoever may not asks rightly."""
        cells = [each for operation in operations for each in self._cells(operation) if not _deed(*each)]
        await asyncio.gather(*(self._ask(operation, role, state) for operation, role, state in cells))

    async def deeds(self, operations: Sequence[Operation]) -> None:
        """Do what everybody may do and what takes no body, so that it cannot be asked for without being done."""
        for operation in sorted(operations, key=_last_things_last):
            cells = [each for each in self._cells(operation) if _deed(*each)]
            await asyncio.gather(*(self._ask(each, role, state) for each, role, state in cells))

    async def owners(self, operations: Sequence[Operation]) -> None:
        """Ask as the owners, with their session and with a key; what ends things comes last."""
        owned = [each for each in operations if each.kind in self.world.owners]
        for operation in sorted(owned, key=_last_things_last):
            owner = self.world.owners[operation.kind]
            for role, clients in ((OWNERS_KEY, self.world.keys), (OWNER, self.world.clients)):
                # Once it is gone, nobody finds it again.
                if operation.method != "DELETE" or role == OWNER:
                    unheard = rules.expected(operation, role, OWN) == IN
                    asked = operation.request(self.world.ids, self.world.ids[operation.kind], unheard)
                    await self._send(clients[owner], Cell(operation.name, role, OWN), asked)

    def _cells(self, operation: Operation) -> Iterator[tuple[Operation, str, str]]:
        owner = self.world.owners.get(operation.kind, "")
        for role in ROLES:
            for state in (OTHER, MISSING) if operation.subject else (NOTHING,):
                ends = operation.name in rules.NOT_ASKED and role in (*PEOPLE, OPERATOR)
                if not ends and not (state == OTHER and (role == owner or not owner)):
                    yield operation, role, state

    async def _ask(self, operation: Operation, role: str, state: str) -> None:
        identity = self.world.ids[operation.kind] if state == OTHER else str(new_id())
        unheard = rules.expected(operation, role, state) == IN
        asked = operation.request(self.world.ids, identity, unheard)
        async with self._together:
            await self._send(self.world.clients[role], Cell(operation.name, role, state), asked)

    async def _send(self, client: httpx.AsyncClient, cell: Cell, asked: dict[str, Any]) -> None:
        for _ in range(BUSY_MAX):
            answer = await client.request(**asked)
            if answer.status_code != 503:
                break
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        self.answers[cell] = Answer(answer.status_code, answer.json() if is_problem else {}, answer.text)


def _deed(operation: Operation, role: str, state: str) -> bool:
    return operation.changes and operation.body is None and rules.expected(operation, role, state) == IN


def _last_things_last(operation: Operation) -> tuple[bool, bool, int]:
    """Looking comes first, then doing, then ending: first what is within other things."""
    return operation.method == "DELETE", operation.changes, -len(operation.path)
