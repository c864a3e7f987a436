"""One ASGI root for the whole system: picks the application by the path's prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fairseat_local.answers import answer_not_found
from fairseat_local.routes import service_of

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp, Receive, Scope, Send


class Router:
    """Sends each request at the public port to its application by path, at a service's own port straight to it.

    `apps` are by name, `ports` names the application behind each further port. The applications are the services
    themselves, or proxies to them: the router is the same in one process and in many.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], ports: Mapping[int, str] | None = None) -> None:
        self._apps = apps
        self._by_port = {port: apps[name] for port, name in (ports or {}).items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; WebSockets are refused, since nothing here speaks them."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        app = self._by_port.get(scope["server"][1]) or self._apps.get(service_of(scope["path"]))
        if app is None:
            await answer_not_found(scope, send)
        else:
            await app(scope, receive, send)
