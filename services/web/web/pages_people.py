"""Pages about accounts: the profile. Passwords, passkeys and sessions, letters' links and one's data are beside it."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import LANGUAGES, say
from web import pages_people_data, pages_people_letters, pages_people_security, reading
from web.answers import PageResponse
from web.models_people import Profile
from web.services import ServiceProblem
from web.visit import Visit
from web.words import Words, field_errors, problem_words

ME = "/api/users/me"


@get("/account")
async def account(visit: NamedDependency[Visit]) -> PageResponse:
    """What the reader says about themselves, and whether their address is confirmed."""
    visit.need_user()
    return await _page(visit)


async def _page(
    visit: Visit,
    status: int = 200,
    *,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    words: Words | None = None,
) -> PageResponse:
    profile = await visit.ask("auth", "GET", ME, Profile)
    kept = {
        "name": profile.name,
        "locale": profile.locale or "",
        "timezone": profile.timezone or "",
        "currency": profile.currency or "",
        "email": profile.pending_email or "",
        **{name: value for name, value in (form or {}).items() if name != "password"},
    }
    done = visit.request.query_params.get("done", "")
    return visit.page("account.html", status, profile=profile, form=kept, errors=errors or {}, words=words, done=done)


@post("/account")
async def account_save(visit: NamedDependency[Visit]) -> PageResponse:
    """Save name, language, time zone and currency. What is chosen here counts from now on in this browser as well."""
    form = await visit.form()
    visit.need_user()
    chosen = form.get("locale", "")
    body = {
        "locale": chosen if chosen in LANGUAGES else None,
        "timezone": form.get("timezone") or None,
        "currency": form.get("currency") or None,
        # A name may stay as it is; it cannot be taken back, since receivers of tickets are told it.
        **({"name": form["name"]} if form.get("name") else {}),
    }
    try:
        await visit.send("auth", "PATCH", ME, body=body)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _refused(visit, form, problem)
    secure = visit.web.settings.secure
    kept = reading.cookie(chosen, secure=secure) if body["locale"] else reading.forgotten(reading.COOKIE, secure=secure)
    visit.set_cookies += [kept, reading.forgotten(reading.CURRENCY_COOKIE, secure=secure)]
    return visit.redirect("/account", done="account-saved")


@post("/account/email")
async def email_change(visit: NamedDependency[Visit]) -> PageResponse:
    """Begin to change the address: it is another one when the letter to it was answered."""
    form = await visit.form()
    visit.need_user()
    if "@" not in form.get("email", ""):
        errors = {"email": say("Enter an e-mail address, for example name@example.org.")}
        return await _page(visit, 422, form=form, errors=errors)
    body = {"email": form["email"], "password": form.get("password") or None}
    try:
        profile = await visit.ask("auth", "PATCH", ME, Profile, body=body)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _refused(visit, form, problem)
    return visit.redirect("/account", done="address-waits" if profile.pending_email else "address-kept")


async def _refused(visit: Visit, form: dict[str, str], problem: ServiceProblem) -> PageResponse:
    """The page again, with what is wrong beside its field."""
    words = problem_words(problem)
    errors = _said(field_errors(problem, {}))
    if problem.slug == "email-taken":
        errors["email"] = say("Another account has this address.")
    if problem.slug == "wrong-password":
        errors["password"] = say(words.title)
    status = 422 if problem.slug == "wrong-password" else problem.status
    return await _page(visit, status, form=form, errors=errors, words=words)


def _said(errors: dict[str, str]) -> dict[str, str]:
    """Errors in the reader's words: which field it is tells what is wrong with it."""
    known = {
        "email": say("Enter an e-mail address, for example name@example.org."),
        "password": say("Enter your password."),
        "timezone": say("Choose a time zone from the list, for example Europe/Berlin."),
        "name": say("Choose a shorter name, without special signs."),
        "currency": say("Choose a currency from the list."),
    }
    return {name: known.get(name, text) for name, text in errors.items()}


@post("/account/verification")
async def verification_send(visit: NamedDependency[Visit]) -> PageResponse:
    """Write to the address once more."""
    await visit.form()
    visit.need_user()
    try:
        await visit.send("auth", "POST", "/api/users/verification")
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _page(visit, problem.status, words=problem_words(problem))
    return visit.redirect("/account", done="letter-sent")


PAGES: list[ControllerRouterHandler] = [
    account,
    account_save,
    email_change,
    verification_send,
    *pages_people_data.PAGES,
    *pages_people_letters.PAGES,
    *pages_people_security.PAGES,
]
