"""What pages of others ask about the organiser's rules: the limits of a seller, and the fees that hold for a show."""

import dataclasses
from urllib.parse import urlencode
from uuid import UUID

from fairseat_common.contracts import Money
from web.models_onsale import Limits
from web.services import ServiceDown, ServiceProblem
from web.settings import WebSettings
from web.visit import Visit


async def limits_of(
    visit: Visit, show_id: UUID | str, section: str = "", row: str = "", seats: tuple[str, ...] = ()
) -> Limits:
    """The rules for whoever wants to sell these seats; none where nobody can tell now: the service decides anyway."""
    query = [("show_id", str(show_id))]
    query += [(name, value) for name, value in (("section", section), ("row", row)) if value]
    query += [("seat", seat) for seat in seats]
    try:
        return await visit.ask("tickets", "GET", f"/api/listings/limits?{urlencode(query)}", Limits)
    except ServiceDown:
        return Limits()
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return Limits()


def with_fees(settings: WebSettings, limits: Limits) -> WebSettings:
    """The settings with the fees that a show's own rules make of the marketplace's."""
    buyer, seller = limits.buyer_fee_percent, limits.seller_fee_percent
    return dataclasses.replace(
        settings,
        fee_percent=settings.fee_percent if buyer is None else buyer,
        seller_fee_percent=settings.seller_fee_percent if seller is None else seller,
    )


def capped(price: Money, limits: Limits) -> Money:
    """A price that keeps to the cap."""
    return limits.cap if limits.cap and limits.cap.amount < price.amount else price
