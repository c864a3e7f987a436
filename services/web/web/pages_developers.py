"""Pages about building on the API: how to begin, and API keys."""

from uuid import UUID

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark, say
from fairseat_common.web.scopes import NOUNS, SCOPES
from web import pages_developers_webhooks
from web.answers import PageResponse
from web.models import Page
from web.models_developers import ApiKey
from web.services import ServiceProblem
from web.visit import SignInNeeded, Visit
from web.words import Words, field_errors, problem_words

DAYS = ("7", "30", "90", "365")
PER_MINUTE = ("60", "600", "6000")
CURSOR_MAX = 200
CHECK = Words(mark("The key was not made."), mark("See the messages beside the fields."))
NAMES = {"expires_in_days": "days", "requests_per_minute": "per_minute"}


@get("/developers")
async def start(visit: NamedDependency[Visit]) -> PageResponse:
    """How to begin: a key, a token, a request, a webhook."""
    return visit.page("developers.html", origin=visit.web.settings.public_url)


@get("/developers/keys")
async def keys(visit: NamedDependency[Visit]) -> PageResponse:
    """The reader's keys, and a form for another one."""
    visit.need_user()
    return await _keys_page(visit)


async def _keys_page(
    visit: Visit,
    form: dict[str, str] | None = None,
    scopes: tuple[str, ...] = (),
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    made: ApiKey | None = None,
    status: int = 200,
) -> PageResponse:
    cursor = visit.request.query_params.get("cursor", "")[:CURSOR_MAX]
    query = {"cursor": cursor} if cursor else {}
    found = await visit.ask("auth", "GET", "/api/keys", Page[ApiKey], query=query)
    return visit.page(
        "developers_keys.html",
        status,
        keys=found,
        made=made,
        nouns=sorted(NOUNS),
        chosen=scopes,
        days=DAYS,
        rates=PER_MINUTE,
        form={"name": "", "days": "90", "per_minute": "600", **(form or {})},
        errors=errors or {},
        words=words,
    )


@post("/developers/keys")
async def key_make(visit: NamedDependency[Visit]) -> PageResponse:
    """Make a key. Its secret is on the page that answers, and on no other."""
    form = await visit.form()
    _need_user(visit)
    posted: FormMultiDict = await visit.request.form()
    given = {value for value in posted.getall("scope", []) if isinstance(value, str)}
    scopes = tuple(scope for scope in SCOPES if scope in given)
    errors = _mistakes(form, scopes)
    if errors:
        return await _keys_page(visit, form, scopes, errors, CHECK, status=422)
    body = {
        "name": form["name"],
        "scopes": list(scopes),
        "expires_in_days": int(form["days"]),
        "requests_per_minute": int(form["per_minute"]),
    }
    try:
        made = await visit.ask("auth", "POST", "/api/keys", ApiKey, body=body)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        found = field_errors(problem, NAMES)
        return await _keys_page(visit, form, scopes, found, problem_words(problem), status=problem.status)
    return await _keys_page(visit, made=made, status=201)


def _mistakes(form: dict[str, str], scopes: tuple[str, ...]) -> dict[str, str]:
    errors = {}
    if not form.get("name"):
        errors["name"] = say("Say what the key is for.")
    if not scopes:
        errors["scope"] = say("Choose at least one thing that the key may do.")
    if form.get("days") not in DAYS:
        errors["days"] = say("Choose how long the key is good for.")
    if form.get("per_minute") not in PER_MINUTE:
        errors["per_minute"] = say("Choose how often the key may ask.")
    return errors


@post("/developers/keys/{key_id:uuid}/end")
async def key_end(visit: NamedDependency[Visit], key_id: FromPath[UUID]) -> PageResponse:
    """End a key; one that is gone already is what was wished for."""
    await visit.form()
    _need_user(visit)
    try:
        await visit.send("auth", "DELETE", f"/api/keys/{key_id}")
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
    return visit.redirect("/developers/keys", done="key-ended")


def _need_user(visit: Visit) -> None:
    """Raise SignInNeeded; whoever signs in comes back to the page with the form."""
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded


PAGES: list[ControllerRouterHandler] = [start, keys, key_make, key_end, *pages_developers_webhooks.PAGES]
