"""Giving tickets to somebody else: offering, taking back, accepting, declining."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
