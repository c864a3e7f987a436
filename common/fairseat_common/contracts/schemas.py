"""What is published about the contracts: a frozen golden file per event version, JSON Schema, AsyncAPI.

A golden file holds ``{"schema": ..., "example": ...}`` as the version was published first. It is written once; from
then on the code has to agree with it. A version may gain optional fields, since old readers pass over them and new
readers do without; any other change has to become a new ``.vN`` class beside the old one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fairseat_common.contracts.base import Event, registry
from fairseat_common.contracts.publishers import publisher_of
from fairseat_common.contracts.samples import example_of

GOLDEN = Path(__file__).parent / "golden"
SCHEMA_REF = "#/components/schemas/{name}"
HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes in binary mode, and the trace that the event belongs to.",
    "properties": {
        "ce-specversion": {"const": "1.0"},
        "ce-id": {"type": "string", "format": "uuid", "description": "The same for every delivery of an event."},
        "ce-source": {"type": "string", "examples": ["/fairseat/orders"]},
        "ce-type": {"type": "string", "examples": ["orders.held.v1"]},
        "ce-subject": {"type": "string", "format": "uuid", "description": "The id of the aggregate."},
        "ce-time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C trace context."},
        "Nats-Msg-Id": {"type": "string", "description": "What the broker drops repeated sends by."},
    },
    "required": ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "content-type"],
}


def schema_of(event_type: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event, without the words that may change: titles and descriptions."""
    schema: dict[str, Any] = _without_words(msgspec.json.schema(event_type))
    return schema


def golden_of(event_type: type[Event]) -> dict[str, Any]:
    """What the golden file of an event holds when it is written for the first time."""
    return {"schema": schema_of(event_type), "example": example_of(event_type)}


def golden_differences(events: Mapping[str, type[Event]] | None = None, directory: Path = GOLDEN) -> list[str]:
    """What keeps code and golden files from agreeing, one sentence each; none when all is well."""
    known = registry() if events is None else events
    problems: list[str] = []
    for subject, event_type in known.items():
        problems += _differences(subject, event_type, directory)
    for path in sorted(directory.glob("*.json")):
        if path.stem not in known:
            problems.append(f"{path.stem} has a golden file, but no event class: what was published stays readable.")
    return problems


def golden_write(events: Mapping[str, type[Event]] | None = None, directory: Path = GOLDEN) -> list[Path]:
    """Write the golden files that are missing, and only those; answers which."""
    written = []
    for subject, event_type in (registry() if events is None else events).items():
        path = directory / f"{subject}.json"
        if not path.exists():
            path.write_text(as_json(golden_of(event_type)))
            written.append(path)
    return written


def asyncapi(consumers: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of all events; `consumers` names the services that hear each subject."""
    events = registry()
    schemas, components = msgspec.json.schema_components(events.values(), ref_template=SCHEMA_REF)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fairseat's events",
            "version": "1.0.0",
            "description": "Facts over NATS JetStream. A published version gains optional fields at most.",
        },
        "defaultContentType": "application/json",
        "channels": {subject: _channel(subject, event_type) for subject, event_type in events.items()},
        "operations": _operations(events, consumers),
        "components": {
            "messages": {
                subject: _message(subject, event_type, schema)
                for (subject, event_type), schema in zip(events.items(), schemas, strict=True)
            },
            "schemas": components | {"EventHeaders": HEADERS},
        },
    }


def events_table(consumers: Mapping[str, Sequence[str]]) -> str:
    """A page for people: every subject, who says it, who hears it, and what it carries."""
    lines = [
        "# Events",
        "",
        "Made from the event classes by `fairseat contracts write`; [asyncapi.json](asyncapi.json) is the same for",
        "machines. A published version gains optional fields at most: any other change is a new `.vN` beside it.",
        "",
        "| subject | published by | heard by | about | fields |",
        "|---|---|---|---|---|",
    ]
    for subject, event_type in registry().items():
        heard = ", ".join(consumers.get(subject, ())) or "-"
        fields = ", ".join(f"`{name}`" for name in event_type.__struct_fields__ if name != event_type.aggregate)
        lines.append(f"| `{subject}` | {publisher_of(subject)} | {heard} | `{event_type.aggregate}` | {fields} |")
    return "\n".join([*lines, ""])


def as_json(document: Any) -> str:
    """A document as it is kept in a file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _differences(subject: str, event_type: type[Event], directory: Path) -> list[str]:
    path = directory / f"{subject}.json"
    if not path.exists():
        return [f"{subject} has no golden file: `fairseat contracts write` makes it."]
    golden = json.loads(path.read_text())
    problems = []
    if not _extends(golden["schema"], schema_of(event_type)):
        problems.append(f"{subject} is not what was published: add the change as a new version beside it.")
    try:
        event = msgspec.json.decode(msgspec.json.encode(golden["example"]), type=event_type)
    except msgspec.ValidationError as error:
        return [*problems, f"{subject} can no longer read its golden example: {error}."]
    if not _contains(json.loads(msgspec.json.encode(event)), golden["example"]):
        problems.append(f"{subject} writes its golden example differently.")
    return problems


def _extends(golden: Any, current: Any) -> bool:
    """Whether `current` is the same schema, or has optional properties and further definitions beside the same ones."""
    if isinstance(golden, dict) and isinstance(current, dict):
        named = {"properties", "$defs"} & set(golden)
        if "properties" in golden and set(golden.get("required", ())) != set(current.get("required", ())):
            return False
        if set(current) - set(golden) - {"$defs"}:
            return False
        same = [(golden[key], current.get(key)) for key in golden if key not in named]
        same += [(part, current.get(key, {}).get(name)) for key in named for name, part in golden[key].items()]
        return all(_extends(first, now) for first, now in same)
    return bool(golden == current)


def _contains(current: dict[str, Any], golden: dict[str, Any]) -> bool:
    """Whether an event as it is written now says everything that it said before."""
    return all(name in current and current[name] == value for name, value in golden.items())


def _channel(subject: str, event_type: type[Event]) -> dict[str, Any]:
    return {
        "address": subject,
        "messages": {event_type.__name__: {"$ref": f"#/components/messages/{subject}"}},
    }


def _message(subject: str, event_type: type[Event], schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": subject,
        "title": event_type.__name__,
        "summary": (event_type.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/EventHeaders"},
        "payload": schema,
        "examples": [{"payload": example_of(event_type)}],
    }


def _operations(events: Mapping[str, type[Event]], consumers: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for subject in events:
        channel = {"$ref": f"#/channels/{subject}"}
        operations[f"{publisher_of(subject)} says {subject}"] = {"action": "send", "channel": channel}
        for service in consumers.get(subject, ()):
            operations[f"{service} hears {subject}"] = {"action": "receive", "channel": channel}
    return operations


def _without_words(schema: Any) -> Any:
    """The schema without titles and descriptions; properties that have such names stay."""
    if isinstance(schema, list):
        return [_without_words(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _without_words(part) for name, part in value.items()}
        elif key not in ("title", "description"):
            kept[key] = _without_words(value)
    return kept
