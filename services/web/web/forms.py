"""What forms have in common: keys against double clicks, ways back, and the messages after a redirect."""

from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from fairseat_common.languages import say
from web.words_all import AREAS, gathered

KEY_HEADER = "Idempotency-Key"
HOME = "/"

DONE: dict[str, str] = {
    "listed": "Your seats are on sale.",
    "saved": "The listing is saved.",
    "withdrawn": "The listing is withdrawn. Seats that were sold stay sold.",
    "given-up": "The seats are free again. You have not been charged.",
    "signed-out": "You are signed out.",
    "refund-due": "The refund is under way. The tickets are void.",
}
_DONE = gathered([DONE, *(area.DONE for area in AREAS)])


def form_key(form: dict[str, str], *parts: str) -> str:
    """The idempotency key of a form: made when the page was rendered, the same for each click on the same choice.

    The choice is part of it, so that going back and choosing differently is a new request and no conflict.
    """
    try:
        base = UUID(form.get("key", ""))
    except ValueError:
        base = NAMESPACE_URL
    return str(uuid5(base, "/".join(parts)))


def safe_return(target: str) -> str:
    """A path of our own to go back to; home for anything that could lead elsewhere."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target or not target.isprintable():
        return HOME
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-", "/static/", "/api/")):
        return HOME
    return quote(target, safe="/?&=%#+-._~:,@!$'()*;[]")


def done_text(code: str) -> str:
    """The message after a redirect; nothing for a code that is none of ours."""
    return say(_DONE.get(code, ""))
