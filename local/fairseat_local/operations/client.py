"""`fairseat client`: the Python client in clients/python, written from the API document."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairseat_local.operations.api import document as whole_document
from fairseat_local.operations.client_types import docstring, model, safe, sentence, type_of

ROOT = Path(__file__).parents[3]
"""The working tree: the client is written where the project is developed."""
PACKAGE = Path("clients/python/fairseat_client")
VERBS = ("get", "put", "post", "patch", "delete")
LEFT_OUT = frozenset({"operations", "ledger"})
"""What no key opens is not for programs; `keys` and `users` neither, but for the exchange of a key."""
ONLY_KEYS = frozenset({"keys", "users"})
HEADER = '"""{about}\n\nWritten by `fairseat client write` from the API document: change that, not this.\n"""\n'


def files() -> dict[str, str]:
    """The generated modules, by path below the root."""
    document = asyncio.run(whole_document())
    return {
        str(PACKAGE / "models.py"): formatted(models(document)),
        str(PACKAGE / "operations.py"): formatted(operations(document)),
    }


def client_check(root: Path = ROOT) -> list[str]:
    """What keeps the client from being the API's, one sentence each; none when all is well."""
    return [
        f"{name} is out of date: `fairseat client write` makes it anew."
        for name, text in files().items()
        if not (root / name).exists() or (root / name).read_text() != text
    ]


def client_write(root: Path = ROOT) -> list[str]:
    """Write the modules that are out of date; answers which."""
    written = []
    for name, text in files().items():
        path = root / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            written.append(name)
    return written


def formatted(source: str) -> str:
    """The source without imports that it does not use, as the formatter of the project has it."""
    for command in (["check", "--fix-only", "--select", "F401,I"], ["format"]):
        source = _ruff([*command, "--quiet", "--stdin-filename", "clients/python/written.py", "-"], source)
    return source


def _ruff(arguments: list[str], source: str) -> str:
    program = str(Path(sys.executable).parent / "ruff")
    done = subprocess.run([program, *arguments], input=source, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


def chosen(document: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """The operations that programs can call, by verb and path."""
    found = []
    for path, item in document["paths"].items():
        for verb in VERBS:
            operation = item.get(verb)
            if operation is None or operation["tags"][0] in LEFT_OUT | ONLY_KEYS:
                continue
            found.append((verb, path, operation))
    return found


def models(document: Mapping[str, Any]) -> str:
    """The module with the types of what is sent and answered."""
    schemas = document["components"]["schemas"]
    sent = _reachable([each.get("requestBody", {}) for _, _, each in chosen(document)], schemas)
    answered = _reachable([_success(each) for _, _, each in chosen(document)], schemas)
    parts = [
        HEADER.format(about="What is sent to the API, and what it answers."),
        "from __future__ import annotations\n",
        "from datetime import date, datetime",
        "from typing import Any, Literal, TypeAlias",
        "from uuid import UUID\n",
        "from msgspec import UNSET, Struct, UnsetType, field\n",
        f"__all__ = {sorted(sent | answered)!r}\n",
    ]
    parts += [f"\n{model(name, schemas[name], name in sent)}\n" for name in sorted(sent | answered)]
    return "\n".join(parts)


def operations(document: Mapping[str, Any]) -> str:
    """The module with a method for each operation."""
    methods = "\n\n".join(_method(verb, path, operation) for verb, path, operation in chosen(document))
    parts = [
        HEADER.format(about="A method for each operation of the API."),
        "from __future__ import annotations\n",
        "from datetime import date, datetime",
        "from typing import Any, Literal",
        "from uuid import UUID\n",
        "from fairseat_client import models",
        "from fairseat_client.calling import Calling\n\n",
        "class Operations(Calling):",
        '    """Every operation that a program can call."""\n',
        methods,
    ]
    return "\n".join(parts) + "\n"


def _method(verb: str, path: str, operation: Mapping[str, Any]) -> str:
    placed = {place: [each for each in operation["parameters"] if each["in"] == place] for place in ("path", "query")}
    headers = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    answer = _answer_type(operation)
    # Told apart from the types of this module by the name of the other one.
    arguments = ["self", *(f"{safe(each['name'])}: UUID | str" for each in placed["path"])]
    arguments += [f"body: {_named(type_of(body['schema']))}"] if body else []
    keywords = ["if_match: int"] if "If-Match" in headers else []
    keywords += [_query_argument(each) for each in placed["query"]]
    keywords += ["idempotency_key: str | None = None"] if "Idempotency-Key" in headers else []
    arguments += ["*", *keywords] if keywords else []
    target = re.sub(r"{([^}]+)}", lambda match: "{" + safe(match[1]) + "}", path)
    call = [f'"{verb.upper()}"', f'f"{target}"' if placed["path"] else f'"{target}"', answer]
    if placed["query"]:
        pairs = ", ".join(f'"{each["name"]}": {safe(each["name"])}' for each in placed["query"])
        call.append(f"query={{{pairs}}}")
    call += ["body=body"] if body else []
    call += ["if_match=if_match"] if "If-Match" in headers else []
    call += ["idempotency_key=idempotency_key or self.new_key()"] if "Idempotency-Key" in headers else []
    about = docstring(sentence(str(operation.get("description", "")), operation["operationId"]), 8)
    # What answers nothing has nothing to return.
    calling = "self.do" if answer == "None" else "return self.call"
    call = [part for part in call if part != "None"]
    return (
        f"    def {operation['operationId']}({', '.join(arguments)}) -> {answer}:\n{about}\n"
        f"        {calling}({', '.join(call)})"
    )


def _query_argument(parameter: Mapping[str, Any]) -> str:
    kind = type_of(parameter.get("schema", {}))
    if parameter.get("required"):
        return f"{safe(parameter['name'])}: {kind}"
    return f"{safe(parameter['name'])}: {kind if 'None' in kind.split(' | ') else f'{kind} | None'} = None"


def _named(kind: str) -> str:
    """A type of the other module, with the module's name before each of its own."""
    return re.sub(r"\b(?!UUID\b|Any\b|None\b|Literal\b)([A-Z]\w+)", r"models.\1", kind)


def _success(operation: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(value for status, value in operation["responses"].items() if status.startswith("2"))
    return found


def _answer_type(operation: Mapping[str, Any]) -> str:
    content = _success(operation).get("content", {})
    if "application/json" in content:
        return _named(type_of(content["application/json"].get("schema", {})))
    return "bytes" if content else "None"


def _reachable(start: Any, schemas: Mapping[str, Any]) -> set[str]:
    used: set[str] = set()
    waiting = [start]
    while waiting:
        names = set(re.findall(r"'#/components/schemas/([^']+)'", repr(waiting.pop()))) - used
        used |= names
        waiting.extend(schemas[name] for name in names)
    return used
