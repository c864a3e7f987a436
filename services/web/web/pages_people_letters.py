"""Where the links of letters lead: an address is confirmed, a password is set anew.

Nothing changes by looking: programs that check mails follow links too. The token stays out of other sites' sight.
"""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import language, say
from web.answers import PageResponse
from web.models_people import Verified
from web.services import ServiceProblem
from web.visit import Visit
from web.words import problem_words

TOKEN_MAX = 128
PASSWORD_MIN = 8


@get("/verify")
async def verify_form(visit: NamedDependency[Visit]) -> PageResponse:
    """What the link of a letter would confirm."""
    return visit.page("verify.html", token=_token(visit), email="", words=None)


@post("/verify")
async def verify(visit: NamedDependency[Visit]) -> PageResponse:
    """Confirm the address."""
    form = await visit.form()
    body = {"token": form.get("token", "")[:TOKEN_MAX] or "-"}
    try:
        found = await visit.ask("auth", "POST", "/api/users/verification/confirm", Verified, body=body)
    except ServiceProblem as problem:
        return visit.page("verify.html", problem.status, token="", email="", words=problem_words(_link(problem)))
    return visit.page("verify.html", token="", email=found.email, words=None)


@get("/forgot")
async def forgot_form(visit: NamedDependency[Visit]) -> PageResponse:
    """Whose password is to be set anew."""
    return visit.page("forgot.html", **_state())


@post("/forgot")
async def forgot(visit: NamedDependency[Visit]) -> PageResponse:
    """Ask for the letter; the answer is the same whether or not there is an account."""
    form = await visit.form()
    if "@" not in form.get("email", ""):
        errors = {"email": say("Enter an e-mail address, for example name@example.org.")}
        return visit.page("forgot.html", 422, **_state(form, errors))
    try:
        body = {"email": form["email"], "locale": language()}
        await visit.send("auth", "POST", "/api/users/password-reset", body=body)
    except ServiceProblem as problem:
        errors = {}
        if problem.slug == "invalid":
            errors = {"email": say("Enter an e-mail address, for example name@example.org.")}
        return visit.page("forgot.html", problem.status, **_state(form, errors, words=problem_words(problem)))
    return visit.page("forgot.html", **_state(form, asked=True))


@get("/reset")
async def reset_form(visit: NamedDependency[Visit]) -> PageResponse:
    """The form for the new password."""
    return visit.page("reset.html", token=_token(visit), errors={}, words=None)


@post("/reset")
async def reset(visit: NamedDependency[Visit]) -> PageResponse:
    """Set the new password; every session ends, this one too."""
    form = await visit.form()
    token = form.get("token", "")[:TOKEN_MAX]
    if len(form.get("password", "")) < PASSWORD_MIN:
        errors = {"password": say("Choose a password of %(number)s characters or more.", number=PASSWORD_MIN)}
        return visit.page("reset.html", 422, token=token, errors=errors, words=None)
    try:
        body = {"token": token or "-", "password": form["password"]}
        await visit.send("auth", "POST", "/api/users/password-reset/confirm", body=body)
    except ServiceProblem as problem:
        if problem.slug == "invalid" and "password" in {error.field for error in problem.problem.errors}:
            errors = {"password": say("Choose another password: this one is among those that are tried first.")}
            return visit.page("reset.html", 422, token=token, errors=errors, words=None)
        return visit.page("reset.html", problem.status, token="", errors={}, words=problem_words(_link(problem)))
    if visit.signed_in:
        await visit.send("auth", "POST", "/api/users/signout")
        visit.user_id = ""
    return visit.redirect("/sign-in", done="password-reset")


def _link(problem: ServiceProblem) -> ServiceProblem:
    """A token that is none is a link that does not work."""
    if problem.slug != "invalid":
        return problem
    return ServiceProblem(type(problem.problem)(type="link-invalid", status=422))


def _token(visit: Visit) -> str:
    return visit.request.query_params.get("token", "")[:TOKEN_MAX]


def _state(form: dict[str, str] | None = None, errors: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {"form": form or {}, "errors": errors or {}, "words": None, "asked": False, **more}


PAGES: list[ControllerRouterHandler] = [verify_form, verify, forgot_form, forgot, reset_form, reset]
