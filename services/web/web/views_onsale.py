"""Pages about on-sales and resale rules: what they show, worked out from what the services answered. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fairseat_common.contracts import Money
from fairseat_common.languages import mark, say, say_number
from fairseat_common.money import percent_of, step_of
from web.models import Section
from web.models_offers import Offer
from web.models_onsale import Limits, Onsale, OnsaleForm, Part, ResaleRules, Rules, StandingRules, rows_split
from web.views_map import Plan, Zone, plan_of

EXAMPLE = 5_000
"""The price, in minor units, that rules are shown by before a house is on sale."""


class Area(NamedTuple):
    """A section on the map with the number of its zone, from 1; 0: it is not for sale. `front` is that of its front."""

    zone: Zone
    number: int
    front: int


class ZonePrice(NamedTuple):
    """A zone as buyers see it: what one seat costs all-in, and how many there are."""

    number: int
    name: str
    price: Money | None
    all_in: Money | None
    seats: int

    @property
    def gross(self) -> Money | None:
        """What all of it brings in, before fees."""
        return self.price and Money(self.price.amount * self.seats, self.price.currency)


class Preview(NamedTuple):
    """What a form would put on sale."""

    plan: Plan | None
    areas: tuple[Area, ...]
    zones: tuple[ZonePrice, ...]
    seats: int
    unsold: int

    @property
    def gross(self) -> Money | None:
        """What the whole house brings in, if every price is known."""
        known = [zone.gross for zone in self.zones if zone.seats]
        if not known or any(amount is None for amount in known):
            return None
        return Money(sum(amount.amount for amount in known if amount), known[0].currency if known[0] else "")


def preview_of(form: OnsaleForm, currency: str, fee_percent: int) -> Preview:
    """The map and the prices of a form, as far as it can be read."""
    bare = [Section(part.section.name, part.section.kind, [], _places(part.section)) for part in form.parts]
    plan = plan_of(bare)
    seats = [0] * len(form.zones)
    areas = []
    for index, part in enumerate(form.parts):
        for zone, count in _seats_of(part):
            if zone.isdecimal() and int(zone) < len(seats):
                seats[int(zone)] += count
        front = part.front if rows_split(part)[0] else ""
        if plan:
            areas.append(Area(plan.zones[index], _number(part.zone, form), _number(front, form)))
    prices = [Money(zone.amount, currency) if zone.amount else None for zone in form.zones]
    zones = tuple(
        ZonePrice(index + 1, zone.name, price, price and all_in(price, fee_percent), seats[index])
        for index, (zone, price) in enumerate(zip(form.zones, prices, strict=True))
    )
    return Preview(
        plan, tuple(areas), zones, sum(seats), sum(_places(part.section) for part in form.parts) - sum(seats)
    )


def _places(section: Section) -> int:
    return section.capacity or sum(len(row.seats) for row in section.rows)


def _number(zone: str, form: OnsaleForm) -> int:
    return int(zone) + 1 if zone.isdecimal() and int(zone) < len(form.zones) else 0


def _seats_of(part: Part) -> list[tuple[str, int]]:
    """How many seats of a section are in which zone."""
    front, _ = rows_split(part)
    ahead = sum(len(row.seats) for row in part.section.rows if row.name in set(front))
    return [(part.front, ahead), (part.zone, _places(part.section) - ahead)]


def all_in(price: Money, fee_percent: int) -> Money:
    """What a buyer pays for one seat."""
    return Money(price.amount + percent_of(price, fee_percent).amount, price.currency)


def opening(offers: Sequence[Offer], now: datetime) -> datetime | None:
    """When seats among these can be held that cannot be held now."""
    return min((offer.opens_at for offer in offers if offer.opens_at and offer.opens_at > now), default=None)


def is_ahead(offer: Offer, now: datetime) -> bool:
    """Whether the sale of a listing has not begun."""
    return offer.opens_at is not None and offer.opens_at > now


def left_text(moment: datetime, now: datetime) -> str:
    """How long it is until then: `2 days`, `5 hours`, `12 minutes`."""
    seconds = max(0, int((moment - now).total_seconds()))
    if seconds >= 2 * 86_400:
        return say_number("%(number)s day", "%(number)s days", seconds // 86_400)
    if seconds >= 2 * 3_600:
        return say_number("%(number)s hour", "%(number)s hours", seconds // 3_600)
    return say_number("%(number)s minute", "%(number)s minutes", max(1, seconds // 60))


def milliseconds(moment: datetime) -> int:
    """A moment as scripts count them."""
    return int(moment.timestamp() * 1_000)


def share(part: int, whole: int) -> float:
    """A part in per cent."""
    return round(100 * part / whole, 2) if whole else 0.0


def rules_meant(body: Mapping[str, Any]) -> ResaleRules:
    """The rules that a form asks for a show, before they are set."""
    return ResaleRules(**_meant(body))


def standing_meant(body: Mapping[str, Any]) -> StandingRules:
    """The rules that a form asks for a place or an organiser, before they are set."""
    return StandingRules(**_meant(body))


def _meant(body: Mapping[str, Any]) -> dict[str, Any]:
    cap = body.get("cap_amount")
    facts: dict[str, Any] = {
        name: body.get(name) for name in ("cap_percent", "buyer_fee_percent", "seller_fee_percent")
    }
    return facts | {"resale": body["resale"], "cap_amount": Money(**cap) if cap else None}


class Example(NamedTuple):
    """What the rules mean for one seat: the most that may be asked for it, what its buyer pays and its seller gets."""

    name: str
    face: Money
    asked: Money
    buyer: Money
    seller: Money


def examples_of(
    rules: Rules, onsale: Onsale | None, currency: str, buyer_percent: int, seller_percent: int
) -> list[Example]:
    """The rules by example: for each zone of the on-sale, or for a price that could be."""
    step = step_of(currency)
    faces = [(zone.name, zone.unit_price) for zone in onsale.zones] if onsale else []
    faces = faces or [("", Money(EXAMPLE, currency))]
    buyer = buyer_percent if rules.buyer_fee_percent is None else rules.buyer_fee_percent
    seller = seller_percent if rules.seller_fee_percent is None else rules.seller_fee_percent
    found = []
    for name, face in faces:
        asked = face
        if rules.cap_percent:
            asked = Money(max(step, face.amount * rules.cap_percent // (100 * step) * step), currency)
        if rules.cap_amount:
            asked = min(asked, rules.cap_amount, key=lambda cap: cap.amount) if rules.cap_percent else rules.cap_amount
        net = Money(asked.amount - percent_of(asked, seller).amount, currency)
        found.append(Example(name, face, asked, all_in(asked, buyer), net))
    return found


WHOSE: dict[str, str] = {
    "show": mark("This show’s own"),
    "organiser": mark("The organiser’s for all shows"),
    "venue": mark("The place demands it"),
}
RULES: dict[str, str] = {
    "resale": mark("Resale"),
    "cap_percent": mark("At most, of the first price"),
    "cap_amount": mark("At most, for a seat"),
    "buyer_fee_percent": mark("Buyers pay on top"),
    "seller_fee_percent": mark("Kept from sellers"),
    "resale_until": mark("Resale ends"),
    "transferable": mark("Giving away"),
}


class Holding(NamedTuple):
    """A rule that holds for a show: its name, what it says (Money and moments as they are), and whose it is."""

    name: str
    value: str | Money | datetime
    whose: str


def holding_of(rules: ResaleRules) -> list[Holding]:
    """The rules that somebody set for a show, in the order of the form."""
    found = []
    for field, name in RULES.items():
        if field in rules.sources:
            value = getattr(rules, field)
            if isinstance(value, bool):
                value = say("Not allowed")
            elif isinstance(value, int):
                value = say("%(percent)s %%", percent=value)
            found.append(Holding(say(name), value, say(WHOSE.get(rules.sources[field], WHOSE["show"]))))
    return found


def cap_text(limits: Limits, price_text: str) -> str:
    """What a seller may ask by the rules of the show; `price_text` is the cap as the reader writes it."""
    if limits.cap:
        binding = "cap_amount" if limits.cap == limits.cap_amount else "cap_percent"
        if binding in limits.by_venue:
            return say("The place allows at most %(price)s a seat, before the buyer's fee.", price=price_text)
        return say("The organiser allows at most %(price)s a seat, before the buyer's fee.", price=price_text)
    if limits.cap_percent:
        percent = limits.cap_percent
        if "cap_percent" in limits.by_venue:
            return say("The place allows at most %(percent)s %% of what a seat was first sold for.", percent=percent)
        return say("The organiser allows at most %(percent)s %% of what a seat was first sold for.", percent=percent)
    return ""


def sell_text(limits: Limits, until: str) -> str:
    """What a seller should know before choosing seats; `until` is the end of resale as the reader writes it."""
    if not limits.resale:
        if "resale" in limits.by_venue:
            return say("The place does not allow tickets for its shows to be sold on.")
        return say("The organiser does not allow tickets for this show to be sold on.")
    if limits.held_only:
        return say("The organiser sells this show here, so you can list tickets that you hold, and no others.")
    if until and "resale_until" in limits.by_venue:
        return say("The place allows resale until %(when)s.", when=until)
    return say("The organiser allows resale until %(when)s.", when=until) if until else ""
