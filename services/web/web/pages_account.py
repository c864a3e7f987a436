"""Signing up, in and out."""

import re
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import language, say
from web.answers import PageResponse
from web.forms import safe_return
from web.services import ServiceProblem
from web.visit import Visit
from web.words import field_errors, problem_words

PASSWORD_MIN = 8
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@get("/sign-in")
async def sign_in_form(visit: NamedDependency[Visit]) -> PageResponse:
    """The form to sign in; those who are signed in already go on."""
    back = _back(visit.request.query_params.get("return", ""))
    if visit.signed_in:
        return visit.redirect(back)
    return visit.page("sign_in.html", **_state(back, done=visit.request.query_params.get("done", "")))


@post("/sign-in")
async def sign_in(visit: NamedDependency[Visit]) -> PageResponse:
    """Sign in and go on to where the reader was."""
    form = await visit.form()
    back = _back(form.get("return", ""))
    errors = {} if form.get("password") else {"password": say("Enter your password.")}
    errors |= {} if form.get("email") else {"email": say("Enter your e-mail address.")}
    if errors:
        return visit.page("sign_in.html", 422, **_state(back, form, errors))
    try:
        await visit.send(
            "auth", "POST", "/api/users/signin", body={"email": form["email"], "password": form["password"]}
        )
    except ServiceProblem as problem:
        words = problem_words(problem)
        return visit.page("sign_in.html", problem.status, **_state(back, form, field_errors(problem, {}), words=words))
    return visit.redirect(back)


@get("/sign-up")
async def sign_up_form(visit: NamedDependency[Visit]) -> PageResponse:
    """The form for a new account."""
    back = _back(visit.request.query_params.get("return", ""))
    if visit.signed_in:
        return visit.redirect(back)
    return visit.page("sign_up.html", **_state(back))


@post("/sign-up")
async def sign_up(visit: NamedDependency[Visit]) -> PageResponse:
    """Create an account, sign in, go on."""
    form = await visit.form()
    back = _back(form.get("return", ""))
    errors = _sign_up_errors(form)
    if errors:
        return visit.page("sign_up.html", 422, **_state(back, form, errors))
    body = {"email": form["email"], "password": form["password"], "locale": language()}
    body |= {"name": form["name"]} if form.get("name") else {}
    try:
        await visit.send("auth", "POST", "/api/users/signup", body=body)
    except ServiceProblem as problem:
        errors = field_errors(problem, {})
        words = problem_words(problem)
        if problem.slug == "email-taken":
            errors = {"email": f"{words.title} {words.detail}"}
        return visit.page("sign_up.html", problem.status, **_state(back, form, errors, words=words))
    return visit.redirect(back)


@post("/sign-out")
async def sign_out(visit: NamedDependency[Visit]) -> PageResponse:
    """End the session everywhere."""
    await visit.form()
    await visit.send("auth", "POST", "/api/users/signout")
    visit.user_id = ""
    # Tickets that were kept for use without a network leave the device too.
    return visit.answer(b"", 303, "text/plain", {"Location": "/?done=signed-out", "Clear-Site-Data": '"storage"'})


def _sign_up_errors(form: dict[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not _EMAIL.fullmatch(form.get("email", "")):
        errors["email"] = say("Enter an e-mail address, for example name@example.org.")
    if len(form.get("password", "")) < PASSWORD_MIN:
        errors["password"] = say("Choose a password of %(number)s characters or more.", number=PASSWORD_MIN)
    return errors


def _back(target: str) -> str:
    return safe_return(target) if target else "/"


def _state(
    back: str, form: dict[str, str] | None = None, errors: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """What both forms need; a password is never written back into a page."""
    kept = {name: value for name, value in (form or {}).items() if name != "password"}
    return {"back": back, "form": kept, "errors": errors or {}, "words": None, "done": "", **more}


PAGES: list[ControllerRouterHandler] = [sign_in_form, sign_in, sign_up_form, sign_up, sign_out]
