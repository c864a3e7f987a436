"""HTTP in: what sellers look at before they list."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.money import AMOUNT_MAX
from fairseat_common.web import Page
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_guidance as actions
from tickets import actions_listings
from tickets.actions_fees import FeeRules
from tickets.domain import SEATS_MAX
from tickets.domain_guidance import Asked, Guidance
from tickets.domain_listings import Place

Section = Annotated[
    str, QueryParameter(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)", description="Of the chart.")
]


@get("/api/listings/guidance")
async def guidance_read(
    user: CurrentUser,
    database: OwnDatabase,
    fee_rules: NamedDependency[FeeRules],
    show_id: FromQuery[UUID],
    section: Section,
    row: Annotated[str, QueryParameter(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] = "",
    quantity: Annotated[int, QueryParameter(ge=1, le=SEATS_MAX, description="Seats on offer.")] = 1,
    unit_price: Annotated[
        int | None, QueryParameter(ge=1, le=AMOUNT_MAX, description="What is thought of, in minor units.")
    ] = None,
) -> Guidance:
    """What similar seats cost and sold for, a price to start from, and how likely seats sell at which price."""
    await actions_listings.show_await(database, show_id)
    rule = await fee_rules.rule(database)
    asked = Asked(show_id=show_id, section=section, row=row, quantity=quantity, unit_price=unit_price)
    async with database.connection() as connection:
        return await actions.price_guide(connection, user.id, asked, rule)


@get("/api/listings/places")
async def places_list(
    user: CurrentUser, database: OwnDatabase, show_id: FromQuery[UUID], section: Section
) -> Page[Place]:
    """The places of a section that have a ticket: listed (by whom else), listed-by-you, yours or taken. On one page."""
    async with database.connection() as connection:
        return Page(await actions.places_taken(connection, user.id, show_id, section), None)


ROUTES: list[ControllerRouterHandler] = [guidance_read, places_list]
