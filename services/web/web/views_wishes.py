"""The address of a search: what it says, what narrows the search down, and what there is to choose. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from fairseat_common.contracts import Money
from fairseat_common.languages import language, mark, say
from web import dates, money, views
from web.locales import Locale, month_name
from web.models_discover import Facets, MonthCount, Part, PriceBand, Understood, WhenCount

PRESETS: dict[str, str] = {
    "today": mark("Today"),
    "tomorrow": mark("Tomorrow"),
    "weekend": mark("This weekend"),
    "next-weekend": mark("Next weekend"),
    "week": mark("This week"),
    "next-week": mark("Next week"),
    "month": mark("This month"),
    "next-month": mark("Next month"),
}
SORTS: dict[str, str] = {
    "date": mark("Soonest"),
    "relevance": mark("Best match"),
    "price": mark("Lowest price"),
    "distance": mark("Nearest"),
}
CITIES_OFFERED_MAX = 12
FILTERS = (
    "q", "city", "country", "category", "when", "from", "to", "near", "radius_km", "currency", "min_price", "max_price",
    "sort", "cursor",
)  # fmt: skip
"""The parts of a search page's address."""

Wishes = Mapping[str, str]


class Chip(NamedTuple):
    """Something that narrows the search down, and the address of the search without it."""

    label: str
    href: str


class Choice(NamedTuple):
    """Something to choose, how many shows it leads to, and whether it is chosen; then `href` takes it back."""

    label: str
    href: str
    shows: int
    chosen: bool


def href(wishes: Wishes, **changes: str) -> str:
    """The address of a search with some wishes changed; it begins at its first page."""
    wanted = {**wishes, "cursor": "", **{"from" if name == "since" else name: text for name, text in changes.items()}}
    query = urlencode([(name, wanted[name]) for name in FILTERS if wanted.get(name)])
    return "/shows" + (f"?{query}" if query else "")


def blank(**given: str) -> dict[str, str]:
    """A search for nothing but what is given."""
    return {name: given.get(name, "") for name in FILTERS}


def only(wishes: Wishes, names: Iterable[str]) -> dict[str, str]:
    """The wishes of these names alone."""
    return blank(**{name: wishes[name] for name in names})


def wishes_of(address: str) -> dict[str, str]:
    """The wishes that the address of a search tells."""
    return dict(parse_qsl(urlsplit(address).query))


def more_href(wishes: Wishes, cursor: str) -> str:
    """The address of the next page."""
    return href({**wishes}) + ("&" if "?" in href(wishes) else "?") + urlencode({"cursor": cursor})


# --- What narrows the search down ---


def chips(wishes: Wishes, understood: Understood | None, locale: Locale) -> list[Chip]:
    """Everything but the words, each with the way to take it back."""
    found = [_part_chip(wishes, part, locale) for part in (understood.parts if understood else [])]
    if wishes["city"]:
        found.append(Chip(say("In %(city)s", city=wishes["city"]), href(wishes, city="", country="")))
    if wishes["category"]:
        found.append(Chip(views.category_name(wishes["category"]), href(wishes, category="")))
    if wishes["when"]:
        found.append(Chip(say(PRESETS.get(wishes["when"], wishes["when"])), href(wishes, when="")))
    if wishes["from"] or wishes["to"]:
        label = _range_text(_day(wishes["from"]), _day(wishes["to"]), locale)
        found.append(Chip(label, href(wishes, since="", to="")))
    if wishes["near"]:
        found.append(
            Chip(
                say("Within %(number)s km", number=wishes["radius_km"] or "50"),
                href(wishes, near="", radius_km="", sort=""),
            )
        )
    if wishes["currency"]:
        label = price_text(wishes, locale)
        found.append(Chip(label, href(wishes, currency="", min_price="", max_price="", sort="")))
    return found


def _part_chip(wishes: Wishes, part: Part, locale: Locale) -> Chip:
    without = href(wishes, q=part.without)
    if part.kind == "city":
        return Chip(say("In %(city)s", city=part.city), without)
    words = part.words[:1].upper() + part.words[1:]
    return Chip(f"{words}: {_range_text(part.first, part.last, locale)}", without)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _range_text(first: date | None, last: date | None, locale: Locale) -> str:
    """`Fri 27 Nov`, `Fri 27 Nov to Sun 29 Nov`, `From ...`, `Until ...`."""
    if first and last and first != last:
        return say("%(first)s to %(last)s", first=_short(first, locale), last=_short(last, locale))
    if first and last:
        return _short(first, locale)
    if first:
        return say("From %(day)s", day=_short(first, locale))
    return say("Until %(day)s", day=_short(last, locale)) if last else say("Any day")


def _short(day: date, locale: Locale) -> str:
    return dates.day_text(day, locale, short=True, year=False)


def price_text(wishes: Wishes, locale: Locale) -> str:
    """The prices that are asked for, as a reader says them."""
    low, high = (int(wishes[name]) if wishes[name].isdigit() else None for name in ("min_price", "max_price"))
    return band_text(PriceBand(wishes["currency"], low or 0, high, 0), locale)


def band_text(band: PriceBand, locale: Locale) -> str:
    """`Under €20`, `€20 to €49.99`, `€200 and more`, `Sold in EUR`."""

    def text(amount: int) -> str:
        return _round_text(Money(amount, band.currency), locale)

    if band.max_price is None:
        return (
            say("%(price)s and more", price=text(band.min_price))
            if band.min_price
            else say("Sold in %(currency)s", currency=band.currency)
        )
    if not band.min_price:
        return say("Under %(price)s", price=text(band.max_price + 1))
    return say("%(first)s to %(last)s", first=text(band.min_price), last=text(band.max_price + 1))


def _round_text(amount: Money, locale: Locale) -> str:
    """The amount without decimals where they say nothing."""
    text = money.money_text(amount, locale)
    places = money.digits(amount.currency)
    return text.replace(f"{locale.point}{'0' * places}", "") if places else text


# --- What there is to choose ---


def when_choices(wishes: Wishes, facets: Facets) -> list[Choice]:
    """Days in words, those with shows."""
    return [_when_choice(wishes, each) for each in facets.when if each.shows_count or each.when == wishes["when"]]


def _when_choice(wishes: Wishes, each: WhenCount) -> Choice:
    chosen = each.when == wishes["when"]
    way = href(wishes, when="" if chosen else each.when, since="", to="")
    return Choice(say(PRESETS.get(each.when, each.when)), way, each.shows_count, chosen)


def month_choices(wishes: Wishes, facets: Facets) -> list[Choice]:
    """The months after this one."""
    return [_month_choice(wishes, each) for each in facets.months]


def _month_choice(wishes: Wishes, each: MonthCount) -> Choice:
    first, last = each.first.isoformat(), each.last.isoformat()
    chosen = (wishes["from"], wishes["to"]) == (first, last)
    way = href(wishes, when="", since="" if chosen else first, to="" if chosen else last)
    name = month_name(each.first.month, language())
    return Choice(f"{name[0].upper()}{name[1:]} {each.first.year}", way, each.shows_count, chosen)


def category_choices(wishes: Wishes, facets: Facets) -> list[Choice]:
    """Categories, fullest first."""
    return [
        Choice(
            views.category_name(each.category),
            href(wishes, category="" if each.category == wishes["category"] else each.category),
            each.shows_count,
            each.category == wishes["category"],
        )
        for each in facets.categories
    ]


def city_choices(wishes: Wishes, facets: Facets) -> list[Choice]:
    """The fullest cities."""
    found = []
    for each in facets.cities[:CITIES_OFFERED_MAX]:
        chosen = wishes["city"].casefold() == each.city.casefold() and wishes["country"] in ("", each.country)
        way = href(wishes, city="" if chosen else each.city, country="" if chosen else each.country)
        found.append(Choice(each.city, way, each.shows_count, chosen))
    return found


def price_choices(wishes: Wishes, facets: Facets, locale: Locale) -> list[Choice]:
    """Prices in the currency that is chosen, or else in the one that most shows are sold in."""
    currency = wishes["currency"] or (facets.prices[0].currency if facets.prices else "")
    found = []
    for band in facets.prices:
        low, high = str(band.min_price), "" if band.max_price is None else str(band.max_price)
        if band.currency != currency:
            continue
        chosen = (wishes["currency"], wishes["min_price"] or "0", wishes["max_price"]) == (currency, low, high)
        way = (
            href(wishes, currency="", min_price="", max_price="")
            if chosen
            else href(wishes, currency=currency, min_price=low, max_price=high)
        )
        found.append(Choice(band_text(band, locale), way, band.shows_count, chosen))
    return found


def sort_choices(wishes: Wishes, facets: Facets) -> list[Choice]:
    """Orders that make sense for this search."""
    currency = wishes["currency"] or (facets.prices[0].currency if facets.prices else "")
    offered = ["date"]
    offered += ["relevance"] if wishes["q"] else []
    offered += ["price"] if currency else []
    offered += ["distance"] if wishes["near"] else []
    current = wishes["sort"] or "date"
    found = []
    for sort in offered:
        label = say(SORTS[sort])
        changes = {"sort": "" if sort == "date" else sort}
        if sort == "price" and not wishes["currency"]:
            # Prices in different currencies do not compare.
            changes |= {"currency": currency}
            label = f"{label} ({currency})"
        found.append(Choice(label, href(wishes, **changes), facets.total, sort == current))
    return found
