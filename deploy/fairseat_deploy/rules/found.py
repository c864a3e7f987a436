"""What rules read and what they say: the documents of one overlay, the pods in them, and findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from fairseat_deploy.rendering import LOCAL
from fairseat_deploy.tree import image_name

Document = dict[str, Any]
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
SERVICE = "service"
"""What the label app.kubernetes.io/component says of our own services."""


class Finding(NamedTuple):
    """One thing that is wrong."""

    rule: str
    where: str
    """Kind and name of the document, e.g. `Deployment/orders`."""
    what: str


Said = Iterator[tuple[str, str]]
"""What a rule says: where, and what is wrong there."""


@dataclass(frozen=True)
class Pod:
    """A template of pods, and what makes pods of it."""

    owner: Document
    template: Document

    @property
    def where(self) -> str:
        """Kind and name of the owner."""
        return where(self.owner)

    @property
    def name(self) -> str:
        """The owner's name."""
        return name(self.owner)

    @property
    def labels(self) -> Mapping[str, str]:
        """The pods' labels."""
        found: Mapping[str, str] = self.template.get("metadata", {}).get("labels", {})
        return found

    @property
    def spec(self) -> Document:
        """The pods' specification."""
        found: Document = self.template["spec"]
        return found

    @property
    def replicas(self) -> int:
        """How many of them there are; 1 where nothing is said."""
        return int(self.owner["spec"].get("replicas", 1))

    @property
    def running(self) -> list[Document]:
        """The containers that stay."""
        return list(self.spec["containers"])

    @property
    def containers(self) -> list[Document]:
        """All containers, those that only run before the others first."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def is_service(self) -> bool:
        """Whether it is one of our own services."""
        return self.labels.get("app.kubernetes.io/component") == SERVICE

    def ports(self) -> dict[str, int]:
        """Numbers of the named ports of all containers that stay, and of unnamed ones by their number."""
        return {
            str(port.get("name", port["containerPort"])): int(port["containerPort"])
            for container in self.running
            for port in container.get("ports", ())
        }


@dataclass(frozen=True)
class Rendered:
    """The documents of one overlay."""

    overlay: str
    documents: Sequence[Document]

    @property
    def is_local(self) -> bool:
        """Whether it is the overlay for one machine."""
        return self.overlay == LOCAL

    def of(self, *kinds: str) -> list[Document]:
        """The documents of some kinds."""
        return [document for document in self.documents if document["kind"] in kinds]

    def named(self, kind: str, wanted: str) -> Document | None:
        """A document by kind and name."""
        return next((document for document in self.of(kind) if name(document) == wanted), None)

    @cached_property
    def pods(self) -> list[Pod]:
        """Every template of pods."""
        return [Pod(document, _template(document)) for document in self.of(*WORKLOADS)]

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """What the config map for all services says."""
        found = [document for document in self.of("ConfigMap") if name(document).startswith("fairseat-settings")]
        return {key: value for document in found for key, value in document.get("data", {}).items()}


Rule = Callable[[Rendered], Said]


def _template(document: Document) -> Document:
    spec = document["spec"]
    found: Document = spec["jobTemplate"]["spec"]["template"] if document["kind"] == "CronJob" else spec["template"]
    return found


def name(document: Document) -> str:
    """The name of a document."""
    return str(document["metadata"]["name"])


def where(document: Document) -> str:
    """Kind and name of a document, for people."""
    return f"{document['kind']}/{name(document)}"


def is_own(image: str) -> bool:
    """Whether an image is one that we build."""
    return image.rpartition("/")[2].startswith(image_name(""))


def selects(selector: Document, labels: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels, matchExpressions) selects something with these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_holds(expression, labels) for expression in selector.get("matchExpressions", ()))


def _holds(expression: Document, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", ())
    known = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return known[expression["operator"]]
