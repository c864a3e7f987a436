"""What a reader is told by mail, and how to end it."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
