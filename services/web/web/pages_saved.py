"""What a reader follows: favourite shows and price alerts."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
