"""What follows from an organiser's rules: the terms of a listing, and what its seller may ask."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from fairseat_common.contracts import Money, ResaleRulesSet
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from tickets import store_copies, store_fees, store_onsales, store_rules
from tickets.domain import Show, price_asked
from tickets.domain_listings import Listing, ListingEdit, check_editable
from tickets.domain_prices import FeeRule
from tickets.domain_rules import LimitsView, NotTransferable, ResaleRules, Terms, cap_of, check_price, check_resale
from tickets.domain_tickets import Ticket


async def rules_heard(tx: Connection, event: ResaleRulesSet) -> None:
    """An organiser set a show's rules: they hold for what is listed from now on."""
    await store_rules.rules_apply(tx, event)


async def listing_terms(
    tx: Connection, show: Show, seller_id: UUID, tickets: Sequence[Ticket], price: Money, market: FeeRule
) -> Terms:
    """The terms of a new listing of these tickets.

    What an organiser's own house sells later than the rest is a first sale too, and bound by no cap. Raises
    ResaleNotAllowed, ResaleOver, PriceAboveCap.
    """
    if show.house_id == seller_id and all(ticket.order_id is None for ticket in tickets):
        opens_at = await store_onsales.opens_at(tx, show.id)
        return Terms(fees=market, primary=True, opens_at=opens_at)
    rules = await store_rules.rules_get(tx, show.id)
    check_resale(rules, show.now)
    faces = [ticket.face for ticket in tickets]
    check_price(rules, price, await _faces(tx, rules, show.id, tickets[0].section if tickets else "", faces))
    return await _resale_terms(tx, rules, market)


async def edit_terms(tx: Connection, show: Show, listing: Listing, edit: ListingEdit, market: FeeRule) -> Terms:
    """The terms of a listing that is priced anew: those of today. Any other edit leaves it under its old ones.

    Raises ListingEnded, ListingHeld, CurrencyMismatch, Invalid, ResaleNotAllowed, ResaleOver, PriceAboveCap.
    """
    check_editable(listing)
    if edit.unit_price is UNSET or listing.primary:
        return Terms(fees=market)
    price = price_asked(edit.unit_price, listing.unit_price.currency)
    if price == listing.unit_price:
        return Terms(fees=market, resale_rule=listing.resale_rule)
    rules = await store_rules.rules_get(tx, show.id)
    check_resale(rules, show.now)
    faces = await store_rules.faces_on_sale(tx, listing.id)
    check_price(rules, price, await _faces(tx, rules, show.id, listing.section, faces))
    return await _resale_terms(tx, rules, market)


async def _faces(
    tx: Connection, rules: ResaleRules, show_id: UUID, section: str, faces: list[int | None]
) -> list[int | None]:
    """The first prices of seats; for one that was never sold here, what the organiser sells its section for."""
    if rules.cap_percent is None or None not in faces:
        return faces
    house = await store_rules.house_price(tx, show_id, section)
    return [house if face is None else face for face in faces]


async def _resale_terms(tx: Connection, rules: ResaleRules, market: FeeRule) -> Terms:
    buyer, seller = rules.buyer_fee_percent, rules.seller_fee_percent
    percents = (
        market.buyer_percent if buyer is None else buyer,
        market.seller_percent if seller is None else seller,
    )
    fees = market
    if percents != (market.buyer_percent, market.seller_percent):
        fees = await store_fees.rule_of_shows(tx, *percents)
    return Terms(fees=fees, resale_rule=rules.version or None)


async def check_transferable(tx: Connection, show_id: UUID) -> None:
    """Raise NotTransferable where the organiser wants no tickets given away."""
    if not (await store_rules.rules_get(tx, show_id)).transferable:
        raise NotTransferable


async def limits_of(
    tx: Connection, reader_id: UUID, show_id: UUID, section: str, row: str, seats: Sequence[str] | None
) -> LimitsView:
    """The rules of a show for somebody who wants to sell these seats; raises NotFound.

    Without a section the cap is what holds for all seats alike; without seats, for all that one holds in the row.
    """
    show = await store_copies.show_get(tx, show_id)
    if show is None:
        raise NotFound("There is no such show.")
    rules = await store_rules.rules_get(tx, show_id)
    held = await store_rules.faces_held(tx, reader_id, show_id, section, row, seats)
    faces = await _faces(tx, rules, show_id, section, held)
    facts = {name: getattr(rules, name) for name in ResaleRules.__struct_fields__}
    held_only = show.house_id is not None and show.house_id != reader_id
    return LimitsView(**facts, show_id=show_id, cap=cap_of(rules, faces, show.currency), held_only=held_only)
