"""The switches between languages and between currencies."""

from urllib.parse import urlsplit

from litestar import post
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import known_language
from web import reading
from web.answers import PageResponse
from web.forms import HOME, safe_return
from web.visit import Visit

RETURNED_TO = frozenset({"/sign-in", "/sign-up"})
"""Pages that nobody is sent back to after signing in, but after a change of language."""


@post("/language")
async def language_save(visit: NamedDependency[Visit]) -> PageResponse:
    """Keep a choice of language in this browser, and show the page again; an unknown language changes nothing."""
    form = await visit.form()
    chosen = known_language(form.get("language"))
    if chosen:
        visit.set_cookies.append(reading.cookie(chosen, secure=visit.web.settings.secure))
    return visit.redirect(_back(form.get("return", HOME)))


@post("/currency")
async def currency_save(visit: NamedDependency[Visit]) -> PageResponse:
    """Keep the currency that prices are told in beside their own, or none, and show the page again.

    A currency that is none of ours changes nothing.
    """
    form = await visit.form()
    try:
        kept = reading.currency_cookie(form.get("currency", ""), secure=visit.web.settings.secure)
        visit.set_cookies.append(kept)
    except ValueError:
        pass
    return visit.redirect(_back(form.get("return", HOME)))


def _back(target: str) -> str:
    return target if urlsplit(target).path in RETURNED_TO and target.startswith("/sign-") else safe_return(target)


PAGES: list[ControllerRouterHandler] = [language_save, currency_save]
"""Both work on every page, without scripts and without an account."""
