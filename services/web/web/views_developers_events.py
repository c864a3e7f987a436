"""What webhooks are sent, and what services tell each other: how the pages show it. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from web.api_document import Document
from web.views_developers import Field, fields_of, json_of, plain, pretty


class Message(NamedTuple):
    """One kind of fact that webhooks are sent, or that services tell each other."""

    subject: str
    summary: str
    fields: tuple[Field, ...]
    example: str


def webhook_messages(document: Document) -> list[Message]:
    """What webhooks are sent."""
    schemas = document.get("components", {}).get("schemas", {})
    return [
        _message(subject, item["post"]["summary"], json_of(item["post"]["requestBody"]), schemas)
        for subject, item in document.get("webhooks", {}).items()
    ]


def event_messages(document: Document) -> list[Message]:
    """What services tell each other, of an AsyncAPI document."""
    parts = document["components"]
    return [
        _message(
            subject,
            value["summary"],
            {"schema": value["payload"], "example": value["examples"][0]["payload"]},
            parts["schemas"],
        )
        for subject, value in parts["messages"].items()
    ]


def _message(subject: str, summary: str, content: Mapping[str, Any], schemas: Mapping[str, Any]) -> Message:
    fields = tuple(fields_of(content["schema"], schemas))
    return Message(subject, plain(summary), fields, pretty(content["example"]))


def subjects(document: Document) -> dict[str, str]:
    """What a webhook can hear of, with a sentence each."""
    return {subject: plain(item["post"]["summary"]) for subject, item in document.get("webhooks", {}).items()}
