"""What a person reads about building on the API: problems by their slug, and messages after a redirect."""

from fairseat_common.languages import mark

WORDS: dict[str, tuple[str, str]] = {
    "key-limit": (
        "You have as many keys as an account may have.",
        "End one that is no longer used, then make the new one.",
    ),
    "webhook-limit": (
        "You have as many webhooks as an account may have.",
        "Remove one, or have another one hear more subjects.",
    ),
    "webhook-off": ("This webhook is switched off.", "Switch it on first."),
    "session-ended": ("Your session has ended.", "Sign in again."),
    "not-for-keys": ("An API key cannot do this.", "Sign in and do it yourself."),
    "scope-missing": ("The API key was not given what this needs.", "Make a key that has the scope."),
    "key-invalid": ("The API key is not valid.", "It has expired or was ended: make a new one."),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "key-ended": "The key is ended. Tokens made with it stop within five minutes.",
    "webhook-removed": "The webhook is removed, and its log with it.",
    "webhook-on": "The webhook is on.",
    "webhook-off": "The webhook is off. What happens meanwhile is not sent.",
    "webhook-tested": "A test is on its way.",
    "delivery-replayed": "The delivery is on its way again.",
}
ABOUT: dict[str, str] = {
    "alerts": mark("Price alerts"),
    "claims": mark("Claims on the guarantee"),
    "favourites": mark("Saved shows"),
    "gates": mark("Doors, and who was let in"),
    "imports": mark("Imports of shows"),
    "keys": mark("API keys"),
    "ledger": mark("The double-entry ledger, for operators"),
    "listings": mark("Tickets for sale"),
    "notifications": mark("Mails, and which are wanted"),
    "onsales": mark("First sales of whole houses"),
    "operations": mark("Inside of each service, for operators"),
    "orders": mark("Holds and purchases"),
    "organisers": mark("Rules for all shows of an organiser"),
    "payments": mark("Payments of orders"),
    "payouts": mark("Payouts to sellers"),
    "performers": mark("Performers"),
    "queues": mark("Waiting rooms"),
    "reports": mark("Reports on sales and attendance"),
    "sales": mark("What was sold"),
    "scans": mark("Scans at doors"),
    "shows": mark("Shows"),
    "teams": mark("Who works for an organiser"),
    "tickets": mark("Tickets and their codes"),
    "transfers": mark("Tickets that are given away"),
    "users": mark("Accounts, sessions and tokens"),
    "venues": mark("Venues and their charts"),
    "waiting": mark("Waiting lists"),
    "webhooks": mark("Webhooks"),
}
"""What each part of the API is about."""
