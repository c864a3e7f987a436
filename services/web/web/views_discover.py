"""Pages about finding shows: what they show, worked out from what the services answered. Pure."""

from urllib.parse import quote, urlencode

from fairseat_common.languages import say, say_number
from web.locales import Locale
from web.models import Venue
from web.models_discover import Facets, House, Suggestion, Understood
from web.views_countries import country_name
from web.views_schema import event_ld, items_ld, place_ld
from web.views_wishes import (
    blank,
    category_choices,
    chips,
    city_choices,
    href,
    month_choices,
    more_href,
    only,
    price_choices,
    sort_choices,
    when_choices,
)

# Templates know all of it by one name.
__all__ = [
    "blank", "category_choices", "chips", "city_choices", "country_name", "event_ld", "href", "items_ld",
    "month_choices", "more_href", "only", "place_ld", "price_choices", "sort_choices", "when_choices",
]  # fmt: skip


def shows_text(count: int, locale: Locale) -> str:
    """`1 show`, `1,234 shows`."""
    number = f"{count:,}".replace(",", locale.group)
    return say_number("%(text)s show", "%(text)s shows", count, text=number)


def number_text(count: int, locale: Locale) -> str:
    """`1,234`."""
    return f"{count:,}".replace(",", locale.group)


def corrections(understood: Understood | None) -> list[tuple[str, str]]:
    """Words that no show has with what was looked for instead; without those that nothing is like."""
    found = understood.corrected if understood else []
    return [(each.word, say(" or ").join(each.meant)) for each in found if each.meant]


def suggestion_href(suggestion: Suggestion) -> str:
    """Where a suggestion leads: to a page of its own, or, where a title has several evenings, to all of them."""
    if suggestion.kind == "show":
        if suggestion.shows_count > 1:
            return "/shows?" + urlencode({"q": suggestion.name})
        return f"/shows/{suggestion.id}"
    folder = {"performer": "performers", "venue": "venues", "city": "cities"}[suggestion.kind]
    return f"/{folder}/{quote(suggestion.id, safe='-')}"


def venue_facts(venue: House | Venue, locale: Locale) -> list[tuple[str, str]]:
    """What a chart says about its house in a few words."""
    sections = venue.chart.sections if venue.chart else []
    seats = sum(len(row.seats) for section in sections for row in section.rows)
    standing = sum(section.capacity or 0 for section in sections if section.kind == "standing")
    facts = [(say("Places"), number_text(venue.capacity, locale))] if venue.capacity else []
    facts += [(say("Seats"), number_text(seats, locale))] if seats else []
    facts += [(say("Standing"), number_text(standing, locale))] if standing else []
    facts += [(say("Sections"), number_text(len(sections), locale))] if sections else []
    return [*facts, (say("Time zone"), venue.timezone.replace("_", " "))]


def map_href(venue: House) -> str:
    """The place on a public map; empty where its position is not known."""
    if venue.lat is None or venue.lon is None:
        return ""
    return f"https://www.openstreetmap.org/?mlat={venue.lat:.5f}&mlon={venue.lon:.5f}#map=16/{venue.lat:.5f}/{venue.lon:.5f}"


def city_href(venue: House, facets: Facets) -> str:
    """The page of a venue's city; a search where nothing is on in the house, since only its shows tell the address."""
    if facets.cities:
        return f"/cities/{quote(facets.cities[0].slug, safe='-')}"
    return "/shows?" + urlencode({"city": venue.city, "country": venue.country})
