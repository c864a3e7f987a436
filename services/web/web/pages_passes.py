"""What a holder takes along: codes for a day without a network, a printable ticket, a calendar entry."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
