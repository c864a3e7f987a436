"""What there is once is enough for everybody, and is nobody else's: connections, buckets, domains."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy

import pytest

from fairseat_deploy.rendering import Document, documents
from fairseat_deploy.rules.capacity import connections_fit
from fairseat_deploy.rules.confined import quantity
from fairseat_deploy.rules.found import Pod, Rendered
from fairseat_deploy.tree import DEPLOY, ROOT

PUBLIC = ("staging", "production")
SIZING = (ROOT / "docs/sizing.md").read_text()
ROW = re.compile(r"^\| ([\w, ]+) \| (\w+) to (\w+) \| (\d+) to (\d+) (\wi) \| (\d+)(?: to (\d+))?", re.MULTILINE)


def one(rendered: Rendered, kind: str, name: str) -> Document:
    found = rendered.named(kind, name)
    assert found is not None, f"{kind}/{name}"
    return found


def larger_pool(rendered: Rendered) -> None:
    found = next(each for each in rendered.of("ConfigMap") if each["metadata"]["name"].startswith("fairseat-settings"))
    found["data"]["POOL_MAX"] = "100"


def more_replicas(rendered: Rendered) -> None:
    one(rendered, "HorizontalPodAutoscaler", "payments")["spec"]["maxReplicas"] = 100


def more_at_a_roll_out(rendered: Rendered) -> None:
    one(rendered, "Deployment", "orders")["spec"]["strategy"]["rollingUpdate"]["maxSurge"] = 100


def fewer_connections(rendered: Rendered) -> None:
    one(rendered, "Cluster", "postgres")["spec"]["postgresql"]["parameters"]["max_connections"] = "100"


@pytest.mark.parametrize("overlay", PUBLIC)
def test_all_replicas_together_have_their_connections(overlay: str) -> None:
    assert list(connections_fit(Rendered(overlay, documents(overlay)))) == []


@pytest.mark.parametrize("broken", [larger_pool, more_replicas, more_at_a_roll_out, fewer_connections])
def test_too_many_connections_are_told(broken: Callable[[Rendered], None]) -> None:
    rendered = Rendered("production", deepcopy(documents("production")))
    broken(rendered)
    ((where, what),) = connections_fit(rendered)
    assert where == "Cluster/postgres"
    assert "services may ask for" in what


def said(overlay: str) -> dict[str, str]:
    """What Terraform is told of an environment."""
    text = (DEPLOY / f"digitalocean/cluster/environments/{overlay}.tfvars").read_text()
    return dict(re.findall(r'^(\w+)\s*= "(.*)"$', text, re.MULTILINE))


def bucket(overlay: str) -> str:
    store = one(Rendered(overlay, documents(overlay)), "ObjectStore", "postgres-backups")
    return str(store["spec"]["configuration"]["destinationPath"])


@pytest.mark.parametrize("overlay", PUBLIC)
def test_a_cluster_is_what_terraform_makes_for_it(overlay: str) -> None:
    rendered = Rendered(overlay, documents(overlay))
    assert bucket(overlay).startswith(f"s3://{said(overlay)['backups_bucket']}/")
    assert rendered.settings["PUBLIC_URL"] == f"https://{said(overlay)['domain']}"
    asked = one(rendered, "Gateway", "fairseat")["spec"]["infrastructure"]["annotations"]
    assert asked["service.beta.kubernetes.io/do-loadbalancer-name"] == said(overlay)["domain"]


def test_no_two_clusters_write_their_backups_to_one_place() -> None:
    assert len({bucket(overlay) for overlay in PUBLIC}) == len(PUBLIC)


def range_of(rendered: Rendered, pod: Pod) -> tuple[int, int]:
    """The least and the most of a workload's pods."""
    scaler = rendered.named("HorizontalPodAutoscaler", pod.name)
    return (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) if scaler else (pod.replicas, pod.replicas)


def test_sizing_says_what_production_asks_for() -> None:
    rendered = Rendered("production", documents("production"))
    cluster = one(rendered, "Cluster", "postgres")["spec"]
    known = {"PostgreSQL": (cluster["resources"], (cluster["instances"], cluster["instances"]))}
    for pod in rendered.pods:
        known["NATS" if pod.name == "nats" else pod.name] = (pod.running[0]["resources"], range_of(rendered, pod))
    rows = ROW.findall(SIZING)
    assert len(rows) == 9, "a row that is written otherwise"
    for names, cpu, cpu_most, memory, memory_most, unit, least, most in rows:
        for name in names.split(", "):
            resources, replicas = known[name]
            assert resources["requests"] == {"cpu": cpu, "memory": memory + unit}, name
            assert quantity(resources["limits"]["cpu"]) == quantity(cpu_most), name
            assert quantity(resources["limits"]["memory"]) == quantity(memory_most + unit), name
            assert replicas == (int(least), int(most or least)), name


def test_sizing_says_what_all_of_it_needs() -> None:
    rendered = Rendered("production", documents("production"))
    cluster, store = one(rendered, "Cluster", "postgres"), one(rendered, "ObjectStore", "postgres-backups")
    asked = cluster["spec"]["instances"] * [
        cluster["spec"]["resources"],
        store["spec"]["instanceSidecarConfiguration"]["resources"],
    ]
    for pod in rendered.pods:
        beside = [each for each in pod.spec.get("initContainers", ()) if each.get("restartPolicy") == "Always"]
        asked += range_of(rendered, pod)[0] * [each["resources"] for each in (*pod.running, *beside)]
    cores = sum(quantity(each["requests"]["cpu"]) for each in asked)
    memory = sum(quantity(each["requests"]["memory"]) for each in asked)
    assert f"asks for {cores:.1f} cores and {memory / 2**30:.0f} GiB" in SIZING


def test_sizing_says_how_many_live_pages_there_may_be() -> None:
    (web,) = [pod for pod in Rendered("production", documents("production")).pods if pod.name == "web"]
    most = next(each["value"] for each in web.running[0]["env"] if each["name"] == "STREAMS_MAX")
    assert f"`STREAMS_MAX` ({int(most):,})" in SIZING
