"""Pages about keeping or giving back tickets of a moved show, and limits."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
