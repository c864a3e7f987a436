"""The waiting list of a show that is sold out."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
