"""Pages about building on the API: what they show, worked out from what the services answered. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fairseat_common.languages import mark, say
from web.api_document import Document, operations_in
from web.words_developers import ABOUT

DEPTH_MAX = 3
KIND_PARTS_MAX = 6
EXAMPLE_LINES_MAX = 400

STATES = {
    "queued": ("", mark("Waiting")),
    "delivered": ("good", mark("Delivered")),
    "failed": ("bad", mark("Given up")),
}
"""What became of a delivery: colour and word."""
OFF = {
    "owner": mark("You have switched it off."),
    "failing": mark("It has failed for a day, so we have stopped. Switch it on again once it is mended."),
    "gone": mark("It has answered that it is gone for good (410), so we have stopped."),
    "account": mark("The account is closed."),
}
"""Why a webhook is off."""


class Field(NamedTuple):
    """One field of a body or an answer, or one parameter. `path` is dotted where it is a part of another."""

    path: str
    kind: str
    required: bool
    about: str
    place: str = ""
    example: str = ""


class Refused(NamedTuple):
    """One way in which an operation says no."""

    status: str
    slug: str
    title: str
    detail: str


class Answered(NamedTuple):
    """One way in which it says yes, with the headers that come along."""

    status: str
    about: str
    headers: tuple[str, ...]
    fields: tuple[Field, ...]
    example: str


class Operation(NamedTuple):
    """One operation with everything that there is to say of it."""

    id: str
    verb: str
    path: str
    summary: str
    about: str
    scope: str
    access: str
    """public, session (only somebody who is signed in), either, or visitor (answers both, but not alike)."""
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answered, ...]
    refusals: tuple[Refused, ...]
    request: str
    """The request as a command, as it is typed."""


class Group(NamedTuple):
    """Operations that are about one thing; `lines` are (id, verb, path, summary)."""

    name: str
    about: str
    lines: tuple[tuple[str, str, str, str], ...]


def groups(document: Document) -> list[Group]:
    """The operations of the document by what they are about."""
    found: dict[str, list[tuple[str, str, str, str]]] = {tag["name"]: [] for tag in document.get("tags", ())}
    for verb, path, value in operations_in(document.get("paths", {})):
        found[value["tags"][0]].append((value["operationId"], verb.upper(), path, plain(value.get("summary", ""))))
    return [Group(name, about_of(name), tuple(lines)) for name, lines in found.items()]


def about_of(noun: str) -> str:
    """What a part of the API is about, in the reader's language."""
    return say(ABOUT.get(noun, noun))


def operations(document: Document, noun: str, origin: str) -> list[Operation]:
    """The operations about one thing, in full."""
    schemas = document.get("components", {}).get("schemas", {})
    return [
        _operation(verb, path, value, schemas, origin)
        for verb, path, value in operations_in(document.get("paths", {}))
        if value["tags"][0] == noun
    ]


def _operation(verb: str, path: str, value: Document, schemas: Mapping[str, Any], origin: str) -> Operation:
    about = plain(str(value.get("description", "")).strip())
    summary = plain(str(value.get("summary", "")))
    scopes = [scheme["bearer"][0] for scheme in value.get("security", ()) if scheme.get("bearer")]
    content = json_of(value.get("requestBody", {}))
    return Operation(
        id=value["operationId"],
        verb=verb.upper(),
        path=path,
        summary=summary,
        about=about.removeprefix(summary).removeprefix(".").strip(),
        scope=scopes[0] if scopes else "",
        access=_access(value.get("security", [])),
        parameters=tuple(_parameter(each) for each in value.get("parameters", ())),
        body=tuple(fields_of(content.get("schema", {}), schemas)),
        answers=tuple(_answers(value["responses"], schemas)),
        refusals=tuple(_refusals(value["responses"])),
        request=_request(verb, path, value, content, origin, bool(scopes)),
    )


def _access(security: Sequence[Mapping[str, Any]]) -> str:
    if not security:
        return "public"
    if {} in security:
        return "visitor"
    return "either" if any("bearer" in each for each in security) else "session"


def json_of(part: Mapping[str, Any]) -> dict[str, Any]:
    """What a body or an answer says in JSON."""
    found: dict[str, Any] = part.get("content", {}).get("application/json", {})
    return found


def _parameter(each: Mapping[str, Any]) -> Field:
    example = each.get("example", "")
    return Field(
        path=each["name"],
        kind=kind_of(each.get("schema", {})),
        required=bool(each.get("required")),
        about=plain(str(each.get("description", ""))),
        place=each["in"],
        example="" if example is None else str(example),
    )


def _answers(responses: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Answered]:
    found = []
    for status, value in responses.items():
        if status.startswith("2"):
            content = json_of(value)
            fields = tuple(fields_of(content.get("schema", {}), schemas))
            example = pretty(content["example"]) if "example" in content else ""
            found.append(
                Answered(status, value.get("description", ""), tuple(value.get("headers", ())), fields, example)
            )
    return found


def _refusals(responses: Mapping[str, Any]) -> list[Refused]:
    return [
        Refused(status, slug, shown["summary"], shown["value"]["detail"])
        for status, value in responses.items()
        for slug, shown in value.get("content", {}).get("application/problem+json", {}).get("examples", {}).items()
    ]


def _request(
    verb: str, path: str, value: Mapping[str, Any], content: Mapping[str, Any], origin: str, by_key: bool
) -> str:
    """The request as a shell command, with the examples in place."""
    query = []
    lines = []
    for each in value.get("parameters", ()):
        example = each.get("example", "")
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(example))
        elif each["in"] == "header":
            lines.append(f"-H '{each['name']}: {example}'")
        elif each.get("required"):
            query.append(f"{each['name']}={example}")
    target = f"{origin}{path}" + (f"?{'&'.join(query)}" if query else "")
    command = f"curl '{target}'" if verb == "get" else f"curl -X {verb.upper()} '{target}'"
    if by_key:
        lines.insert(0, '-H "Authorization: Bearer $TOKEN"')
    if "example" in content:
        written = pretty(content["example"]).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{written}'"]
    return " \\\n  ".join([command, *lines])


def fields_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], before: str = "", depth: int = 0) -> list[Field]:
    """The fields of an object, and those of its parts, to a certain depth."""
    schema = _inner(schema, schemas)
    required = set(schema.get("required", ()))
    found = []
    for name, part in schema.get("properties", {}).items():
        path = f"{before}{name}"
        inner = _inner(part, schemas)
        about = str(part.get("description") or (inner.get("description", "") if "$ref" not in str(part) else ""))
        found.append(Field(path, kind_of(part), name in required, plain(about.partition("\n\n")[0])))
        items = inner.get("items")
        below, mark_of = (items, f"{path}[].") if isinstance(items, Mapping) else (inner, f"{path}.")
        if depth < DEPTH_MAX - 1:
            found += fields_of(below, schemas, mark_of, depth + 1)
    return found


def _inner(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a schema refers to, within `null` or something."""
    for part in schema.get("anyOf", ()):
        if part.get("type") != "null":
            return _inner(part, schemas)
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return _inner(schemas.get(name, {}), schemas) if name else schema


def kind_of(schema: Mapping[str, Any]) -> str:
    """The type of a value in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        kinds = dict.fromkeys(kind_of(part) for part in schema["anyOf"][:KIND_PARTS_MAX])
        return " | ".join(kinds)
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if schema.get("type") == "array":
        return f"{kind_of(schema.get('items') or {})}[]"
    kind = schema.get("type", "any")
    kind = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return str(schema.get("format", kind)) if kind == "string" else kind


def pretty(value: Any) -> str:
    """JSON to read; what is very long is cut."""
    lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
    return "\n".join([*lines[:EXAMPLE_LINES_MAX], "..."] if len(lines) > EXAMPLE_LINES_MAX else lines)


def pretty_text(text: str) -> str:
    """JSON text to read; as it is where it is none."""
    try:
        return pretty(json.loads(text))
    except ValueError:
        return text


def plain(text: str) -> str:
    """A sentence of the document without the marks that programs set around names."""
    return text.replace("`", "")
