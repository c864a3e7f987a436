"""The sell form: what a person typed or chose, as the services want it, or messages by field."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fairseat_common.languages import say
from web import money, views, views_selling
from web.models import Section, Show, Venue
from web.visit import Visit

QUANTITY_MAX = 50
NOTES_MAX = 500
TEXT_MAX = 20_000
"""Characters of a field that may have many lines, such as codes."""


@dataclass(slots=True)
class SellForm:
    """What stands in the form: fields by name, the chosen spots of the chart, and the codes as they were typed."""

    fields: dict[str, str]
    picks: list[str] = field(default_factory=list)
    codes: str = ""
    chosen: list[str] = field(default_factory=list)
    """Seats that were chosen on the chart, by their names there."""

    def get(self, name: str, otherwise: str = "") -> str:
        """A field's text."""
        return self.fields.get(name, otherwise)


async def sell_form_read(visit: Visit) -> SellForm:
    """The posted form. Raises FormForged."""
    fields = await visit.form()
    posted = await visit.request.form()
    picks = [value for value in posted.getall("pick", []) if isinstance(value, str)][: views.SEATS_MAX + 1]
    codes = posted.get("codes", "")
    return SellForm(fields, picks, codes.strip()[:TEXT_MAX] if isinstance(codes, str) else "")


def section_of(venue: Venue, name: str) -> Section | None:
    """The section of that name."""
    sections = venue.chart.sections if venue.chart else []
    return next((section for section in sections if section.name == name), None)


def picks_applied(form: SellForm, venue: Venue) -> dict[str, str]:
    """Let row and seats follow from the chart, unless somebody has typed others since the page was made (`was`).

    Answers a message if seats were chosen in several rows.
    """
    found = views_selling.picked(section_of(venue, form.get("section")), form.picks)
    if not found:
        return {}
    rows = dict.fromkeys(row for row, _ in found)
    seats = [seat for row, seat in found if row == found[0][0]]
    drawn = {"row": found[0][0], "seats": ", ".join(seats)}
    typed = {name: form.get(name) for name in drawn}
    if typed not in (drawn, {"row": "", "seats": ""}) and "/".join(typed.values()) != form.get("was"):
        return {}
    form.fields |= drawn
    form.chosen = seats
    if len(rows) > 1:
        return {"seats": say("List one row at a time: you chose seats in rows %(names)s.", names=", ".join(rows))}
    return {}


def show_currency(show: Show) -> str:
    """The currency in which seats of a show are sold."""
    return show.currency or money.country_currency(show.venue.country)


def listing_body(form: SellForm, show: Show, venue: Venue) -> tuple[dict[str, Any], dict[str, str]]:
    """The request for a listing, and messages by field for what is missing or unreadable."""
    body: dict[str, Any] = {"show_id": show.id, "section": form.get("section"), "split": form.get("split", "any")}
    errors: dict[str, str] = {}
    if not body["section"]:
        errors["section"] = say("Choose the section.")
    if body["split"] not in views.SPLITS:
        errors["split"] = say("Choose how the seats may be sold.")
    section = section_of(venue, body["section"])
    part, mistakes = seats_part(form, section)
    unit_price, price_mistake = price_part(form.get("price"), show_currency(show))
    count = len(part.get("seats", ())) or part.get("quantity", 0)
    delivery, late = delivery_part(form, count)
    body |= part | ({"unit_price": unit_price} if unit_price else {}) | delivery
    body |= {"notes": form.get("notes")} if form.get("notes") else {}
    if body["split"] == "pairs" and count % 2:
        errors["split"] = say("Pairs need an even number of seats.")
    return body, errors | mistakes | price_mistake | late


def seats_part(form: SellForm, section: Section | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Row and seats of a seated section, or the number of places of a standing one."""
    if section is not None and section.kind == "standing":
        quantity = form.get("quantity")
        if not quantity.isascii() or not quantity.isdigit() or not 1 <= int(quantity[:9]) <= QUANTITY_MAX:
            return {}, {"quantity": say("Give a number from 1 to %(most)s.", most=QUANTITY_MAX)}
        return {"quantity": int(quantity)}, {}
    errors = {} if form.get("row") else {"row": say("Give the row as on the ticket.")}
    try:
        seats = form.chosen or views.seats_read(form.get("seats"))
    except ValueError as mistake:
        return {}, errors | {"seats": str(mistake)}
    return {"row": form.get("row"), "seats": seats}, errors | _not_in_chart(form.get("row"), seats, section)


def _not_in_chart(row_name: str, seats: Sequence[str], section: Section | None) -> dict[str, str]:
    """Messages for a row or seats that the chart does not have."""
    if section is None or not row_name:
        return {}
    row = next((row for row in section.rows if row.name == row_name), None)
    if row is None:
        return {"row": say("This section has no such row.")}
    unknown = [seat for seat in seats if seat not in row.seats]
    return (
        {"seats": say("Row %(row)s has no %(names)s.", row=row_name, names=", ".join(unknown[:5]))} if unknown else {}
    )


def delivery_part(form: SellForm, count: int) -> tuple[dict[str, Any], dict[str, str]]:
    """When the tickets are there: a promised day, or one code for each of `count` seats (0: not known yet)."""
    how = form.get("delivery", "now")
    if how == "later":
        try:
            return {"in_hand_on": date.fromisoformat(form.get("in_hand_on")).isoformat()}, {}
        except ValueError:
            return {}, {"in_hand_on": say("Give the day as year-month-day.")}
    if how == "codes":
        try:
            return {"codes": views_selling.codes_read(form.codes, count)} if count else {}, {}
        except ValueError as mistake:
            return {}, {"codes": str(mistake)}
    return {}, {} if how == "now" else {"delivery": say("Say when you have the tickets.")}


def price_part(price: str, currency: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """A typed price as the services want it, or a message for its field."""
    try:
        return {"amount": money.amount_read(price, currency), "currency": currency}, {}
    except ValueError as mistake:
        return None, {"price": str(mistake)}
