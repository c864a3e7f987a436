"""Pages about building on the API: keys, webhooks, documents."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
