"""Python types out of the schemas of the API document."""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 112
SIMPLE = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
}
FORMATS = {"uuid": "UUID", "date-time": "datetime", "date": "date"}


def type_of(schema: Mapping[str, Any]) -> str:
    """How a schema is written as a Python annotation."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema and "enum" not in schema:
        return _either(type_of(part) for part in schema["anyOf"])
    if "enum" in schema:
        values = [value for value in schema["enum"] if value is not None]
        may_be_none = None in schema["enum"] or {"type": "null"} in schema.get("anyOf", ())
        return _either([_literal(*values), *(["None"] if may_be_none else [])])
    if "const" in schema:
        return _literal(schema["const"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return _either(type_of({**schema, "type": each}) for each in kind)
    if kind == "array":
        return f"list[{type_of(schema.get('items') or {})}]"
    if kind == "string":
        return FORMATS.get(str(schema.get("format")), "str")
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"dict[str, {type_of(schema['additionalProperties'])}]"
    return SIMPLE.get(str(kind), "Any")


def _literal(*values: Any) -> str:
    return (
        "None"
        if values == (None,)
        else f"Literal[{', '.join(repr(value).replace(chr(39), chr(34)) for value in values)}]"
    )


def _either(kinds: Iterable[str]) -> str:
    unlike = list(dict.fromkeys(kinds))
    if "Any" in unlike:
        return "Any"
    return " | ".join([*(kind for kind in unlike if kind != "None"), *(["None"] if "None" in unlike else [])])


def safe(name: str) -> str:
    """A name that Python takes: `from` becomes `from_`."""
    return f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")


def sentence(text: str, otherwise: str) -> str:
    """The first paragraph of a description, on one line."""
    first = " ".join(text.strip().split("\n\n")[0].split())
    return (first or otherwise).replace("\\", "").replace('"""', "'''")


def docstring(text: str, indent: int) -> str:
    """A docstring within the width of a line."""
    before = " " * indent
    if len(text) + indent + 6 <= WIDTH:
        return f'{before}"""{text}"""'
    lines = textwrap.wrap(text, WIDTH - indent)
    return "\n".join([f'{before}"""{lines[0]}', *(f"{before}{line}" for line in lines[1:]), f'{before}"""'])


def model(name: str, schema: Mapping[str, Any], is_input: bool) -> str:
    """A struct for an object, or another name for anything else."""
    if "properties" not in schema:
        return f"{name}: TypeAlias = {type_of(schema)}"
    required = set(schema.get("required", ()))
    about = docstring(sentence(str(schema.get("description", "")), f"{name}, as the API has it."), 4)
    lines = [f"class {name}(Struct, frozen=True, kw_only=True):", about, ""]
    for field, part in schema["properties"].items():
        lines.append(f"    {_field(field, part, field in required, is_input)}")
    return "\n".join(lines)


def _field(name: str, schema: Mapping[str, Any], required: bool, is_input: bool) -> str:
    kind = type_of(schema)
    renamed = f'name="{name}"' if safe(name) != name else ""
    if required:
        return f"{safe(name)}: {kind}" + (f" = field({renamed})" if renamed else "")
    if is_input:
        # What is not given is not sent: the service's own default holds, or nothing changes.
        default, kind = "UNSET", kind if kind == "Any" else _either([*kind.split(" | "), "UnsetType"])
    else:
        default, kind = "None", kind if kind == "Any" or "None" in kind.split(" | ") else f"{kind} | None"
    return f"{safe(name)}: {kind} = " + (f"field(default={default}, {renamed})" if renamed else default)
