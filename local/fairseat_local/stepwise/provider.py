"""The payment stand-in in the same process, reached by the provider's own SDK over a network that loses messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import httpx
import stripe

from fairseat_local.provider.app import Provider as StandIn

Side = Literal["before", "after"]
BASE = "http://stand-in"


class LossyClient(stripe.HTTPClient):
    """Hands requests to the stand-in's application.

    `lose(n, side)`: the n-th request that changes something from now on (0 is the next) is lost before it has an
    effect, or its answer after. The client never repeats a request by itself.
    """

    name = "in-process"

    def __init__(self) -> None:
        super().__init__()
        self._http = httpx.AsyncClient(base_url=BASE)
        self._left: int | None = None
        self._side: Side = "before"
        self.lost = 0

    async def reach(self, app: StandIn) -> None:
        """Speak with this stand-in from now on."""
        await self._http.aclose()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)

    def lose(self, number: int, side: Side) -> None:
        """Lose one request, or its answer."""
        self._left, self._side = number, side

    def keep(self) -> None:
        """Lose nothing more."""
        self._left = None

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request, as the SDK makes it."""
        losing = self._is_next(method)
        if losing and self._side == "before":
            raise _lost("on the way there")
        content = post_data.encode() if isinstance(post_data, str) else post_data
        answer = await self._http.request(method, url, headers=dict(headers or {}), content=content)
        if losing:
            raise _lost("on the way back")
        return answer.content, answer.status_code, answer.headers

    async def control(self, path: str, body: Mapping[str, Any]) -> int:
        """Ask the stand-in's controls, which never fail; answers the status."""
        return (await self._http.post(path, json=body)).status_code

    def _is_next(self, method: str) -> bool:
        if self._left is None or method.upper() != "POST":
            return False
        self._left -= 1
        if self._left >= 0:
            return False
        self._left = None
        self.lost += 1
        return True

    def _should_retry(self, *_args: Any, **_more: Any) -> bool:
        return False

    async def close_async(self) -> None:
        """Close what is open."""
        await self._http.aclose()


def _lost(where: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(f"lost {where}")  # type: ignore[no-untyped-call]
