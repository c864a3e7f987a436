"""Bodies are read strictly: a number in quotes is no number, and an unknown field is refused.

The framework converts leniently, since it treats bodies like query parameters. So the body is decoded here, once,
straight into the type that the route asks for. What is wrong with it is told only after the dependencies have been
resolved: who is signed out hears that first.
"""

from __future__ import annotations

from typing import Any

from litestar import Request

from fairseat_common.contracts.refusals import Refusal
from fairseat_common.web.decoding import decode_body

REFUSAL = "body_refusal"


class Unreadable:
    """Stands for a body that was refused; fits no type, so that the route is not reached."""


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded as the type of its route's ``data``."""

    async def json(self) -> Any:
        """The body as the route's type, or something that fits no type."""
        field = self.route_handler.parsed_fn_signature.parameters.get("data")
        try:
            return decode_body(await self.body(), field.annotation if field else Any)
        except Refusal as refusal:
            self.scope["state"][REFUSAL] = refusal
            return Unreadable()


def refusal_of(request: Request[Any, Any, Any]) -> Refusal | None:
    """What was wrong with the body, if anything."""
    refusal = request.scope["state"].get(REFUSAL)
    return refusal if isinstance(refusal, Refusal) else None
