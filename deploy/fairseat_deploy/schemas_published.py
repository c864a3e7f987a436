"""Which schemas are read that no package of ours ships, and where they are published. Versions are pinned by commit."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """One file of a repository."""

    repository: str
    commit: str
    """Its first characters, which are enough to be the only one."""
    path: str
    files: tuple[str, ...]
    """What is kept of it: `<group>_<kind>_<version>.json` for each version of a custom resource, or the file itself."""


_GATEWAY = ("kubernetes-sigs/gateway-api", "4564255ac", "config/crd/standard/gateway.networking.k8s.io_{}.yaml")
_CERTIFICATES = ("cert-manager/cert-manager", "2d0d7f7f7", "deploy/crds/cert-manager.io_{}.yaml")
_POSTGRES = ("cloudnative-pg/cloudnative-pg", "a95a534db", "config/crd/bases/postgresql.cnpg.io_{}.yaml")


def _resource(where: tuple[str, str, str], plural: str, kind: str, *versions: str) -> Published:
    repository, commit, path = where
    group = path.rpartition("/")[2].partition("_")[0]
    return Published(repository, commit, path.format(plural), tuple(f"{group}_{kind}_{each}.json" for each in versions))


PUBLISHED = (
    _resource(_GATEWAY, "gatewayclasses", "gatewayclass", "v1", "v1beta1"),
    _resource(_GATEWAY, "gateways", "gateway", "v1", "v1beta1"),
    _resource(_GATEWAY, "httproutes", "httproute", "v1", "v1beta1"),
    _resource(_GATEWAY, "referencegrants", "referencegrant", "v1", "v1beta1"),
    _resource(_CERTIFICATES, "certificates", "certificate", "v1"),
    _resource(_CERTIFICATES, "clusterissuers", "clusterissuer", "v1"),
    _resource(_CERTIFICATES, "issuers", "issuer", "v1"),
    _resource(_POSTGRES, "clusters", "cluster", "v1"),
    _resource(_POSTGRES, "databases", "database", "v1"),
    _resource(_POSTGRES, "poolers", "pooler", "v1"),
    _resource(_POSTGRES, "scheduledbackups", "scheduledbackup", "v1"),
    Published(
        "GoogleContainerTools/skaffold",
        "359a940c1b",
        "docs-v2/content/en/schemas/v4beta14.json",
        ("skaffold_v4beta14.json",),
    ),
)
FILES = tuple(file for published in PUBLISHED for file in published.files)
GROUPS = frozenset(file.partition("_")[0] for file in FILES if file.count("_") == 2)
"""The API groups whose kinds have their schemas here, and not in Kubernetes' own."""
