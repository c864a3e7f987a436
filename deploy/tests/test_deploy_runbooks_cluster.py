"""What pages tell kubectl: the real one knows verb and options, and what is named is in a cluster of ours.

The rendered overlays and the list of secrets say what there is; what operators make of it is derived from it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fairseat_deploy.pages import commands, inside, outside, pages, program
from fairseat_deploy.rendering import documents
from fairseat_deploy.schemas import validate
from fairseat_deploy.secrets_list import listed
from fairseat_deploy.tree import NAMESPACE, OVERLAYS

KUBECTL = Path(sys.executable).parent / "kubectl"
TWO_WORDS = frozenset({"rollout", "top", "config", "auth", "set"})
VALUED = frozenset({"-n", "--namespace", "-c", "--container", "-l", "-o", "-p", "-f", "--type", "--for", "--sort-by"})
"""Options whose value is a word of its own."""
KINDS = {
    "deployment": "Deployment", "deployments": "Deployment", "deploy": "Deployment", "statefulset": "StatefulSet",
    "service": "Service", "svc": "Service", "secret": "Secret", "secrets": "Secret", "pod": "Pod", "pods": "Pod",
    "hpa": "HorizontalPodAutoscaler", "pvc": "PersistentVolumeClaim", "certificate": "Certificate",
    "certificates": "Certificate",
    "gateway": "Gateway", "ingress": "Ingress", "httproute": "HTTPRoute", "configmap": "ConfigMap",
    "networkpolicy": "NetworkPolicy", "cluster": "Cluster", "cluster.postgresql.cnpg.io": "Cluster",
    "clusterissuer": "ClusterIssuer", "backups.postgresql.cnpg.io": "Backup", "job": "Job", "events": "Event",
    "scheduledbackups.postgresql.cnpg.io": "ScheduledBackup", "databases.postgresql.cnpg.io": "Database",
    "nodes": "Node", "namespace": "Namespace", "all": "all",
    "certificaterequests": "CertificateRequest", "orders.acme.cert-manager.io": "Order",
    "challenges.acme.cert-manager.io": "Challenge",
}  # fmt: skip
"""What kubectl may be told, and what manifests say."""
ELSEWHERE = frozenset(
    {("Deployment", "cert-manager"), ("Deployment", "cert-manager-webhook"), ("Secret", "fairseat-tls")}
)
"""What the add-ons of deploy/cluster bring, and what cert-manager makes."""
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
UNTARGETED = frozenset({"apply", "replace", "config", "version", "kustomize", "create", "label", "annotate"})
SPARE = 4
"""Instances of a database are numbered on; so many numbers are somebody's sooner or later."""
SELECTED = re.compile(r"([\w./-]+)(?:=| in )\(?([\w, -]+)\)?")
DATA = re.compile(r"\.data\.((?:\\\.|[\w-])+)")

Object = tuple[str, str]


class Told:
    """A command of kubectl, taken apart."""

    def __init__(self, words: Sequence[str]) -> None:
        self.line = " ".join(words)
        self.options: list[tuple[str, str]] = []
        self.words: list[str] = []
        rest = iter(outside(words)[1:])
        for word in rest:
            if word in VALUED:
                self.options.append((word, next(rest, "")))
            elif word.startswith("-"):
                name, _, value = word.partition("=")
                self.options.append((name, value))
            else:
                self.words.append(word)
        length = 2 if self.words[0] in TWO_WORDS else 1
        self.verb, self.targets = self.words[:length], self.words[length:]

    def option(self, *names: str) -> list[str]:
        """The values that an option is given."""
        return [value for name, value in self.options if name in names]

    def objects(self) -> Iterator[Object]:
        """Kind and name of what it is about; the name is empty where all are meant. ValueError for unknown kinds."""
        if self.verb[0] in UNTARGETED or not self.targets:
            return
        alone = self.verb[0] in {"exec", "logs", "port-forward"}
        kind = "pod" if alone else ""
        for word in self.targets[:1] if alone else self.targets:
            if "/" in word:
                each, _, name = word.partition("/")
                yield known(each), name
            elif kind:
                yield known(kind), word
            else:
                kind = word
                if len(self.targets) == 1:
                    yield from ((known(each), "") for each in word.split(","))


def known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"nobody knows the kind {kind}")
    return KINDS[kind]


@cache
def rendered() -> dict[Object, dict[str, Any]]:
    """Every object of any overlay, as production has it where it does."""
    return {(str(each["kind"]), str(each["metadata"]["name"])): each for name in OVERLAYS for each in documents(name)}


@cache
def there() -> frozenset[Object]:
    """Every object by kind and name, with those that others make of them: pods, claims, a database's services."""
    found = {*rendered(), *ELSEWHERE}
    found |= {("Secret", secret.name) for overlay in OVERLAYS for secret in listed(overlay)}
    for (kind, name), each in rendered().items():
        if kind == "StatefulSet":
            pods = [f"{name}-{number}" for number in range(each["spec"]["replicas"])]
            claims = [claim["metadata"]["name"] for claim in each["spec"].get("volumeClaimTemplates", ())]
            found |= {("Pod", pod) for pod in pods}
            found |= {("PersistentVolumeClaim", f"{claim}-{pod}") for claim in claims for pod in pods}
        if kind == "Cluster":
            found |= {("Service", f"{name}-{role}") for role in ("rw", "ro", "r")}
            for number in range(1, SPARE + 1):
                found |= {("Pod", f"{name}-{number}")}
                found |= {("PersistentVolumeClaim", f"{name}-{number}{end}") for end in ("", "-wal")}
    return frozenset(found)


@cache
def labels() -> frozenset[str]:
    """Every `label=value` that objects, their pods, and pods that operators make carry."""
    found = set()
    for (kind, name), each in rendered().items():
        made = each["spec"]["template"] if kind in WORKLOADS else {}
        for labelled in (each, made):
            found |= {f"{key}={value}" for key, value in labelled.get("metadata", {}).get("labels", {}).items()}
        if kind == "Cluster":
            found |= {f"cnpg.io/cluster={name}", "cnpg.io/instanceRole=primary", "cnpg.io/instanceRole=replica"}
    return frozenset(found)


def containers(kind: str, name: str) -> set[str]:
    """The containers of a pod, of whatever makes it."""
    cluster = {"postgres", "plugin-barman-cloud"}  # the operator names the first, the plugin itself the second
    if kind in ("Service", "Pod") and name.startswith("postgres-") and ("Cluster", "postgres") in rendered():
        return cluster
    if kind == "Pod":
        kind, name = "StatefulSet", name.rpartition("-")[0]
    if kind not in WORKLOADS or (kind, name) not in rendered():
        return set()
    spec = rendered()[kind, name]["spec"]["template"]["spec"]
    return {each["name"] for part in ("containers", "initContainers") for each in spec.get(part, ())}


def faults_of(words: Sequence[str]) -> list[str]:
    """What is wrong with a command of kubectl, as far as the manifests can say."""
    told = Told(words)
    try:
        objects = list(told.objects())
    except ValueError as problem:
        return [f"{told.line}: {problem}"]
    wrong = [f"there is no {kind} {name}" for kind, name in objects if name and missing(kind, name)]
    for selector in told.option("-l", "--selector"):
        pairs = [f"{key}={value.strip()}" for key, values in SELECTED.findall(selector) for value in values.split(",")]
        wrong += [f"nothing carries {pair}" for pair in pairs or [selector] if pair not in labels()]
    for container in told.option("-c", "--container"):
        had = set().union(*(containers(*each) for each in objects)) if objects else every_container()
        wrong += [f"there is no container {container}"] if container not in had else []
    wrong += [*of_secrets(told, objects), *of_ports(told, objects), *of_patch(told, objects)]
    if ours(objects) and told.option("-n", "--namespace") not in ([NAMESPACE], ["cert-manager"]):
        wrong.append("it does not say the namespace")
    return [f"{told.line}: {fault}" for fault in wrong]


def missing(kind: str, name: str) -> bool:
    """`<service>` stands for any of them."""
    return "<" not in name and (kind, name) not in there()


def ours(objects: Sequence[Object]) -> bool:
    return any(kind not in ("Node", "Namespace", "ClusterIssuer", "Challenge") for kind, _ in objects)


@cache
def every_container() -> frozenset[str]:
    return frozenset(name for kind, each in rendered() for name in containers(kind, each))


def of_secrets(told: Told, objects: Sequence[Object]) -> Iterator[str]:
    """The keys that are read out of a secret."""
    keys = {secret.name: {key.name for key in secret.keys} for overlay in OVERLAYS for secret in listed(overlay)}
    keys["fairseat-tls"] = {"ca.crt", "tls.crt", "tls.key"}
    for kind, name in objects:
        for path in told.option("-o") if kind == "Secret" and name in keys else ():
            asked = [key.replace("\\.", ".") for key in DATA.findall(path)]
            yield from (f"secret {name} has no {key}" for key in asked if key not in keys[name])


def of_ports(told: Told, objects: Sequence[Object]) -> Iterator[str]:
    if told.verb == ["port-forward"]:
        ports = {port["port"] for each in objects for port in rendered()[each]["spec"]["ports"]}
        yield from (f"there is no port {port}" for port in told.targets[1:] if int(port.split(":")[-1]) not in ports)


def of_patch(told: Told, objects: Sequence[Object]) -> Iterator[str]:
    """What a merge makes of an object has to be in form still, and has to change nothing that is not there."""
    for patch in told.option("-p"):
        for each in objects:
            made = merged(rendered()[each], json.loads(patch))
            yield from validate(made)


def merged(document: Any, patch: Any) -> Any:
    """A JSON merge patch."""
    if not isinstance(patch, Mapping):
        return patch
    base = document if isinstance(document, Mapping) else {}
    return {**base, **{key: merged(base.get(key), value) for key, value in patch.items()}}


@cache
def understood(words: tuple[str, ...]) -> str:
    """What kubectl itself says against a command: asked for help, it reads verb and options and does nothing."""
    done = subprocess.run([KUBECTL, *words, "--help"], capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip() or "refused"
    usage = re.search(r"^Usage:\n(.*)", done.stdout, re.MULTILINE)
    return "" if usage and "SUBCOMMAND" not in usage[1] else "there is no such command"


def form(words: Sequence[str]) -> tuple[str, ...]:
    """Verb and options: what commands that differ in names only have in common."""
    told = Told(words)
    options = {f"{name}={value}" if value else name for name, value in told.options if name.startswith("--")}
    return (*told.verb, *sorted(options - {"--namespace=fairseat"}))


def told_to_kubectl(page: Path) -> list[list[str]]:
    return [words for words in commands(page.read_text()) if program(words) == "kubectl"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_what_is_named_is_in_a_cluster(page: Path) -> None:
    assert [fault for words in told_to_kubectl(page) for fault in faults_of(words)] == []


def test_kubectl_knows_every_verb_and_option() -> None:
    forms = {form(words): " ".join(words) for page in pages() for words in told_to_kubectl(page)}
    assert len(forms) > 20
    wrong = {line: problem for words, line in forms.items() if (problem := understood(words))}
    assert wrong == {}


def test_what_runs_in_a_container_has_a_shell_only_where_one_is_named() -> None:
    """`exec` runs a program, no line: pipes belong outside."""
    ran = [inside(words) for page in pages() for words in told_to_kubectl(page) if inside(words)]
    assert {words[0] for words in ran} <= {"psql", "fairseat", "python", "df"}


def left_at_nothing(commands_in_order: Iterable[Sequence[str]]) -> list[str]:
    """What is scaled to nothing and never up again; the tools are there only while somebody needs them."""
    last: dict[str, str] = {}
    for told in (Told(words) for words in commands_in_order):
        if told.verb == ["scale"]:
            last[" ".join([*told.targets, *told.option("-l")])] = told.option("--replicas")[0]
    return [target for target, replicas in last.items() if replicas == "0" and target != "deployment/tools"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_what_is_scaled_to_nothing_is_brought_back(page: Path) -> None:
    """By hand: manifests leave numbers to autoscalers, and these leave alone what has none."""
    assert left_at_nothing(told_to_kubectl(page)) == []
    assert left_at_nothing([["kubectl", "scale", "deployment", "-l", "a=b", "--replicas=0"]]) == ["deployment a=b"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("kubectl -n fairseat logs deployment/orderz", "no Deployment orderz"),
        ("kubectl -n fairseat logs deployment/orders -c servant", "no container servant"),
        ("kubectl -n fairseat delete pod nats-3", "no Pod nats-3"),
        ("kubectl -n fairseat delete pod/postgres-3 pvc/postgres-3-log", "no PersistentVolumeClaim postgres-3-log"),
        ("kubectl -n fairseat get pods -l app.kubernetes.io/name=natz", "nothing carries"),
        ("kubectl -n fairseat get postgreses", "nobody knows the kind"),
        ("kubectl -n fairseat exec service/postgres-primary -c postgres -- psql", "no Service postgres-primary"),
        ("kubectl -n fairseat get secret grafana -o jsonpath='{.data.PASSWORD}'", "has no PASSWORD"),
        ("kubectl -n fairseat port-forward service/grafana 3001", "no port 3001"),
        ("""kubectl -n fairseat patch hpa web --type merge -p '{"spec":{"minimum":6}}'""", "minimum"),
        ("kubectl get pods", "namespace"),
    ],
)
def test_what_is_wrong_is_noticed(line: str, fault: str) -> None:
    (words,) = commands(f"```sh\n{line}\n```\n")
    (found,) = faults_of(words)
    assert fault in found


def test_a_wrong_verb_or_option_is_noticed() -> None:
    assert understood(("rollout", "status", "--timeout=1m")) == ""
    assert "unknown flag" in understood(("rollout", "status", "--time-out=1m"))
    assert understood(("rollout", "restrat"))
    assert understood(("scael",))
