"""What webhooks are sent, for the API document: one entry for each subject, made from the event's own type."""

from __future__ import annotations

from typing import Any

import msgspec

from fairseat_common.contracts import Event
from fairseat_common.contracts.samples import example_of
from fairseat_common.web.openapi import REF, Described
from notifications.domain_webhook_subjects import AUDIENCES, Audience
from notifications.domain_webhooks import told_of

HEADERS = {
    "Fairseat-Signature": (
        "`t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 with the webhook's secret over `<t>.<body>`. For a day after you"
        " asked for a new secret there are two `v1`, and one that fits is enough. Refuse what does not fit, and what is"
        " older than five minutes."
    ),
    "Fairseat-Event": "The subject.",
    "Fairseat-Delivery": "The id of the delivery: the same at every try and in the log.",
}


def described() -> Described:
    """Every subject with its schema and an example."""
    schemas: dict[str, Any] = {}
    webhooks: dict[str, Any] = {}
    for event_type, audiences in sorted(AUDIENCES.items(), key=lambda pair: pair[0].subject):
        (own,), named = msgspec.json.schema_components([event_type], ref_template=REF)
        event = named.pop(str(own["$ref"]).rpartition("/")[2])
        schemas |= named
        name = f"{event_type.__name__}Webhook"
        schemas[name] = _envelope(event_type, event, audiences)
        webhooks[event_type.subject] = {"post": _operation(event_type, name)}
    return Described(schemas=schemas, webhooks=webhooks)


def _envelope(event_type: type[Event], event: dict[str, Any], audiences: tuple[Audience, ...]) -> dict[str, Any]:
    """The body: what some readers are not told is optional, what none is told is not there."""
    hidden = [audience.hides | {"occurred_at"} for audience in audiences]
    nobodys, somebodys = frozenset.intersection(*hidden), frozenset.union(*hidden)
    data = {
        "type": "object",
        "properties": {name: part for name, part in event["properties"].items() if name not in nobodys},
        "required": [name for name in event.get("required", ()) if name not in somebodys],
    }
    fields = {
        "id": {"type": "string", "format": "uuid", "description": "The fact's own id: drop what you have seen."},
        "subject": {"const": event_type.subject},
        "role": {"enum": sorted({audience.role for audience in audiences}), "description": "What you are in it."},
        "occurred_at": {"type": "string", "format": "date-time"},
        "data": data,
    }
    return {"type": "object", "properties": fields, "required": list(fields)}


def _operation(event_type: type[Event], name: str) -> dict[str, Any]:
    event = msgspec.convert(example_of(event_type), event_type)
    return {
        "operationId": event_type.subject.replace(".", "_"),
        "summary": (event_type.__doc__ or "").strip().partition("\n")[0],
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
            for header, said in HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": REF.format(name=name)},
                    "example": msgspec.json.decode(told_of(event)[0].body),
                }
            },
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else, and no answer, is tried again for a day."},
            "410": {"description": "Send nothing more: the webhook is switched off."},
        },
    }
