"""What the token of an API key may do: decided here, by path and method, before any route is looked for.

A scope is ``<noun>:read`` or ``<noun>:write``, where the noun is the path's own: `GET /api/orders/{id}` wants
``orders:read``, `POST /api/orders` wants ``orders:write``. What is not listed is refused, so a route that is new and
unheard of here is closed to keys until somebody opens it.
"""

from __future__ import annotations

from fairseat_common.contracts.refusals import Forbidden

NOUNS: dict[str, str] = {
    "alerts": "price alerts",
    "claims": "claims on the guarantee",
    "favourites": "saved shows",
    "gates": "doors, and who was let in",
    "imports": "imports of shows",
    "listings": "tickets for sale",
    "notifications": "mails, and which are wanted",
    "onsales": "first sales of whole houses",
    "orders": "holds and purchases",
    "organisers": "rules for all shows of an organiser",
    "payments": "payments of orders",
    "payouts": "payouts to sellers",
    "performers": "performers",
    "queues": "waiting rooms of on-sales",
    "reports": "reports on sales and attendance",
    "sales": "what was sold",
    "scans": "scans at doors",
    "shows": "shows",
    "teams": "who works for an organiser",
    "tickets": "tickets and their codes",
    "transfers": "tickets that are given away",
    "venues": "venues and their charts",
    "waiting": "waiting lists",
    "webhooks": "webhooks",
}
"""Everything that a key can be let into, and what it is about."""

CLOSED = frozenset({"keys", "ledger", "users"})
"""Never a key's: keys, accounts and sign-ins, and what operators do."""

OPEN = frozenset({("POST", "/api/users/token"), ("GET", "/api/openapi.json"), ("GET", "/api/asyncapi.json")})
"""Where a token is asked for, and what programs read about the API: no scope is needed."""

SCOPES = tuple(f"{noun}:{deed}" for noun in sorted(NOUNS) for deed in ("read", "write"))
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ScopeMissing(Forbidden):
    """The key behind the token was not given what the request needs."""

    slug = "scope-missing"
    title = "The API key may not do this"
    detail = "Make a key that has the scope named in `scope`: /developers/keys."


class NotForKeys(Forbidden):
    """No key may do this, whatever its scopes."""

    slug = "not-for-keys"
    title = "Not with an API key"
    detail = "Accounts, keys and what operators do need somebody who is signed in."


def scope_of(method: str, path: str) -> str | None:
    """The scope that a request needs; None where no key is let in."""
    parts = path.split("/")
    if len(parts) < 3 or parts[0] or parts[1] != "api" or parts[2] not in NOUNS:
        return None
    return f"{parts[2]}:{'read' if method in READING else 'write'}"


def expect_scope(method: str, path: str, scopes: frozenset[str]) -> None:
    """Raise NotForKeys or ScopeMissing unless a token with these scopes may make the request."""
    if (method, path) in OPEN:
        return
    needed = scope_of(method, path)
    if needed is None:
        raise NotForKeys
    if needed not in scopes:
        raise ScopeMissing(f"This needs the scope {needed}.", scope=needed)
