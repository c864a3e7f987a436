"""Refused authorisations in the audit log: who tried what they may not do.

Written aside and in bounds: a request never waits for it, and no flood of refusals can flood the log. The same person
at the same route is noted once a minute, a process notes ROWS_PER_MINUTE_MAX in all, and says how many it left out.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from typing import Any, NamedTuple
from uuid import UUID

from litestar import Request

from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import Refusal
from fairseat_common.database import Database
from fairseat_common.web.auth import SignedIn

SIGNED_IN = "signed_in"
"""Where a request keeps whoever was found to be signed in."""
REFUSED_STATUS = 403
EVERY_S = 60.0
ROWS_PER_MINUTE_MAX = 60
KNOWN_MAX = 2_000
QUEUE_MAX = 500
PATH_LENGTH_MAX = 200


class Refused(NamedTuple):
    """A request that was refused to somebody."""

    actor_id: UUID
    method: str
    path: str
    slug: str
    address: str


class Watch:
    """Notes refusals of one process; a background job that writes them."""

    name = "watch"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[Refused] = deque(maxlen=QUEUE_MAX)
        self._known: OrderedDict[tuple[UUID, str, str], float] = OrderedDict()
        self._filled = asyncio.Event()
        self._left_out = 0
        self._minute = (0.0, 0)

    def note(self, request: Request[Any, Any, Any], refusal: Refusal) -> None:
        """Note a refusal, if it says that somebody who is signed in may not do this, and if it is not one too many."""
        user = request.scope.get("state", {}).get(SIGNED_IN)
        if refusal.status != REFUSED_STATUS or not isinstance(user, SignedIn):
            return
        route = str(request.scope.get("path_template") or request.url.path)
        if not self._may(user.id, request.method, route):
            self._left_out += 1
            return
        address = request.client.host if request.client else ""
        path = request.url.path[:PATH_LENGTH_MAX]
        self._queue.append(Refused(user.id, request.method, path, refusal.slug, address))
        self._filled.set()

    def _may(self, actor_id: UUID, method: str, route: str) -> bool:
        now = time.monotonic()
        began, rows = self._minute
        if now - began >= EVERY_S:
            began, rows = now, 0
        key = (actor_id, method, route)
        if rows >= ROWS_PER_MINUTE_MAX or now - self._known.get(key, -EVERY_S) < EVERY_S:
            return False
        self._minute = (began, rows + 1)
        self._known[key] = now
        self._known.move_to_end(key)
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)
        return True

    async def run(self) -> None:
        """Write what was noted, until cancelled; what a lost database keeps from being written waits."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                refused, left_out = self._queue[0], self._left_out
                async with self._database.transaction() as tx:
                    await audit(
                        tx,
                        refused.actor_id,
                        "access-refused",
                        refused.path,
                        address=refused.address,
                        method=refused.method,
                        problem=refused.slug,
                        left_out=left_out,
                    )
                self._left_out -= left_out
                if self._queue and self._queue[0] is refused:
                    self._queue.popleft()
