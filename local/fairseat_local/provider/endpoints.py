"""Webhook endpoints: the one given on the command line, and those made over the API."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import Metadata, WebhookEndpoint, new_id
from fairseat_local.provider.params import Text
from fairseat_local.provider.work import Work

ENDPOINTS_MAX = 16
COMMAND_LINE_ID = "we_command_line"

EventTypes = Annotated[list[Text], msgspec.Meta(min_length=1, max_length=100)]


class CreateEndpoint(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/webhook_endpoints`."""

    url: Text
    enabled_events: EventTypes
    metadata: Metadata = {}


class NoParams(msgspec.Struct):
    """For requests that take no parameters."""


class Deleted(msgspec.Struct):
    """The answer to a DELETE."""

    id: str
    object: str
    deleted: bool = True


def endpoint_create(work: Work, _: str, params: CreateEndpoint) -> WebhookEndpoint:
    """Send events to one more place; only this answer tells the secret."""
    if urlsplit(params.url).scheme not in ("http", "https"):
        raise errors.invalid("Invalid URL.", code="url_invalid", param="url")
    if len(work.journal.all_of(WebhookEndpoint)) >= ENDPOINTS_MAX:
        raise errors.refused(f"At most {ENDPOINTS_MAX} webhook endpoints.", code="resource_limit_reached")
    endpoint = WebhookEndpoint(
        id=new_id("we"),
        created=work.now,
        url=params.url,
        enabled_events=params.enabled_events,
        secret=new_id("whsec"),
        metadata=params.metadata,
    )
    work.journal.insert(endpoint)
    return endpoint


def endpoint_delete(work: Work, endpoint_id: str, _: NoParams) -> Deleted:
    """Send nothing there any more, pending events included."""
    work.load(WebhookEndpoint, "webhook_endpoint", endpoint_id)
    work.journal.delete(endpoint_id)
    return Deleted(endpoint_id, "webhook_endpoint")


def endpoint_from_command_line(journal: Journal, url: str | None, secret: str, now: int) -> None:
    """Make the journal's fixed endpoint what the command line says. Events that are still due follow it."""
    endpoint = WebhookEndpoint(
        id=COMMAND_LINE_ID,
        created=now,
        url=url or "",
        enabled_events=["*"],
        status="enabled" if url else "disabled",
        secret=secret,
        metadata={},
    )
    with journal.transaction():
        if journal.find(WebhookEndpoint, COMMAND_LINE_ID):
            journal.update(endpoint)
        else:
            journal.insert(endpoint)
