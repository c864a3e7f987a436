"""What Fairseat has of the reader: a copy of it, and its end.

The copy is put together from what the services tell the reader anyway, page by page: there is no second way to the data
that could tell more, or less, than the first.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web.answers import PageResponse
from web.models_people import Profile
from web.services import ServiceProblem
from web.visit import Visit
from web.words import Words, problem_words

PAGES_MAX = 100
"""Pages of each list, of a hundred items each."""
LIST_MAX = "100"
FILE = "fairseat-data.json"


class Listed(NamedTuple):
    """A list that belongs to the reader."""

    name: str
    service: str
    path: str
    query: dict[str, str]


LISTS = (
    Listed("orders", "orders", "/api/orders", {}),
    Listed("waiting", "orders", "/api/waiting", {}),
    Listed("waiting_rooms", "orders", "/api/queues", {}),
    Listed("tickets", "tickets", "/api/tickets", {}),
    Listed("listings", "tickets", "/api/listings/mine", {}),
    Listed("transfers_sent", "tickets", "/api/transfers", {"box": "sent"}),
    Listed("transfers_received", "tickets", "/api/transfers", {"box": "received"}),
    Listed("payments", "payments", "/api/payments", {}),
    Listed("sales", "payments", "/api/sales", {}),
    Listed("payouts", "payments", "/api/payouts", {}),
    Listed("saved_shows", "notifications", "/api/favourites", {}),
    Listed("alerts", "notifications", "/api/alerts", {}),
    Listed("mails", "notifications", "/api/notifications", {}),
    Listed("api_keys", "auth", "/api/keys", {}),
    Listed("webhooks", "notifications", "/api/webhooks", {}),
)


@get("/account/data")
async def data(visit: NamedDependency[Visit]) -> PageResponse:
    """A copy of one's data, and the way out."""
    visit.need_user()
    return await _page(visit)


async def _page(
    visit: Visit, status: int = 200, errors: dict[str, str] | None = None, words: Words | None = None
) -> PageResponse:
    profile = await visit.ask("auth", "GET", "/api/users/me", Profile)
    return visit.page("account_data.html", status, profile=profile, errors=errors or {}, words=words)


@get("/account/data/export")
async def export(visit: NamedDependency[Visit]) -> PageResponse:
    """Everything that Fairseat keeps about the reader, as one file."""
    visit.need_user()
    account = await visit.ask("auth", "GET", "/api/users/me/export", dict[str, Any])
    lists = await asyncio.gather(*(_all(visit, listed) for listed in LISTS))
    found = {
        "made_at": datetime.now(UTC),
        "account": account,
        **{listed.name: items for listed, items in zip(LISTS, lists, strict=True)},
    }
    body = msgspec.json.format(msgspec.json.encode(found), indent=1)
    return visit.answer(body, 200, "application/json", {"Content-Disposition": f'attachment; filename="{FILE}"'})


async def _all(visit: Visit, listed: Listed) -> list[Any]:
    """All items of a list. Raises ServiceDown where a service cannot be asked: half a copy would look like a whole."""
    items: list[Any] = []
    query = {**listed.query, "limit": LIST_MAX}
    for _ in range(PAGES_MAX):
        page = await visit.ask(listed.service, "GET", listed.path, dict[str, Any], query=query)
        items += page["items"]
        if not page.get("next_cursor"):
            break
        query = {**query, "cursor": page["next_cursor"]}
    return items


@post("/account/data/delete")
async def delete_account(visit: NamedDependency[Visit]) -> PageResponse:
    """Delete the account for good, if the password fits and nobody needs it."""
    form = await visit.form()
    visit.need_user()
    if not form.get("password"):
        return await _page(visit, 422, {"password": say("Enter your password.")})
    try:
        await visit.send("auth", "DELETE", "/api/users/me", body={"password": form["password"]})
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        words = problem_words(problem)
        if problem.slug == "wrong-password":
            return await _page(visit, 422, {"password": say(words.title)}, words)
        return await _page(visit, problem.status, words=words)
    visit.user_id = ""
    headers = {"Location": "/?done=account-deleted", "Clear-Site-Data": '"storage"'}
    return visit.answer(b"", 303, "text/plain", headers)


PAGES: list[ControllerRouterHandler] = [data, export, delete_account]
