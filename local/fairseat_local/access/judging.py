"""What is wrong with the answers: each fault is a line that says who got what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fairseat_local.access import rules
from fairseat_local.access.asking import Answer, Asked, Cell
from fairseat_local.access.operations import UNHEARD, Operation
from fairseat_local.access.rules import MISSING, NOTHING, OTHER
from fairseat_local.access.world import BUYER, KEY, OPERATOR, PERSON, RIVAL, SIGNED_OUT, World

STRANGERS = (SIGNED_OUT, PERSON, RIVAL, KEY)
"""Who has nothing to do with the buyer."""
PUBLIC_KINDS = frozenset({"favourite", "place", "user"})
"""Ids that lead to nothing: shows, and the account, which only operators look up."""


def faults(asked: Asked, operations: Sequence[Operation]) -> list[str]:
    """All that is wrong with the answers."""
    by_name = {operation.name: operation for operation in operations}
    found: list[str] = []
    for cell, answer in asked.answers.items():
        operation = by_name[cell.operation]
        found += _outcome(operation, cell, answer)
        found += _unheard(operation, cell, answer)
        found += _read_by_strangers(asked.world, cell, answer)
    return [*found, *_told_apart(asked.answers)]


def _outcome(operation: Operation, cell: Cell, answer: Answer) -> Iterator[str]:
    wanted = rules.expected(operation, cell.role, cell.state)
    if answer.outcome != wanted:
        yield f"{_said(cell)}: {answer.status} {answer.told.get('type', '')}, expected: {wanted}"


def _unheard(operation: Operation, cell: Cell, answer: Answer) -> Iterator[str]:
    """A body with a field that nobody knows is refused, and the field is named."""
    if operation.body is None or answer.outcome != rules.IN or operation.name in UNREAD:
        return
    named = any(UNHEARD in error["field"] for error in answer.told.get("errors", ()))
    if answer.status not in (400, 422) or not named:
        yield f"{_said(cell)}: an unknown field is not refused: {answer.status} {answer.text[:200]}"


UNREAD: frozenset[str] = frozenset()


def _read_by_strangers(world: World, cell: Cell, answer: Answer) -> Iterator[str]:
    """Nobody reads what is only the buyer's: no secret in any answer, no id of theirs in a stranger's."""
    if cell.state != rules.OWN and cell.role != OPERATOR:
        for what, secret in world.secrets.items():
            if secret in answer.text:
                yield f"{_said(cell)}: reads the buyer's {what}"
    if cell.role in STRANGERS:
        for kind, owner in world.owners.items():
            if owner == BUYER and kind not in PUBLIC_KINDS and world.ids[kind] in answer.text:
                yield f"{_said(cell)}: reads the id of the buyer's {kind}"


def _told_apart(answers: Mapping[Cell, Answer]) -> Iterator[str]:
    """Where others' things are as if they were not there, not a byte may tell them from what is not there."""
    for cell, answer in answers.items():
        if cell.state == OTHER and answer.status == 404:
            missing = answers[cell._replace(state=MISSING)]
            if answer.told != missing.told or missing.status != 404:
                yield f"{_said(cell)}: {answer.told} is told apart from {missing.told}"


def unneeded(operations: Sequence[Operation], asked: Asked) -> list[str]:
    """Rules and exceptions that say nothing, or speak of nothing that is there."""
    by_name = {operation.name: operation for operation in operations}
    named = [*rules.PUBLIC_NAMES, *(name for names in rules.NAMED.values() for name in names)]
    found = [f"{name} is named, but not there" for name in {*named, *rules.NOT_ASKED} - by_name.keys()]
    found += [f"{name} is named twice" for name in set(named) if named.count(name) > 1]
    for name in by_name.keys() & set(named):
        operation = by_name[name]
        cells = [cell for cell in asked.answers if cell.operation == name]
        if all(
            rules.by_rule(operation, c.role, c.state, rules.strictest(operation))
            == rules.by_rule(operation, c.role, c.state)
            for c in cells
        ):
            found.append(f"{name} needs no rule of its own")
    for each in rules.EXCEPTIONS:
        for role in each.roles:
            for state in each.states:
                found += _needless(each, role, state, by_name, asked)
    return found


def _needless(
    each: rules.Exceptional, role: str, state: str, by_name: Mapping[str, Operation], asked: Asked
) -> Iterator[str]:
    where = f"{each.operation} by {role} ({state})"
    if Cell(each.operation, role, state) not in asked.answers:
        yield f"{where} is excepted, but never asked"
    elif rules.by_rule(by_name[each.operation], role, state) == each.outcome:
        yield f"{where} is excepted, but the rule says the same"


def undocumented(operations: Sequence[Operation]) -> list[str]:
    """Operations for which the document says otherwise whether one has to sign in."""
    return [
        f"{operation.name} is {'public' if operation.public else 'for whoever is signed in'} in the document only"
        for operation in operations
        if operation.public is not (operation.name in rules.PUBLIC_NAMES)
    ]


def _said(cell: Cell) -> str:
    return f"{cell.operation} by {cell.role}" + (f" ({cell.state})" if cell.state != NOTHING else "")
