"""What a cluster gets beside the marketplace: exact versions, checksums, and the names that the overlays use."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fairseat_deploy.rendering import documents
from fairseat_deploy.tree import DEPLOY, OVERLAYS

FOLDER = DEPLOY / "cluster"
SCRIPT = FOLDER / "install.sh"
PRETENDED = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in *--output=yaml*) echo "kind: Namespace" ;; esac
"""
# What the real one would say of the file that is published.
SUMS_ARE_RIGHT = '#!/bin/sh\necho "sha256sum $(cat)" >> "$CALLS"\n'


def installed(folder: Path, overlay: str, *, sums_are_right: bool = True) -> tuple[int, list[str], str]:
    """How the script ends in a pretended cluster, what it called, and what it said."""
    calls = folder / "calls"
    programs = dict.fromkeys(("kubectl", "helm", "curl", "doctl"), PRETENDED)
    if sums_are_right:
        programs["sha256sum"] = SUMS_ARE_RIGHT
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls)}
    done = subprocess.run(["sh", SCRIPT, overlay], env=environ, capture_output=True, text=True, check=False)
    return done.returncode, calls.read_text().splitlines() if calls.exists() else [], done.stderr


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_overlay_gets_what_it_needs(tmp_path: Path, overlay: str) -> None:
    status, calls, said = installed(tmp_path, overlay)
    assert status == 0, said
    text = "\n".join(calls)
    assert calls[0] == "kubectl config current-context"
    charts = re.findall(r"helm upgrade --install (\S+) \S+ --version (v?\d+\.\d+\.\d+) ", text)
    names = [name for name, _ in charts]
    assert names == (["cert-manager"] if overlay == "local" else ["envoy-gateway", "cert-manager", "metrics-server"])
    kinds = {document["kind"] for document in documents(overlay)}
    assert ("cloudnative-pg" in text) == ("Cluster" in kinds)
    classed = "--filename=envoy-proxy.yaml --filename=gateway-class.yaml" in text
    assert classed == ("Gateway" in kinds)
    edge = "ingress-nginx" if overlay == "local" else "envoy-gateway-system"
    assert f"kubectl label namespace {edge} fairseat-edge=true --overwrite" in calls


def test_resources_of_the_gateway_are_of_its_version_whatever_the_cluster_came_with(tmp_path: Path) -> None:
    """Clusters of DigitalOcean bring older ones: helm installs nothing over those, and never renews its own."""
    _, calls, _ = installed(tmp_path, "production")
    (chart,) = [call for call in calls if call.startswith("helm upgrade --install envoy-gateway ")]
    assert chart.endswith(" --set crds.enabled=false")
    (drawn,) = [call for call in calls if call.startswith("helm template ")]
    assert re.findall(r"--version (\S+)", drawn) == re.findall(r"--version (\S+)", chart)
    assert "crds.gatewayAPI.enabled=true" in drawn
    assert "crds.envoyGateway.enabled=true" in drawn
    taken = "kubectl apply --server-side --force-conflicts --filename=-"
    assert max(calls.index(drawn), calls.index(taken)) < calls.index(chart)
    marked = re.findall(
        r"(\w+)\.gateway\.networking\.k8s\.io doks\S+/install-policy=external$", "\n".join(calls), re.MULTILINE
    )
    assert marked == ["gatewayclasses", "gateways", "grpcroutes", "httproutes", "referencegrants", "tlsroutes"]


def test_a_file_that_is_not_what_it_was_is_not_applied(tmp_path: Path) -> None:
    status, calls, said = installed(tmp_path, "production", sums_are_right=False)
    assert status == 1
    assert "is not what it was" in said
    assert calls[-1].startswith("curl ")


def test_an_unknown_overlay_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    status, calls, said = installed(tmp_path, "prod")
    assert (status, calls) == (2, [])
    assert said.startswith("usage:")


def test_the_edge_is_named_as_the_overlays_name_it() -> None:
    kept: dict[str, Any] = {
        document["kind"]: document
        for name in ("envoy-proxy", "gateway-class", "client-traffic")
        for document in [yaml.safe_load((FOLDER / f"{name}.yaml").read_text())]
    }
    gateway = next(document for document in documents("production") if document["kind"] == "Gateway")
    assert kept["GatewayClass"]["metadata"]["name"] == gateway["spec"]["gatewayClassName"]
    proxies = kept["EnvoyProxy"]
    referred = kept["GatewayClass"]["spec"]["parametersRef"]
    assert (referred["kind"], referred["name"]) == (proxies["kind"], proxies["metadata"]["name"])
    assert referred["namespace"] == proxies["metadata"]["namespace"]
    runs = proxies["spec"]["provider"]["kubernetes"]
    assert runs["envoyDeployment"]["replicas"] > runs["envoyPDB"]["minAvailable"], "a node can be drained"
    spread = runs["envoyDeployment"]["pod"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]
    assert set(spread.values()) == {gateway["metadata"]["name"]}
    traffic = kept["ClientTrafficPolicy"]
    assert traffic["metadata"]["namespace"] == gateway["metadata"]["namespace"]
    assert [target["name"] for target in traffic["spec"]["targetRefs"]] == [gateway["metadata"]["name"]]
    told = gateway["spec"]["infrastructure"]["annotations"]
    assert told["service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol"] == "true"
    assert "proxyProtocol" in traffic["spec"]


def test_versions_are_told_as_they_are() -> None:
    script, told = SCRIPT.read_text(), (FOLDER / "README.md").read_text()
    versions = re.findall(r"^[A-Z_]+=(v?\d+\.\d+\.\d+)$", script, re.MULTILINE)
    versions += re.findall(r"(?:cnpg-|download/)(v?\d+\.\d+\.\d+)", script)
    assert len(versions) == 5
    assert [version for version in versions if version not in told] == []
