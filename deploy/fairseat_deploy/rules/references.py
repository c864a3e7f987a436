"""Rules about what documents name: config maps, secrets and their keys, volumes, roles, issuers, other settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fairseat_deploy.rules.found import Document, Pod, Rendered, Said, name, where
from fairseat_deploy.secrets_list import listed

COMPOSED = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
TLS_KEYS = frozenset({"ca.crt", "tls.crt", "tls.key"})


def config_maps_are_there(rendered: Rendered) -> Said:
    """Every config map that a pod names is there, with that key."""
    known = {name(document): document for document in rendered.of("ConfigMap")}
    for pod in rendered.pods:
        for asked, key in sorted(_config_maps(pod), key=str):
            keys = {**known.get(asked, {}).get("data", {}), **known.get(asked, {}).get("binaryData", {})}
            if asked not in known:
                yield pod.where, f"names config map {asked}, which is not there"
            elif key is not None and key not in keys:
                yield pod.where, f"names key {key} of config map {asked}, which is not there"


def _config_maps(pod: Pod) -> set[tuple[str, str | None]]:
    found = {(each["name"], each["key"]) for each in _of_variables(pod, "configMapKeyRef")}
    whole = {(each["configMapRef"]["name"], None) for each in _from_all(pod) if "configMapRef" in each}
    return found | whole | set(_of_volumes(pod, "configMap", "name"))


def secrets_are_listed(rendered: Rendered) -> Said:
    """Every secret that anything names is in deploy/secrets.yaml for this overlay, with that key."""
    known = _secrets(rendered)
    for who, asked, key, optional in _asked_secrets(rendered):
        if asked not in known and not optional:
            yield who, f"names secret {asked}, which is not on the list of this overlay"
        elif asked in known and key is not None and key not in known[asked]:
            yield who, f"names key {key} of secret {asked}, which is not on the list"
    for pod in rendered.pods:
        if any("secretRef" in each for each in _from_all(pod)):
            yield pod.where, "takes a whole secret as its environment"


def secrets_are_used(rendered: Rendered) -> Said:
    """Every secret of the list is named by something, or made by something."""
    used = {asked for _, asked, _, _ in _asked_secrets(rendered)}
    for secret in listed(rendered.overlay):
        if secret.name not in used and not secret.by:
            yield f"Secret/{secret.name}", "is on the list, and nothing names it"


def no_secret_is_in_a_document(rendered: Rendered) -> Said:
    """No document is a secret: their values are never written into the repository."""
    for document in rendered.of("Secret"):
        yield where(document), "has its values in the repository"


def _secrets(rendered: Rendered) -> dict[str, frozenset[str]]:
    """Keys by secret: of the list, and what cert-manager makes."""
    found = {secret.name: frozenset(key.name for key in secret.keys) for secret in listed(rendered.overlay)}
    made = {each["spec"]["secretName"]: TLS_KEYS for each in rendered.of("Certificate")}
    by_ingress = {tls["secretName"]: TLS_KEYS for each in rendered.of("Ingress") for tls in each["spec"].get("tls", ())}
    by_gateway = dict.fromkeys(_of_gateways(rendered), TLS_KEYS) if _has_issuer(rendered) else {}
    return {**by_ingress, **by_gateway, **made, **found}


def _of_gateways(rendered: Rendered) -> Iterator[str]:
    for gateway in rendered.of("Gateway"):
        for listener in gateway["spec"]["listeners"]:
            yield from (each["name"] for each in listener.get("tls", {}).get("certificateRefs", ()))


def _has_issuer(rendered: Rendered) -> bool:
    marks = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer")
    return any(
        mark in gateway["metadata"].get("annotations", {}) for gateway in rendered.of("Gateway") for mark in marks
    )


def _asked_secrets(rendered: Rendered) -> Iterator[tuple[str, str, str | None, bool]]:
    """Who names which secret, which key of it (None for all), and whether it may be missing."""
    for pod in rendered.pods:
        for each in _of_variables(pod, "secretKeyRef"):
            yield pod.where, each["name"], each["key"], each.get("optional", False)
        for volume in pod.spec.get("volumes", ()):
            secret = volume.get("secret", {})
            for item in secret.get("items", [{}]) if secret else ():
                yield pod.where, secret["secretName"], item.get("key"), secret.get("optional", False)
        for each in pod.spec.get("imagePullSecrets", ()):
            yield pod.where, each["name"], None, False
    for gateway in rendered.of("Gateway"):
        yield from ((where(gateway), asked, None, False) for asked in _of_gateways(rendered))
    for document in rendered.of("Cluster", "ObjectStore", "Issuer", "ClusterIssuer"):
        yield from ((where(document), *asked, False) for asked in _in_resources(document["spec"]))


def _in_resources(node: Any) -> Iterator[tuple[str, str | None]]:
    """Secrets that a custom resource reads: `passwordSecret: {name}` and `{name, key}` pairs."""
    if isinstance(node, list):
        for item in node:
            yield from _in_resources(item)
    elif isinstance(node, dict):
        if set(node) == {"name", "key"}:
            yield node["name"], node["key"]
        for key, value in node.items():
            if key == "passwordSecret":
                yield value["name"], "password"
            else:
                yield from _in_resources(value)


def volumes_are_there(rendered: Rendered) -> Said:
    """What a container mounts is a volume of its pod, no place is taken twice, and no volume is there for nobody."""
    for pod in rendered.pods:
        claimed = {name(each) for each in pod.owner["spec"].get("volumeClaimTemplates", ())}
        known = {volume["name"] for volume in pod.spec.get("volumes", ())} | claimed
        used: set[str] = set()
        for container in pod.containers:
            mounts = container.get("volumeMounts", ())
            used |= {mount["name"] for mount in mounts}
            places = [mount["mountPath"] for mount in mounts]
            if len(places) != len(set(places)):
                yield pod.where, f"{container['name']} mounts two volumes at one place"
        yield from ((pod.where, f"mounts volume {each}, which is not there") for each in sorted(used - known))
        yield from ((pod.where, f"has volume {each}, which nobody mounts") for each in sorted(known - used))
        yield from _claims(rendered, pod)


def _claims(rendered: Rendered, pod: Pod) -> Said:
    for volume in pod.spec.get("volumes", ()):
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        if claim and rendered.named("PersistentVolumeClaim", claim) is None:
            yield pod.where, f"names claim {claim}, which is not there"


def variables_are_defined(rendered: Rendered) -> Said:
    """`$(NAME)` in a container's environment and arguments is a variable that is defined by then."""
    maps = {name(document): document.get("data", {}) for document in rendered.of("ConfigMap")}
    for pod in rendered.pods:
        for container in pod.containers:
            defined = {
                key
                for each in container.get("envFrom", ())
                for key in maps.get(each.get("configMapRef", {}).get("name"), {})
            }
            for variable in container.get("env", ()):
                missing = sorted(set(COMPOSED.findall(variable.get("value") or "")) - defined)
                if missing:
                    yield pod.where, f"{container['name']}: {variable['name']} is made of {', '.join(missing)}, unknown"
                if variable["name"] in {each["name"] for each in _before(container, variable)}:
                    yield pod.where, f"{container['name']}: {variable['name']} is there twice"
                defined.add(variable["name"])


def _before(container: Document, variable: Document) -> list[Document]:
    variables = container["env"]
    found: list[Document] = variables[: next(i for i, each in enumerate(variables) if each is variable)]
    return found


def roles_are_there(rendered: Rendered) -> Said:
    """A binding binds a role that is there to an account that is there."""
    for binding in rendered.of("RoleBinding", "ClusterRoleBinding"):
        role = binding["roleRef"]
        if rendered.named(role["kind"], role["name"]) is None:
            yield where(binding), f"binds {role['kind']} {role['name']}, which is not there"
        for subject in binding["subjects"]:
            if subject["kind"] == "ServiceAccount" and rendered.named("ServiceAccount", subject["name"]) is None:
                yield where(binding), f"binds account {subject['name']}, which is not there"


def issuers_are_there(rendered: Rendered) -> Said:
    """A certificate is issued by somebody who is there."""
    for certificate in rendered.of("Certificate"):
        issuer = certificate["spec"]["issuerRef"]
        if rendered.named(issuer.get("kind", "Issuer"), issuer["name"]) is None:
            yield where(certificate), f"is issued by {issuer['name']}, which is not there"


def _variables(pod: Pod) -> Iterator[Document]:
    for container in pod.containers:
        yield from container.get("env", ())


def _of_variables(pod: Pod, source: str) -> Iterator[Document]:
    for variable in _variables(pod):
        if source in variable.get("valueFrom", {}):
            yield variable["valueFrom"][source]


def _from_all(pod: Pod) -> Iterator[Document]:
    for container in pod.containers:
        yield from container.get("envFrom", ())


def _of_volumes(pod: Pod, kind: str, key: str) -> Iterator[tuple[str, str | None]]:
    for volume in pod.spec.get("volumes", ()):
        if kind in volume:
            items = volume[kind].get("items", [{}])
            yield from ((volume[kind][key], item.get("key")) for item in items)
