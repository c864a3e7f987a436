"""Pages about what organisers do: venues, shows, staff, reports."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
