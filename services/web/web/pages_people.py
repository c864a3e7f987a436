"""Pages about accounts: profile, verification, passwords, passkeys, sessions, data."""

from litestar.types import ControllerRouterHandler

PAGES: list[ControllerRouterHandler] = []
