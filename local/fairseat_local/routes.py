"""Which service answers which path: the one table that both ways of running on one machine use.

In a cluster the Gateway has the same table (deploy/); a rule test compares the two.
"""

from __future__ import annotations

SERVICES = ("auth", "catalog", "tickets", "orders", "expiration", "payments", "notifications", "web")
MAIL = "mail"
PROVIDER = "provider"
WATCH = "watch"
NOWHERE = ""

# Every prefix has exactly two segments, so a path is looked up, never searched.
PREFIXES = {
    "/api/users": "auth",
    "/api/keys": "auth",
    "/.well-known/jwks.json": "auth",
    "/api/shows": "catalog",
    "/api/venues": "catalog",
    "/api/performers": "catalog",
    "/api/imports": "catalog",
    "/api/teams": "catalog",
    "/api/organisers": "catalog",
    "/api/listings": "tickets",
    "/api/tickets": "tickets",
    "/api/transfers": "tickets",
    "/api/scans": "tickets",
    "/api/gates": "tickets",
    "/api/claims": "tickets",
    "/api/onsales": "tickets",
    "/api/reports": "tickets",
    "/api/orders": "orders",
    "/api/waiting": "orders",
    "/api/queues": "orders",
    "/api/payments": "payments",
    "/api/payouts": "payments",
    "/api/sales": "payments",
    "/api/ledger": "payments",
    "/api/notifications": "notifications",
    "/api/favourites": "notifications",
    "/api/alerts": "notifications",
    "/api/webhooks": "notifications",
    # What an operator sees and does inside of each service.
    **{f"/operations/{name}": name for name in SERVICES if name != "web"},
    "/dev/mail": MAIL,
    "/dev/mail.json": MAIL,
    "/dev/watch": WATCH,
    "/dev/watch.json": WATCH,
    # Only what a browser may see of the payment stand-in; its API and its controls are reached at its own port.
    "/dev/provider": PROVIDER,
}
DEFAULT = "web"
# Each service's own, for probes inside the system; none of them is anybody's at the public origin.
PRIVATE = frozenset({"/metrics", "/readyz", "/healthz", "/openapi.json"})


def service_of(path: str) -> str:
    """The name of what answers `path`: a service, or what is beside them in a local run; NOWHERE for private paths."""
    if path in PRIVATE:
        return NOWHERE
    second = path.find("/", 1)
    end = path.find("/", second + 1) if second > 0 else -1
    return PREFIXES.get(path if end < 0 else path[:end], DEFAULT)
