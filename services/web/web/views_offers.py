"""Pages about comparing listings: what they show, worked out from what the services answered. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.languages import mark, say, say_number
from web import dates
from web.locales import Locale
from web.models import Show
from web.models_offers import Offer, Sale, SectionSummary
from web.money import amount_read, digits, money_text

SORTS = {
    "price": mark("Lowest price"),
    "value": mark("Best value"),
    "view": mark("Best view"),
    "section": mark("Section"),
}
DEALS = {"great": mark("Great deals"), "good": mark("Good deals or better"), "fair": mark("Fair prices or better")}
DEAL_NAMES = {"great": mark("Great deal"), "good": mark("Good deal"), "fair": mark("Fair price")}
QUANTITY_MAX = 20
SECTIONS_MAX = 20
TEXT_MAX = 60
CURSOR_MAX = 1_100
STEPS_MAX = 5
HISTORY_MAX = 8


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of a show's page as they stand in its address. `low` and `high` are as they were typed."""

    quantity: int | None = None
    low: str = ""
    high: str = ""
    sections: tuple[str, ...] = ()
    aisle: bool = False
    deal: str = ""
    sort: str = "price"

    @property
    def narrow(self) -> int:
        """How many filters are set."""
        return sum(map(bool, (self.quantity, self.low or self.high, self.sections, self.aisle, self.deal)))


def wishes_read(pairs: Sequence[tuple[str, str]]) -> Wishes:
    """The filters of an address; what is none is left out."""
    given = {name: value.strip()[:TEXT_MAX] for name, value in pairs}
    quantity, sort, deal = given.get("quantity", ""), given.get("sort", ""), given.get("deal", "")
    named = [value.strip() for name, value in pairs if name == "section" and value.isprintable()]
    return Wishes(
        quantity=int(quantity) if quantity.isdecimal() and 0 < int(quantity) <= QUANTITY_MAX else None,
        low=given.get("min", ""),
        high=given.get("max", ""),
        sections=tuple(dict.fromkeys(name for name in named if 0 < len(name) <= 50))[:SECTIONS_MAX],
        aisle=given.get("aisle", "") == "1",
        deal=deal if deal in DEALS else "",
        sort=sort if sort in SORTS else "price",
    )


def price_range(wishes: Wishes, currency: str) -> tuple[dict[str, str], dict[str, str]]:
    """The parts of a question about prices in minor units, and messages for prices that are none."""
    query: dict[str, str] = {}
    mistakes: dict[str, str] = {}
    for name, typed, asked in (("min", wishes.low, "min_price"), ("max", wishes.high, "max_price")):
        try:
            query |= {asked: str(amount_read(typed, currency))} if typed else {}
        except ValueError as error:
            mistakes[name] = str(error)
    if len(query) == 2 and int(query["max_price"]) < int(query["min_price"]):
        mistakes["max"] = say("This is less than the lowest price you ask for.")
    return ({} if mistakes else query), mistakes


def question(wishes: Wishes, prices: Mapping[str, str]) -> list[tuple[str, str]]:
    """What tickets is asked, without sections, order and place."""
    asked = [*prices.items()]
    asked += [("quantity", str(wishes.quantity))] if wishes.quantity else []
    asked += [("aisle", "true")] if wishes.aisle else []
    return asked + ([("deal", wishes.deal)] if wishes.deal else [])


def address(show_id: str, wishes: Wishes, cursor: str = "", **changes: Any) -> str:
    """The address of a show's page with these filters, some of them changed."""
    changed = msgspec.structs.replace(wishes, **changes)
    pairs = [("quantity", str(changed.quantity or "")), ("min", changed.low), ("max", changed.high)]
    pairs += [("section", name) for name in changed.sections]
    pairs += [("aisle", "1" if changed.aisle else ""), ("deal", changed.deal)]
    pairs += [("sort", "" if changed.sort == "price" else changed.sort), ("cursor", cursor)]
    query = urlencode([(name, value) for name, value in pairs if value])
    return f"/shows/{show_id}" + (f"?{query}" if query else "")


def toggled(wishes: Wishes, section: str) -> tuple[str, ...]:
    """The chosen sections with one more, or without it."""
    if section in wishes.sections:
        return tuple(name for name in wishes.sections if name != section)
    return (*wishes.sections, section)


class Step(NamedTuple):
    """One colour of the map: the lowest prices of the zones that have it."""

    number: int
    low: Money
    high: Money


def price_steps(summaries: Sequence[SectionSummary]) -> list[Step]:
    """Up to five steps with about as many sections each, cheapest first; equal prices are never parted."""
    prices = sorted(s.lowest_price.amount for s in summaries if s.lowest_price)
    if not prices:
        return []
    currency = next(s.lowest_price.currency for s in summaries if s.lowest_price)
    count = min(STEPS_MAX, len(set(prices)))
    cuts = sorted({prices[len(prices) * number // count] for number in range(count)})
    steps = []
    for number, cut in enumerate(cuts):
        beyond = cuts[number + 1] if number + 1 < len(cuts) else prices[-1] + 1
        mine = [price for price in prices if cut <= price < beyond]
        steps.append(Step(number + 1, Money(mine[0], currency), Money(mine[-1], currency)))
    return steps


def short_price(price: Money, locale: Locale) -> str:
    """A price for a small place: decimals only where they are not nought."""
    text, places = money_text(price, locale), digits(price.currency)
    return text.replace(locale.point + "0" * places, "") if places and price.amount % 10**places == 0 else text


def step_of(price: Money | None, steps: Sequence[Step]) -> int:
    """The number of the step that a price is in; 0 for none."""
    if price is None:
        return 0
    return next((step.number for step in reversed(steps) if price.amount >= step.low.amount), 1)


def count_text(count: int, noun: str) -> str:
    """`1 seat`, `1,204 seats`."""
    number = f"{count:,}"
    if noun == "listing":
        return say_number("%(text)s listing", "%(text)s listings", count, text=number)
    return say_number("%(text)s seat", "%(text)s seats", count, text=number)


def deal_text(offer: Offer) -> str:
    """The name of a good price; nothing for others."""
    return say(DEAL_NAMES.get(offer.deal or "", ""))


def day_text(day: date, locale: Locale) -> str:
    """A day as a mark on a listing says it: `Sat 12 Dec`."""
    return dates.day_text(day, locale, short=True, year=False)


def print_of(offer: Offer) -> str:
    """What changes when a listing's row has to be shown anew."""
    typical = offer.typical_price.amount if offer.typical_price else 0
    return f"{offer.version}.{offer.available}.{offer.deal or ''}.{typical}.{offer.delivery}.{int(offer.aisle)}"


def totals(summaries: Sequence[SectionSummary], sections: Sequence[str]) -> tuple[int, int]:
    """How many listings and seats fit, in the chosen sections or in all."""
    chosen = [s for s in summaries if not sections or s.section in sections]
    return sum(s.listings_count for s in chosen), sum(s.seats_count for s in chosen)


def state_of(show: Show, summaries: Sequence[SectionSummary], wishes: Wishes, now: datetime) -> str:
    """Which page it is: `cancelled`, `over`, `open`, `nofit`, `soldout`, or `none` when nothing was ever listed."""
    if show.status == "cancelled":
        return "cancelled"
    if show.status == "scheduled" and show.starts_at <= now:
        return "over"
    if totals(summaries, wishes.sections)[0]:
        return "open"
    if wishes.narrow and (show.listings_count or wishes.sections):
        return "nofit"
    return "soldout" if show.listings_count or any(s.sold_count for s in summaries) else "none"


class Bar(NamedTuple):
    """One sale in the drawing of past sales: where it stands, and how high, in an image of 100 x 32."""

    x: float
    height: float


def sale_bars(sales: Sequence[Sale]) -> list[Bar]:
    """The sales from the oldest to the newest; the highest price fills the image."""
    prices = [sale.all_in_unit_price.amount for sale in reversed(sales)]
    top = max(prices, default=1)
    width = 100 / max(1, len(prices))
    return [Bar(round(width * (n + 0.5), 2), round(32 * price / top, 2)) for n, price in enumerate(prices)]


def ago_text(moment: datetime, now: datetime) -> str:
    """`just now`, `12 minutes ago`, `3 days ago`."""
    seconds = (now - moment).total_seconds()
    if seconds >= 86_400:
        return say_number("%(number)s day ago", "%(number)s days ago", int(seconds // 86_400))
    if seconds >= 3_600:
        return say_number("%(number)s hour ago", "%(number)s hours ago", int(seconds // 3_600))
    if seconds >= 60:
        return say_number("%(number)s minute ago", "%(number)s minutes ago", int(seconds // 60))
    return say("just now")
