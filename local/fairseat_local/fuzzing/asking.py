"""Asks what the API document allows, and what it does not, and compares the answers with it."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fairseat_local.fuzzing.known import Known
from fairseat_local.fuzzing.people import Asker

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
TIMEOUT_S = 30
THREADS = 6
NEVER = frozenset({("POST", "/api/users/signout")})
"""Ends the session of whoever asks."""
SAID_MAX = 600


@dataclass(frozen=True)
class Finding:
    """One way in which an operation was answered otherwise than it may be."""

    operation: str
    what: str
    said: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.what}\n    {self.said}"


@dataclass
class Asking:
    """Requests made up from a document, and what came of them."""

    document: dict[str, Any]
    url: str
    askers: Sequence[Asker]
    seed: int = 1
    statuses: Counter[int] = field(default_factory=Counter)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = Known(self.seed)
        self._own = threading.local()
        self._turns = itertools.count()

    @property
    def count(self) -> int:
        """How many requests were made."""
        return self.statuses.total()

    def operations(self, only: str = "") -> list[Any]:
        """The operations of the document, each of which can be read."""
        schema = schemathesis.openapi.from_dict(self.document)
        # Whoever asks is who they are: made-up tokens would all be refused at the door.
        schema.config.generation.update(with_security_parameters=False)
        # Imported here, by one thread: some releases of Python 3.11 fail when several threads parse source at once.
        _ = schema.transport
        found = []
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), f"the document has an operation that cannot be read: {result}"
            operation = result.ok()
            if (operation.method.upper(), operation.path) not in NEVER and only in operation.path:
                found.append(operation)
        # What lists things comes first, so that their ids are known.
        return sorted(found, key=lambda each: (each.method != "get", "{" in each.path, each.path))

    def ask_all(self, operations: Sequence[Any], examples: int) -> None:
        """Ask all operations rightly and wrongly. Requests are made up one after the other and sent side by side, since
        most of the time is spent waiting for answers."""
        with ThreadPoolExecutor(THREADS) as pool:
            sent = [
                asked
                for operation in operations
                for mode in MODES
                for asked in self._ask(operation, mode, examples, pool)
            ]
        for asked in sent:
            asked.result()

    def _ask(self, operation: Any, mode: GenerationMode, examples: int, pool: ThreadPoolExecutor) -> list[Future[None]]:
        """Make up requests for an operation, such as it allows or such as it does not, and have them sent."""
        sent: list[Future[None]] = []

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Any) -> None:
            sent.append(pool.submit(self._send, case))

        # A route that takes nothing cannot be asked wrongly.
        with suppress(Unsatisfiable):
            one()
        return sent

    def _send(self, case: Any) -> None:
        asker = self._asker(case.method.upper(), case.operation.path)
        if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
            self._known.put_into(case.path_parameters)
            self._known.put_into(case.body)
        answer = case.call(
            base_url=self.url,
            session=self._session(),
            cookies=asker.cookies(),
            headers=asker.headers(),
            timeout=TIMEOUT_S,
        )
        self.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(case, answer, failure)
        if answer.status_code < 300 and "json" in answer.headers.get("content-type", [""])[0]:
            self._known.learn(case.operation.path.split("/")[2], answer.json())

    def _asker(self, method: str, path: str) -> Asker:
        """Whose turn it is, of those who may ask this."""
        able = [asker for asker in self.askers if (method, path) not in asker.never]
        return able[next(self._turns) % len(able)]

    def _session(self) -> requests.Session:
        """The connections of this thread, without the cookies of answers before."""
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
        session: requests.Session = self._own.session
        session.cookies.clear()
        return session

    def _note(self, case: Any, answer: Any, failure: BaseException) -> None:
        operation = f"{case.method} {case.operation.path}"
        kind = type(failure).__name__ if isinstance(failure, Failure) else repr(failure)
        what = f"{answer.status_code} {kind}: {str(failure).splitlines()[0] if str(failure) else ''}"
        sent = f"{case.formatted_path} {case.query or ''} {case.body!r}"[:SAID_MAX]
        said = f"{sent}\n    -> {answer.text[:SAID_MAX]}\n    {str(failure)[:SAID_MAX]}"
        self.findings.setdefault((operation, what), Finding(operation, what, said))
