"""Failures as pages: every one says what happened, what it means, and the way on."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from fairseat_common.telemetry import request_id
from fairseat_common.web import problems
from web.answers import PageResponse
from web.forms import safe_return
from web.services import ServiceDown, ServiceProblem
from web.visit import AnyRequest, FormForged, SignInNeeded, Visit, gone
from web.words import Words, problem_words

log = structlog.get_logger(__name__)

OPEN = Callable[[AnyRequest], Visit]

NOT_FOUND = Words("We cannot find that page.", "The link may be incomplete, or what it led to is gone.")
NOT_YOURS = Words("This is not yours to open.", "You are signed in with an account that may not see this.")
FORGED = Words(
    "This form has been open for too long.", "Nothing was changed. Go back, reload the page and send it again."
)
NO_RECEIPT = Words(
    "There is no receipt for this order.", "A receipt is written when the seats are confirmed and paid for."
)
METHOD = Words("That does not work here.", "The page exists but cannot be used in this way.")
TOO_LARGE = Words("That was too much at once.", "Send less text and try again.")
BROKEN = Words(
    "Something broke on our side.",
    "We have logged it. If you were paying: nobody is charged without getting the seats.",
)
DOWN = Words(
    "A part of Fairseat is not answering.",
    "This usually passes within a minute. If you hold seats, they stay yours until the clock runs out.",
)


def handlers(open_bare: OPEN) -> dict[Any, Any]:
    """Handlers for Litestar. `open_bare` makes a visit without asking any service."""

    def visit_of(request: AnyRequest) -> Visit:
        known = getattr(request.state, "visit", None)
        return known if isinstance(known, Visit) else open_bare(request)

    def sign_in(request: AnyRequest, _: Exception) -> PageResponse:
        return to_sign_in(visit_of(request))

    def said_no(request: AnyRequest, problem: ServiceProblem) -> PageResponse:
        return _said_no(visit_of(request), problem)

    def down(request: AnyRequest, failure: ServiceDown) -> PageResponse:
        log.warning("web.service_down", service=failure.service, why=str(failure))
        return fault(visit_of(request), 503, DOWN, retry=_again(request))

    def forged(request: AnyRequest, _: FormForged) -> PageResponse:
        return fault(visit_of(request), 403, FORGED)

    def refused(request: AnyRequest, error: HTTPException) -> PageResponse | Response[bytes]:
        if _for_programs(request):
            return problems.answer_http(request, error)
        words = {405: METHOD, 413: TOO_LARGE}.get(error.status_code, NOT_FOUND)
        return fault(visit_of(request), error.status_code, words)

    def crashed(request: AnyRequest, error: Exception) -> PageResponse:
        log.error("web.crashed", path=request.url.path, exc_info=error)
        return fault(visit_of(request), 500, BROKEN, retry=_again(request))

    return {
        SignInNeeded: sign_in,
        ServiceProblem: said_no,
        ServiceDown: down,
        FormForged: forged,
        HTTPException: refused,
        Exception: crashed,
    }


def _for_programs(request: AnyRequest) -> bool:
    """Whether the answer is read by a program, which wants a problem document, and not by a person."""
    return request.url.path.startswith("/api/")


def fault(visit: Visit, status: int, words: Words, retry: str = "") -> PageResponse:
    """A page that explains a failure."""
    return visit.page("fault.html", status, words=words, status=status, retry=retry, request_id=request_id.get() or "")


def to_sign_in(visit: Visit) -> PageResponse:
    """The way to sign in and back to where the reader was; for a form, back to the page it stood on."""
    back = visit.path if visit.request.method == "GET" else urlsplit(visit.request.headers.get("referer", "/")).path
    return visit.redirect("/sign-in", **{"return": safe_return(back)})


def _said_no(visit: Visit, problem: ServiceProblem) -> PageResponse:
    if problem.status == 401:
        # The token looked well but a service thinks otherwise: begin anew.
        visit.user_id = ""
        visit.set_cookies.extend(gone(visit.web.settings))
        return to_sign_in(visit)
    if problem.status == 404:
        return fault(visit, 404, NOT_FOUND)
    if problem.status == 403:
        return fault(visit, 403, NOT_YOURS)
    return fault(visit, problem.status, problem_words(problem))


def _again(request: AnyRequest) -> str:
    """Where to try again: the same page; never a form, which must not be sent twice by a link."""
    return safe_return(request.url.path) if request.method == "GET" else ""
