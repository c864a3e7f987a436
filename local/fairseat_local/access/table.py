"""The matrix as a page: who may do what, as everybody was answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairseat_local.access import rules
from fairseat_local.access.asking import Asked, Cell
from fairseat_local.access.operations import Operation
from fairseat_local.access.rules import IN, NOTHING, OTHER, OWN, OWNER
from fairseat_local.access.world import ROLES

HEAD = """# Who may do what

Written by `tests/journeys/test_nobody_gets_at_what_is_others.py`, which asks each operation of the API as everybody,
about what is theirs, what is others', and what is missing. `WRITE_ACCESS=1` writes it anew.

- **yes**: lets in; **401**, **403**, **404**: refused so. A column tells what that role gets of things that are
  **others'**, "owner" what the owner gets; of what is missing everybody who is let in hears 404, and of what is hidden
  the same answer as if it were missing, byte for byte.
- Roles: the seller sold the very seats, the organiser puts on the very show, staff scan at its door; the API key has
  all scopes, and is a person's who has nothing to do with it.
- Every body with an unknown field is refused (422, the field is named). Unknown query parameters are ignored: links
  carry marks of others.
"""


def table(asked: Asked, operations: Sequence[Operation]) -> str:
    """The page."""
    lines = [HEAD, "| rule | |", "|---|---|"]
    lines += [f"| {name} | {meaning} |" for name, meaning in rules.MEANING.items()]
    lines += ["", f"| operation | rule | owner | {' | '.join(ROLES)} |", "|---" * (len(ROLES) + 3) + "|"]
    lines += [_line(asked, operation) for operation in sorted(operations, key=lambda each: (each.path, each.method))]
    return "\n".join([*lines, "", *_exceptions(), ""])


def _line(asked: Asked, operation: Operation) -> str:
    state = OTHER if operation.subject else NOTHING
    cells = [_said(asked, Cell(operation.name, OWNER, OWN))]
    cells += [_said(asked, Cell(operation.name, role, state)) for role in ROLES]
    return f"| {operation.method} {operation.path} | {rules.rule_of(operation)} | {' | '.join(cells)} |"


def _said(asked: Asked, cell: Cell) -> str:
    answer = asked.answers.get(cell)
    return "" if answer is None else "yes" if answer.outcome == IN else answer.outcome


def _exceptions() -> Iterator[str]:
    yield from ("## Open to whoever is signed out", "", "| why | operations |", "|---|---|")
    yield from (f"| {why} | {', '.join(names)} |" for why, names in rules.PUBLIC.items())
    yield from ("", "## Exceptions", "", "| operation | who | about | answer | why |", "|---|---|---|---|---|")
    for each in rules.EXCEPTIONS:
        who, about = ", ".join(sorted(each.roles)), ", ".join(sorted(each.states))
        yield f"| {each.operation} | {who} | {about} | {'yes' if each.outcome == IN else each.outcome} | {each.why} |"
