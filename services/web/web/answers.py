"""The answer that pages give: bytes with any number of cookies, passed on as the services wrote them."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar, Request, Response
from litestar.response.base import ASGIResponse


class PageResponse(Response[bytes]):
    """A finished body with its headers; handlers and error handlers may both return it."""

    def __init__(
        self,
        body: bytes,
        status: int = 200,
        media_type: str = "text/html",
        headers: Mapping[str, str] | None = None,
        set_cookies: Sequence[str] = (),
    ) -> None:
        super().__init__(body, status_code=status, media_type=media_type, headers=dict(headers or {}))
        self._pairs = [*(headers or {}).items(), *(("set-cookie", cookie) for cookie in set_cookies)]

    def to_asgi_response(self, app: Litestar | None, request: Request[Any, Any, Any], **more: Any) -> ASGIResponse:
        """The answer as Litestar sends it."""
        del app, request, more
        return ASGIResponse(
            body=self.content, status_code=self.status_code, media_type=self.media_type, headers=self._pairs
        )
