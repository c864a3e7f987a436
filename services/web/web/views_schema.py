"""What pages tell machines about themselves: schema.org in JSON-LD. Pure."""

from collections.abc import Iterable
from typing import Any

import msgspec
from markupsafe import Markup

from web import dates, money
from web.models import Performer, Show
from web.models_discover import House

_STATUS = {"cancelled": "EventCancelled", "postponed": "EventPostponed"}
_KINDS = {
    "concert": "MusicEvent",
    "festival": "Festival",
    "theatre": "TheaterEvent",
    "comedy": "ComedyEvent",
    "classical": "MusicEvent",
    "family": "ChildrensEvent",
    "sport": "SportsEvent",
}
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def event_ld(show: Show, origin: str) -> Markup:
    """A show as a schema.org Event, to stand inside a script element. `origin` is the public address."""
    page = f"{origin}/shows/{show.id}"
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _KINDS.get(show.category, "Event"),
        "@id": page,
        "url": page,
        "name": show.title,
        "startDate": dates.at_venue(show.starts_at, show.venue.timezone).isoformat(),
        "eventStatus": f"https://schema.org/{_STATUS.get(show.status, 'EventScheduled')}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": _place(show.venue.name, show.venue.city, show.venue.country, f"{origin}/venues/{show.venue.id}"),
        "image": [f"{page}/share.png"],
        "description": f"{show.title} at {show.venue.name}, {show.venue.city}.",
    }
    names = [each.name if isinstance(each, Performer) else each for each in show.performers]
    if names:
        told["performer"] = [{"@type": "PerformingGroup", "name": name} for name in names]
    if show.lowest_price and show.status != "cancelled":
        told["offers"] = {
            "@type": "AggregateOffer",
            "url": page,
            "lowPrice": money.amount_text(show.lowest_price),
            "priceCurrency": show.lowest_price.currency,
            "offerCount": show.listings_count,
            "availability": "https://schema.org/InStock",
        }
    return as_script(told)


def place_ld(venue: House, origin: str) -> Markup:
    """A venue as a schema.org EventVenue."""
    told: dict[str, Any] = {"@context": "https://schema.org", "@id": f"{origin}/venues/{venue.id}"}
    told |= _place(venue.name, venue.city, venue.country, f"{origin}/venues/{venue.id}")
    told["@type"] = "EventVenue"
    if venue.lat is not None and venue.lon is not None:
        told["geo"] = {"@type": "GeoCoordinates", "latitude": venue.lat, "longitude": venue.lon}
    if venue.capacity:
        told["maximumAttendeeCapacity"] = venue.capacity
    return as_script(told)


def items_ld(shows: Iterable[Show], origin: str) -> Markup:
    """A list of shows as a schema.org ItemList that names their pages."""
    items = [
        {"@type": "ListItem", "position": place, "url": f"{origin}/shows/{show.id}", "name": show.title}
        for place, show in enumerate(shows, 1)
    ]
    return as_script({"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items})


def _place(name: str, city: str, country: str, url: str) -> dict[str, Any]:
    address = {"@type": "PostalAddress", "addressLocality": city, "addressCountry": country}
    return {"@type": "Place", "name": name, "url": url, "address": address}


def as_script(told: dict[str, Any]) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = msgspec.json.encode(told).decode()
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704 - escaped above, by the rules of a script element
