"""What everybody may expect of every operation: a few rules, which operations each is for, and all exceptions.

An operation that is named nowhere falls under the strictest rule that fits it: whoever is signed out is refused, and of
what has an owner others do not learn that it is there.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from fairseat_common.web.scopes import scope_of
from fairseat_local.access.operations import Operation
from fairseat_local.access.world import BARE_KEY, KEY, OPERATOR, ORGANISER, PERSON, RIVAL, SELLER, SIGNED_OUT, STAFF

OWN, OTHER, MISSING, NOTHING = "own", "other's", "missing", "-"
OWNER, OWNERS_KEY = "owner", "owner's key"
IN = "in"
RuleName = Literal["public", "mine", "own", "anyone", "house", "organisers", "operator"]
BARE_SCOPE = "performers:read"

MEANING: dict[RuleName, str] = {
    "public": "Everybody, signed in or not.",
    "mine": "Everybody who is signed in, about what is theirs alone.",
    "own": "Its owner; for all others it is as if it were not there (404).",
    "anyone": "Everybody who is signed in, about something that is public.",
    "house": "The organiser of a public show or venue, and operators; others are refused (403).",
    "organisers": "Organisers and operators.",
    "operator": "Operators.",
}

PUBLIC: dict[str, tuple[str, ...]] = {
    "What is on, where, and for how much, is for everybody": (
        "GET /api/shows", "GET /api/shows/cities", "GET /api/shows/cities/{slug}", "GET /api/shows/facets",
        "GET /api/shows/index", "GET /api/shows/index/{kind}", "GET /api/shows/suggestions", "GET /api/shows/{show_id}",
        "GET /api/shows/{show_id}/performers", "GET /api/shows/{show_id}/resale-rules", "GET /api/venues",
        "GET /api/venues/{venue_id}", "GET /api/venues/{venue_id}/resale-rules", "GET /api/performers",
        "GET /api/performers/{performer_id}", "GET /api/organisers/{organiser_id}/resale-rules", "GET /api/listings",
        "GET /api/listings/sold", "GET /api/listings/summary", "GET /api/listings/{listing_id}",
        "GET /api/onsales/{show_id}", "GET /api/orders/switch",
    ),
    "Lines are public, by number and without names": (
        "GET /api/waiting/line", "GET /api/waiting/log", "GET /api/queues/{show_id}", "GET /api/queues/{show_id}/log",
    ),
    "Whoever signs in, signs up or has forgotten is signed out": (
        "POST /api/users/signin", "POST /api/users/signin/passkey", "POST /api/users/signin/passkey/options",
        "POST /api/users/signup", "POST /api/users/signout", "POST /api/users/refresh",
        "POST /api/users/password-reset", "POST /api/users/password-reset/confirm", "GET /api/users/currentuser",
        "POST /api/users/verification/confirm",
    ),
    "What is in the letter proves who asks": (
        "GET /api/notifications/unsubscribe", "POST /api/notifications/unsubscribe",
    ),
    "Keys and signatures are read in another way than sessions": (
        "GET /.well-known/jwks.json", "POST /api/users/token", "POST /api/payments/webhook",
    ),
}  # fmt: skip
"""The only operations for whoever is signed out, by reason."""

NAMED: dict[RuleName, tuple[str, ...]] = {
    "mine": (
        "GET /api/alerts", "GET /api/waiting", "GET /api/payments", "GET /api/listings/mine",
        "GET /api/listings/places", "POST /api/listings/bulk", "DELETE /api/favourites/{show_id}",
    ),
    "anyone": (
        "POST /api/alerts", "POST /api/waiting", "POST /api/orders", "POST /api/listings",
        "PUT /api/favourites/{show_id}", "GET /api/listings/guidance", "GET /api/listings/limits",
        "POST /api/queues/{show_id}/entries", "DELETE /api/queues/{show_id}/entries/mine",
    ),
    "house": (
        "PATCH /api/shows/{show_id}", "PUT /api/shows/{show_id}/resale-rules",
        "DELETE /api/shows/{show_id}/resale-rules",
        "PATCH /api/venues/{venue_id}", "PUT /api/venues/{venue_id}/resale-rules",
        "PUT /api/organisers/{organiser_id}/resale-rules", "POST /api/onsales", "PATCH /api/onsales/{show_id}",
        "PUT /api/queues/{show_id}", "DELETE /api/queues/{show_id}", "GET /api/gates/{show_id}",
        "GET /api/gates/{show_id}/offline", "GET /api/claims", "POST /api/scans", "POST /api/scans/batch",
        "GET /api/reports/{show_id}/attendance", "GET /api/reports/{show_id}/attendance.csv",
        "GET /api/reports/{show_id}/sales", "GET /api/reports/{show_id}/sales.csv",
    ),
    "organisers": (
        "POST /api/venues", "POST /api/shows", "POST /api/imports", "GET /api/teams",
        "PUT /api/teams/members/{who}", "DELETE /api/teams/members/{who}",
    ),
    "operator": (
        "GET /api/users", "GET /api/users/{user_id}", "POST /api/users/{user_id}/ban",
        "DELETE /api/users/{user_id}/ban", "PUT /api/users/{user_id}/roles", "PUT /api/orders/switch",
        "POST /api/orders/{order_id}/refunds",
        "POST /api/claims/{claim_id}/decision", "GET /api/payments/switch", "GET /api/payouts/switch",
        "PUT /api/payouts/switch", "GET /api/payouts/waiting",
    ),
}  # fmt: skip
"""Operations whose rule does not follow from their path. Each of these is wider, or refuses more plainly."""
OPERATORS = ("/operations/", "/api/ledger/")
PUBLIC_NAMES = frozenset(name for names in PUBLIC.values() for name in names)
_RULE_OF: dict[str, RuleName] = {name: rule for rule, names in NAMED.items() for name in names}
NOT_ASKED = {"POST /api/users/signout": "it ends the session of whoever asks"}
"""Operations that are only asked by whoever is refused."""


class Exceptional(NamedTuple):
    """Answers that no rule gives: who hears what, about whose thing, and why that is right."""

    operation: str
    roles: frozenset[str]
    states: frozenset[str]
    outcome: str
    why: str


def _except(operation: str, outcome: str, why: str, *roles: str, states: tuple[str, ...] = (OTHER,)) -> Exceptional:
    return Exceptional(operation, frozenset(roles), frozenset(states), outcome, why)


NOBODY = (PERSON, SELLER, STAFF, KEY)
SIGNED_IN = (PERSON, SELLER, ORGANISER, RIVAL, STAFF, OPERATOR, KEY)
DOOR = "staff with the duty to scan"
EMPTY = "of a show that is not there nothing has happened"
OPERATED = ("auth", "catalog", "expiration", "notifications", "orders", "payments", "tickets")
EXCEPTIONS = (
    _except("GET /api/claims/{claim_id}", IN, "a claim has sides: its seller, its door, operators",
            SELLER, ORGANISER, STAFF, OPERATOR),
    _except("POST /api/claims", IN, "the door saw what was wrong", STAFF, ORGANISER, OPERATOR),
    _except("GET /api/claims", IN, DOOR, STAFF),
    _except("GET /api/gates/{show_id}", IN, DOOR, STAFF),
    _except("GET /api/gates/{show_id}/offline", IN, DOOR, STAFF),
    _except("POST /api/scans", IN, DOOR, STAFF),
    _except("POST /api/scans/batch", IN, DOOR, STAFF),
    _except("GET /api/scans/{scan_id}", IN, "all who may scan at a door see its scans", ORGANISER, OPERATOR),
    _except("GET /api/payments/timeline/{order_id}", IN, "both sides of a sale see where its money is", SELLER),
    _except("PATCH /api/shows/{show_id}", "403", "editing is for organisers: refused before any show is looked for",
            *NOBODY, states=(MISSING,)),
    _except("PATCH /api/venues/{venue_id}", "403", "editing is for organisers: refused before any venue is looked for",
            *NOBODY, states=(MISSING,)),
    _except("DELETE /api/teams/members/{who}", "404", "nobody of one's own team", RIVAL, OPERATOR),
    _except("POST /api/shows", IN, "that there is no such venue is said beside the field", ORGANISER, RIVAL, OPERATOR,
            states=(MISSING,)),
    _except("POST /api/listings/bulk", IN, "what became of each listing is said one by one", *SIGNED_IN,
            states=(MISSING,)),
    _except("DELETE /api/favourites/{show_id}", IN, "saved no longer, whatever it was", *SIGNED_IN, states=(MISSING,)),
    _except("GET /api/queues/{show_id}/log", IN, EMPTY, SIGNED_OUT, *SIGNED_IN, states=(MISSING,)),
    _except("GET /api/waiting/log", IN, EMPTY, SIGNED_OUT, *SIGNED_IN, states=(MISSING,)),
    _except("GET /api/waiting/line", IN, EMPTY, SIGNED_OUT, *SIGNED_IN, states=(MISSING,)),
    _except("GET /api/listings/sold", IN, EMPTY, SIGNED_OUT, *SIGNED_IN, states=(MISSING,)),
    _except("POST /api/users/token", "401", "only the secret of a key opens this", SIGNED_OUT, *SIGNED_IN, BARE_KEY,
            states=(NOTHING,)),
    _except("POST /api/users/refresh", "401", "there is no session to go on with", SIGNED_OUT, states=(NOTHING,)),
    _except("POST /api/transfers/{transfer_id}/accept", "404", "it is for whom it was sent to", OWNER, OWNERS_KEY,
            states=(OWN,)),
    _except("POST /api/transfers/{transfer_id}/decline", "404", "it is for whom it was sent to", OWNER, OWNERS_KEY,
            states=(OWN,)),
    *(_except(f"POST /operations/{name}/dead-letters/{{consumer}}/{{event_id}}/replay", "404",
              "there is no dead letter of nobody's", OPERATOR, states=(NOTHING,)) for name in OPERATED),
)  # fmt: skip


def rule_of(operation: Operation) -> RuleName:
    """The rule of an operation."""
    if operation.name in PUBLIC_NAMES:
        return "public"
    return _RULE_OF.get(operation.name) or strictest(operation)


def strictest(operation: Operation) -> RuleName:
    """The rule of an operation that nobody has named."""
    if operation.path.startswith(OPERATORS):
        return "operator"
    return "own" if operation.subject else "mine"


def expected(operation: Operation, role: str, state: str) -> str:
    """`in`, or the status of the refusal."""
    exceptional = exception_for(operation, role, state)
    return exceptional.outcome if exceptional else by_rule(operation, role, state)


def exception_for(operation: Operation, role: str, state: str) -> Exceptional | None:
    """The exception that is made, if there is one."""
    for each in EXCEPTIONS:
        if each.operation == operation.name and role in each.roles and state in each.states:
            return each
    return None


def by_rule(operation: Operation, role: str, state: str, rule: RuleName | None = None) -> str:
    """What the rule says, without exceptions."""
    rule = rule or rule_of(operation)
    if role in (KEY, BARE_KEY, OWNERS_KEY):
        scope = scope_of(operation.method, operation.path)
        if scope is None or (role == BARE_KEY and scope != BARE_SCOPE):
            return "403"
    if role == SIGNED_OUT and rule != "public":
        return "401"
    # A query narrows one's own list down, to nothing if it names nothing.
    narrowing = operation.within == "query" and rule in ("mine", "operator")
    return _let_in(rule, role, state) if state != MISSING or narrowing else _missing(rule, role)


def _let_in(rule: RuleName, role: str, state: str) -> str:
    owner = role in (OWNER, OWNERS_KEY)
    allowed = {
        "public": True,
        "mine": True,
        "anyone": True,
        "own": state == OWN,
        "house": owner or role == OPERATOR,
        "organisers": owner or role in (ORGANISER, RIVAL, OPERATOR),
        "operator": role == OPERATOR,
    }[rule]
    return IN if allowed else "404" if rule == "own" else "403"


def _missing(rule: RuleName, role: str) -> str:
    """Whoever is refused anyway is refused before anything is looked for, except where all may know what is there."""
    refused = rule in ("operator", "organisers") and _let_in(rule, role, MISSING) != IN
    return "403" if refused else "404"
