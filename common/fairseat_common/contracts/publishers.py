"""Who publishes what: each noun, and the stream that carries it, is one service's."""

from __future__ import annotations

from fairseat_common.contracts.base import registry

PUBLISHERS = {
    "claims": "tickets",
    "expiration": "expiration",
    "listings": "tickets",
    "orders": "orders",
    "payments": "payments",
    "payouts": "payments",
    "rules": "catalog",
    "sales": "orders",
    "shows": "catalog",
    "teams": "catalog",
    "tickets": "tickets",
    "users": "auth",
    "venues": "catalog",
}
"""Which service publishes the subjects of a noun."""


def publisher_of(subject: str) -> str:
    """The service that publishes a subject; raises KeyError for a noun that belongs to nobody."""
    return PUBLISHERS[subject.split(".", 1)[0]]


def streams_of(service: str) -> tuple[str, ...]:
    """The streams that a service creates and fills, e.g. ``ORDERS`` and ``SALES`` of orders."""
    return tuple(noun.upper() for noun, publisher in sorted(PUBLISHERS.items()) if publisher == service)


def subjects_of(service: str) -> tuple[str, ...]:
    """Every subject that a service publishes."""
    return tuple(subject for subject in registry() if publisher_of(subject) == service)
