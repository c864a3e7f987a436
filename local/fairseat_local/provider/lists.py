"""Reading: one object, pages of objects newest first, and search by metadata."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from fairseat_local.provider import errors
from fairseat_local.provider.endpoints import NoParams
from fairseat_local.provider.journal import kind_name
from fairseat_local.provider.objects import ApiObject, Stored, WebhookEndpoint
from fairseat_local.provider.params import Short, Text
from fairseat_local.provider.work import Work

Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
SEARCH_TERMS_MAX = 10
_UNDELIVERED = "exists (select 1 from deliveries where event_id = objects.id and state <> 'delivered')"
_TERM = re.compile(r"""^metadata\[(['"])([^'"\]]{1,40})\1\]:(['"])([^'"]{0,500})\3$""")


class Created(msgspec.Struct, forbid_unknown_fields=True):
    """Bounds of a creation time, in seconds since 1970."""

    gt: int | UnsetType = UNSET
    gte: int | UnsetType = UNSET
    lt: int | UnsetType = UNSET
    lte: int | UnsetType = UNSET


class ListParams(msgspec.Struct, kw_only=True):
    """Parameters of every list."""

    limit: Limit = 10
    starting_after: Short | None = None
    ending_before: Short | None = None
    created: int | Created | UnsetType = UNSET


class ListChildren(ListParams, kw_only=True):
    """Parameters of lists of what belongs to an intent."""

    payment_intent: Short | None = None


class ListCharges(ListChildren, kw_only=True):
    """Parameters of `GET /v1/charges`."""

    transfer_group: Short | None = None


class ListOfCharge(ListChildren, kw_only=True):
    """Parameters of lists of what belongs to a charge."""

    charge: Short | None = None


class ListTransfers(ListParams, kw_only=True):
    """Parameters of `GET /v1/transfers`."""

    destination: Short | None = None
    transfer_group: Short | None = None


class ListEvents(ListParams, kw_only=True):
    """Parameters of `GET /v1/events`."""

    delivery_success: bool | None = None
    type: Short | None = None
    types: list[Short] | None = None


class SearchParams(msgspec.Struct, kw_only=True):
    """Parameters of a search; `page` is the `next_page` of the page before."""

    query: Text
    limit: Limit = 10
    page: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,18}$")] | None = None


class Page(msgspec.Struct, kw_only=True):
    """A page of a list."""

    object: Literal["list"] = "list"
    url: str
    has_more: bool
    data: list[Any]


class SearchPage(msgspec.Struct, kw_only=True):
    """A page of search results."""

    object: Literal["search_result"] = "search_result"
    url: str
    has_more: bool
    next_page: str | None
    data: list[Any]


def reader(kind: type[ApiObject], noun: str) -> Callable[[Work, str, NoParams], ApiObject]:
    """A handler that answers one object."""

    def retrieve(work: Work, object_id: str, _: NoParams) -> ApiObject:
        return _shown(work.load(kind, noun, object_id))

    return retrieve


def lister(kind: type[ApiObject], url: str) -> Callable[[Work, str, Any], Page]:
    """A handler that answers a page of objects, newest first, with the filters of its parameters."""

    def page(work: Work, _: str, params: ListParams) -> Page:
        return _page(work, kind, url, params, parent=None)

    return page


def child_lister(kind: type[ApiObject], of: type[ApiObject]) -> Callable[[Work, str, ListParams], Page]:
    """A handler that answers a page of what belongs to the object in the path."""
    noun, plural = kind_name(of), kind_name(kind).removeprefix(f"{kind_name(of)}_") + "s"

    def page(work: Work, object_id: str, params: ListParams) -> Page:
        parent = work.load(of, noun, object_id)
        return _page(work, kind, f"/v1/{noun}s/{parent.id}/{plural}", params, parent=parent.id)

    return page


def searcher(kind: type[ApiObject]) -> Callable[[Work, str, SearchParams], SearchPage]:
    """A handler that answers objects whose metadata has all the given values.

    A query is `metadata['order_id']:'...'`, or several of them joined by AND.
    """

    def search(work: Work, _: str, params: SearchParams) -> SearchPage:
        conditions, values = ["true"], list[Any]()
        for name, value in _terms(params.query):
            conditions.append("seq in (select object_seq from metadata where name = ? and value = ?)")
            values += [name, value]
        if params.page:
            conditions.append("seq < ?")
            values.append(int(params.page))
        rows = work.journal.select(kind, " and ".join(conditions), values, newest_first=True, limit=params.limit + 1)
        has_more = len(rows) > params.limit
        rows = rows[: params.limit]
        return SearchPage(
            url=f"/v1/{kind_name(kind)}s/search",
            has_more=has_more,
            next_page=str(rows[-1][0]) if has_more else None,
            data=[value for _, value in rows],
        )

    return search


def _page(work: Work, kind: type[ApiObject], url: str, params: ListParams, *, parent: str | None) -> Page:
    conditions, values = ["true"], list[Any]()
    if parent is not None:
        conditions.append("parent = ?")
        values.append(parent)
    _filter(params, conditions, values)
    backwards = params.ending_before is not None
    for sign, anchor in (("<", params.starting_after), (">", params.ending_before)):
        if anchor:
            conditions.append(f"seq {sign} ?")
            values.append(_place(work, kind, anchor))
    rows = work.journal.select(
        kind, " and ".join(conditions), values, newest_first=not backwards, limit=params.limit + 1
    )
    found = [_shown(value) for _, value in rows[: params.limit]]
    return Page(url=url, has_more=len(rows) > params.limit, data=found[::-1] if backwards else found)


def _filter(params: ListParams, conditions: list[str], values: list[Any]) -> None:
    created = params.created
    if isinstance(created, int):
        created = Created(gte=created, lte=created)
    if isinstance(created, Created):
        for bound, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
            if (seconds := getattr(created, bound)) is not UNSET:
                conditions.append(f"created {sign} ?")
                values.append(seconds)
    for name in ("payment_intent", "destination"):  # what the journal files these under
        if wanted := getattr(params, name, None):
            conditions.append("parent = ?")
            values.append(wanted)
    if isinstance(params, ListEvents):
        _filter_events(params, conditions, values)
    for name in ("charge", "transfer_group", "type"):
        if (wanted := getattr(params, name, None)) is not None:
            conditions.append(f"json_extract(body, '$.{name}') = ?")
            values.append(wanted)


def _filter_events(params: ListEvents, conditions: list[str], values: list[Any]) -> None:
    if params.types:
        conditions.append(f"json_extract(body, '$.type') in ({', '.join('?' * len(params.types))})")
        values += params.types
    if params.delivery_success is not None:
        conditions.append(f"{'not ' if params.delivery_success else ''}{_UNDELIVERED}")


def _place(work: Work, kind: type[ApiObject], anchor: str) -> int:
    place = work.journal.seq_of(kind, anchor)
    if place is None:
        raise errors.missing("object", anchor, "starting_after")
    return place


def _terms(query: str) -> list[tuple[str, str]]:
    terms = re.split(r"\s+AND\s+", query.strip())
    matches = [_TERM.match(term) for term in terms[:SEARCH_TERMS_MAX]]
    found = [(match[2], match[4]) for match in matches if match]
    if len(found) != len(terms):
        message = "A search is metadata['name']:'value', joined by AND."
        raise errors.invalid(message, code="parameter_invalid", param="query")
    return found


def _shown(value: Stored) -> Stored:
    """Secrets of endpoints are told once, when they are made."""
    return msgspec.structs.replace(value, secret=None) if isinstance(value, WebhookEndpoint) else value
