"""Listing many seats at once, from a file."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
