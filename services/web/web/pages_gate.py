"""Pages about scanning at the doors, and claims of those who were refused."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
