"""Pages about on-sales of whole houses and the rules of resale."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
