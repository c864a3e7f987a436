"""Pages about accounts: what they show, worked out from what the services answered. Pure."""

from functools import cache
from zoneinfo import available_timezones

from fairseat_common.browsers import browser_of
from fairseat_common.languages import mark, say
from fairseat_common.money import MINOR_UNITS
from web import words_people
from web.models_people import Session
from web.views_reader import named_currencies

REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
SECTIONS = (
    ("/account", mark("Profile")),
    ("/account/security", mark("Security")),
    ("/account/data", mark("Your data")),
    ("/settings", mark("Mails")),
)
"""The pages about an account."""
CANCELLED = mark("Nothing was done: the passkey was not used. Try again when you are ready.")
FAILED = mark("That did not work. Try again, or use your password.")


@cache
def zones() -> tuple[str, ...]:
    """Names of time zones by region, as people look for them."""
    return tuple(sorted(name for name in available_timezones() if name.startswith(REGIONS)))


def currencies(language: str) -> tuple[tuple[str, str], ...]:
    """All currencies that are traded in, with their names in a language, by name."""
    return named_currencies(tuple(MINOR_UNITS), language)


def browser_text(session: Session) -> str:
    """`Firefox on Linux`; what the browser calls itself where we know no words for it."""
    browser, system = browser_of(session.user_agent)
    if browser and system:
        return say("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or session.user_agent or say("An unknown browser")


def passkey_texts() -> dict[str, str]:
    """What the page's script says, by the problem's slug."""
    known = {slug: " ".join(map(say, pair)) for slug, pair in words_people.WORDS.items() if _may_come(slug)}
    return {"cancelled": say(CANCELLED), "failed": say(FAILED), **known}


def _may_come(slug: str) -> bool:
    return slug.startswith("passkey-") or slug == "account-in-use"
