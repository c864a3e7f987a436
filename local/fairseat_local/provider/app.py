"""The stand-in as one ASGI application: the API, the browser's pages, the controls."""

from __future__ import annotations

import asyncio
import logging

from fairseat_local.provider import errors
from fairseat_local.provider.api import Api
from fairseat_local.provider.browser import PREFIX, Browser
from fairseat_local.provider.control import Control
from fairseat_local.provider.errors import ProviderError
from fairseat_local.provider.exchange import (
    Answer,
    HangUp,
    Receive,
    Request,
    Scope,
    Send,
    hang_up,
    json_answer,
    read,
    respond,
)
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import new_id
from fairseat_local.provider.webhooks import Sender

logger = logging.getLogger("fairseat.provider")


class Provider:
    """The whole stand-in. `public_url` is where browsers reach it, `network_s` how long a card network takes."""

    def __init__(self, journal: Journal, *, public_url: str = "", network_s: float = 0.0) -> None:
        self._journal = journal
        self._sender = Sender(journal)
        self._api = Api(journal, self._sender, public_url=public_url, network_s=network_s)
        self._browser = Browser(journal, self._sender, self._api)
        self._control = Control(journal, self._sender)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        sender = asyncio.create_task(self._sender.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
        self._journal.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = new_id("req")
        try:
            answer = await self._answer(await read(scope, receive, request_id))
        except HangUp:
            await hang_up(receive, send)
            return
        except ProviderError as error:
            answer = json_answer(error.body, error.status, {"request-id": request_id})
        except Exception:
            logger.exception("request %s failed", request_id)
            failure = errors.failed()
            answer = json_answer(failure.body, failure.status, {"request-id": request_id})
        await respond(send, answer)

    async def _answer(self, request: Request) -> Answer:
        if request.path == "/healthz":
            return json_answer({"status": "ok"})
        if request.path.startswith("/control/"):
            return self._control.answer(request)
        if request.path.startswith(PREFIX):
            return await self._browser.answer(request)
        return await self._api.answer(request, request.path)
