"""Organisers' forms about selling: price zones over a chart with an opening time, and the rules of resale."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fairseat_common.languages import say
from web import money
from web.forms_organise import start_read
from web.models import Section
from web.models_onsale import OnsaleForm, OwnRules, Part, Rules, StandingRules, ZoneForm, rows_split
from web.views_organise import clock_fields
from web.visit import Visit

ZONES_MAX = 8
NAME_MAX = 60
TEXT_MAX = 400
"""Characters of a field that are kept to be shown again, however wrong they are."""
SECTIONS_MAX = 500
NOT_SOLD = "-"
CAPS = ("none", "percent", "amount")
CAP_PERCENT_MAX, FEE_PERCENT_MAX, ENDS_HOURS_MAX = 1_000, 50, 365 * 24


def onsale_form_new(sections: Sequence[Section], key: str) -> OnsaleForm:
    """The form as it opens: one zone with the whole house."""
    return OnsaleForm({"key": key, "when": "now"}, [ZoneForm(say("Standard"))], [Part(section) for section in sections])


async def onsale_form_read(visit: Visit, sections: Sequence[Section]) -> OnsaleForm:
    """The posted form; sections that the chart does not have are left out. Raises FormForged."""
    fields = await visit.form()
    posted = await visit.request.form()

    def column(name: str) -> list[str]:
        return [str(value).strip()[:TEXT_MAX] for value in posted.getall(name, [])]

    zones = [ZoneForm(*pair) for pair in zip(column("zone"), column("price"), strict=False)][:ZONES_MAX]
    chosen = {name: rest for name, *rest in zip(*map(column, ("section", "in", "front", "upto")), strict=False)}
    parts = [
        Part(section, *chosen[section.name]) if section.name in chosen else Part(section)
        for section in sections[:SECTIONS_MAX]
    ]
    return OnsaleForm(fields, zones or [ZoneForm()], parts)


def zones_changed(form: OnsaleForm, button: str) -> bool:
    """Let a button do its work (`add`, `remove:1`, `look`); False for the one that puts the house on sale."""
    deed, _, place = button.partition(":")
    if deed == "add" and len(form.zones) < ZONES_MAX:
        form.zones.append(ZoneForm())
    elif deed == "remove" and place.isdecimal() and int(place) < len(form.zones) > 1:
        form.zones.pop(int(place))
        for part in form.parts:
            part.zone, part.front = _without(part.zone, int(place), "0"), _without(part.front, int(place), "")
    return bool(button)


def _without(chosen: str, gone: int, otherwise: str) -> str:
    if not chosen.isdecimal() or int(chosen) < gone:
        return chosen
    return otherwise if int(chosen) == gone else str(int(chosen) - 1)


def zones_check(form: OnsaleForm, currency: str) -> None:
    """Read the prices, and say beside each zone what is wrong with it."""
    for index, zone in enumerate(form.zones):
        if not zone.name:
            zone.name_error = say("Give the zone a name.")
        elif len(zone.name) > NAME_MAX:
            zone.name_error = say("At most %(most)s characters.", most=NAME_MAX)
        elif zone.name in [other.name for other in form.zones[:index]]:
            zone.name_error = say("Another zone has this name.")
        try:
            zone.amount = money.amount_read(zone.price, currency)
        except ValueError as error:
            zone.price_error = str(error) if zone.price else say("Give the zone a price.")


def onsale_body(form: OnsaleForm, show_id: str, currency: str, timezone: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What tickets is told, and messages by field; `zones_check` has looked at the zones."""
    errors: dict[str, str] = {}
    opens_at, errors = opening_read(form.fields, timezone)
    zones = []
    for index, zone in enumerate(form.zones):
        sections, rows = _share(form.parts, str(index))
        if sections or rows:
            price = {"amount": zone.amount, "currency": currency}
            zones.append({"name": zone.name, "unit_price": price, "sections": sections, "rows": rows})
        elif not zone.name_error:
            zone.name_error = say("Nothing is in this zone. Choose sections for it, or take it away.")
    if not zones:
        errors["zones"] = say("Choose at least one section to sell.")
    return {"show_id": show_id, "opens_at": opens_at.isoformat() if opens_at else None, "zones": zones}, errors


def _share(parts: Sequence[Part], zone: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The whole sections of a zone, and the rows of others."""
    sections: list[str] = []
    rows: list[dict[str, Any]] = []
    for part in parts:
        front, back = rows_split(part)
        if not front and part.zone == zone:
            sections.append(part.section.name)
        mine = front if part.front == zone else back if part.zone == zone else []
        if front and mine:
            rows.append({"section": part.section.name, "rows": mine})
    return sections, rows


def opening_read(fields: dict[str, str], timezone: str) -> tuple[datetime | None, dict[str, str]]:
    """When the sale opens by the venue's clock; None: at once."""
    return start_read(fields, timezone) if fields.get("when") == "later" else (None, {})


def rules_fields(rules: OwnRules, version: int, timezone: str) -> dict[str, str]:
    """The form of a show's rules as it opens; `version` is that of the rules that hold."""
    fields = _common_fields(rules) | {"version": str(version)}
    return fields | (clock_fields(rules.resale_until, timezone) if rules.resale_until else {})


def standing_fields(rules: StandingRules) -> dict[str, str]:
    """The form of a place's or an organiser's rules as it opens."""
    fields = _common_fields(rules) | {"version": str(rules.version)}
    fields |= {"currency": rules.cap_amount.currency} if rules.cap_amount else {}
    return fields | ({"hours": str(rules.resale_ends_hours)} if rules.resale_ends_hours is not None else {})


def _common_fields(rules: Rules) -> dict[str, str]:
    cap = "percent" if rules.cap_percent else "amount" if rules.cap_amount else "none"
    fields = {"cap": cap, "resale": "yes" if rules.resale else "no"}
    fields |= {"transferable": "1"} if rules.transferable else {}
    fields |= {"cap_percent": str(rules.cap_percent)} if rules.cap_percent else {}
    fields |= {"cap_amount": money.amount_text(rules.cap_amount)} if rules.cap_amount else {}
    for name, percent in (("buyer_fee", rules.buyer_fee_percent), ("seller_fee", rules.seller_fee_percent)):
        fields |= {name: str(percent)} if percent is not None else {}
    return fields


def rules_body(fields: dict[str, str], currency: str, timezone: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What catalog is told of a show, and messages by field."""
    body, errors = _common_body(fields, currency)
    if fields.get("day"):
        until, mistakes = start_read(fields, timezone)
        errors |= mistakes
        body["resale_until"] = until.isoformat() if until else None
    return body, errors


def standing_body(fields: dict[str, str], currency: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What catalog is told of a place or an organiser, and messages by field."""
    body, errors = _common_body(fields, currency)
    if fields.get("hours", "").strip():
        body["resale_ends_hours"] = _number(fields, "hours", 0, ENDS_HOURS_MAX, errors)
    return body, errors


def _common_body(fields: dict[str, str], currency: str) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    body: dict[str, Any] = {"resale": fields.get("resale") != "no", "transferable": fields.get("transferable") == "1"}
    if fields.get("cap") == "percent":
        body["cap_percent"] = _number(fields, "cap_percent", 1, CAP_PERCENT_MAX, errors)
    elif fields.get("cap") == "amount":
        try:
            amount = money.amount_read(fields.get("cap_amount", ""), currency)
            body["cap_amount"] = {"amount": amount, "currency": currency}
        except ValueError as error:
            errors["cap_amount"] = str(error)
    for name in ("buyer_fee", "seller_fee"):
        if fields.get(name):
            body[f"{name}_percent"] = _number(fields, name, 0, FEE_PERCENT_MAX, errors)
    return body, errors


def _number(fields: dict[str, str], name: str, least: int, most: int, errors: dict[str, str]) -> int | None:
    text = fields.get(name, "").strip().rstrip("%").strip()
    if text.isdecimal() and len(text) <= 4 and least <= int(text) <= most:
        return int(text)
    errors[name] = say("Give a whole number from %(least)s to %(most)s.", least=least, most=most)
    return None
