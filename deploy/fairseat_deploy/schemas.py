"""Are documents what Kubernetes and the operators in a cluster accept? Unknown fields are refused at every level."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from fairseat_deploy.schemas_published import FILES, GROUPS
from fairseat_deploy.tree import ROOT

KUBERNETES = "1.37"
"""The version whose schemas are asked, in kubernetes-validate's data: the one that our kubectl has."""
BESIDE = ROOT.parent / "shared" / "schemas"
CACHED = ROOT / ".cache" / "schemas"
BACKUPS = "barmancloud.cnpg.io/v1"
"""The backup plugin publishes no schema; what is in its ObjectStore has the shape that backups of a Cluster have."""
_DEFINITIONS = "_definitions.json"
_DEFINED = f"https://kubernetes.io/api/{_DEFINITIONS}"
"""The name by which the schemas of Kubernetes refer to what they share."""
_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_OPEN = ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")
_SHOWN = 200

Document = dict[str, Any]
Schema = dict[str, Any]


class SchemasMissingError(Exception):
    """The published schemas are neither beside the project nor fetched."""


def folder() -> Path:
    """Where the published schemas are: beside the project, else in its cache. Raises SchemasMissingError."""
    for place in (BESIDE, CACHED):
        if all((place / name).is_file() for name in FILES):
            return place
    raise SchemasMissingError("The published schemas are not here: `fairseat-deploy schemas fetch` fetches them.")


def validate(document: Document) -> list[str]:
    """What is wrong with a document, a sentence each. Raises SchemasMissingError."""
    version, kind = str(document.get("apiVersion", "")), str(document.get("kind", ""))
    validator = _validator(version, kind)
    if validator is None:
        return [f"no schema is known for {kind} of {version}"]
    return [_sentence(error) for error in sorted(validator.iter_errors(document), key=lambda error: list(error.path))]


def closed(schema: Schema) -> Schema:
    """A custom resource's schema that refuses unknown fields, and reads OpenAPI's `nullable`."""
    made = dict(schema)
    if "properties" in schema:
        made["properties"] = {name: closed(part) for name, part in schema["properties"].items()}
        if "additionalProperties" not in schema and not any(schema.get(mark) for mark in _OPEN):
            made["additionalProperties"] = False
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            made[inner] = closed(schema[inner])
    if schema.get("nullable") and isinstance(schema.get("type"), str):
        made["type"] = [schema["type"], "null"]
    return made


@cache
def _validator(version: str, kind: str) -> jsonschema.Draft202012Validator | None:
    group, _, number = version.rpartition("/")
    if version == BACKUPS:
        schema: Schema | None = _backups()
    elif group in GROUPS:
        schema = _custom(f"{group}_{kind.lower()}_{number}.json")
    else:
        short = f"{group.partition('.')[0]}-{number}" if group else number
        schema = _core(f"{kind.lower()}-{short}.json")
    return None if schema is None else jsonschema.Draft202012Validator(schema, registry=_registry())


def _custom(name: str) -> Schema | None:
    path = folder() / name
    return _resource(json.loads(path.read_text())) if path.is_file() else None


def _resource(schema: Schema) -> Schema:
    """A custom resource as a whole: its schema says nothing of what all objects have."""
    made = closed(schema)
    made["properties"] = {**made["properties"], "metadata": {"$ref": f"{_DEFINED}#/$defs/{_METADATA}"}}
    made["required"] = sorted({*made.get("required", ()), "apiVersion", "kind", "metadata", "spec"})
    return made


def _backups() -> Schema:
    cluster: Schema = json.loads((folder() / "postgresql.cnpg.io_cluster_v1.json").read_text())
    store = cluster["properties"]["spec"]["properties"]["backup"]["properties"]["barmanObjectStore"]
    spec = {
        "type": "object",
        "required": ["configuration"],
        "properties": {
            "configuration": store,
            "retentionPolicy": {"type": "string", "pattern": "^[1-9][0-9]*[dwm]$"},
            "instanceSidecarConfiguration": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    text = {"type": "string"}
    return _resource({"type": "object", "properties": {"apiVersion": text, "kind": text, "spec": spec}})


def _core(name: str) -> Schema | None:
    path = _shipped().joinpath(name)
    if not path.is_file():
        return None
    schema: Schema = json.loads(path.read_text())
    return schema


@cache
def _registry() -> Registry[Any]:
    definitions = json.loads(_shipped().joinpath(_DEFINITIONS).read_text())
    # Looked through once, here; else every document would do that anew.
    found: Registry[Any] = Registry().with_resource(_DEFINED, Resource.from_contents(definitions, DRAFT202012)).crawl()
    return found


def _shipped() -> Any:
    package = importlib.resources.files("kubernetes_validate")
    return package.joinpath("kubernetes-json-schema", f"v{KUBERNETES}.0-local-strict")


def _sentence(error: jsonschema.ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path)) or "the document"
    return f"{where}: {error.message[:_SHOWN]}"


def problems(documents: tuple[Document, ...]) -> Iterator[tuple[Document, str]]:
    """Every document with each thing that is wrong with it."""
    for document in documents:
        for problem in validate(document):
            yield document, problem
