"""Network policies let through what is needed and nothing else; each rule about it is seen to speak."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple

import pytest

from fairseat_deploy.rendering import Document, documents
from fairseat_deploy.rules import flows
from fairseat_deploy.rules.found import Rendered, Rule
from fairseat_deploy.tree import OVERLAYS

RULES: tuple[Rule, ...] = (
    flows.needed_connections_are_open,
    flows.data_is_reached_by_few,
    flows.challenges_need_no_port_of_a_node,
)
NOBODY = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "nobody"}}}
EDGE = {"namespaceSelector": {"matchLabels": {"fairseat-edge": "true"}}}


def policy(rendered: Rendered, name: str) -> Document:
    found = rendered.named("NetworkPolicy", name)
    assert found is not None, name
    spec: Document = found["spec"]
    return spec


class Broken(NamedTuple):
    """A change of an overlay, and one of the things that are said about it."""

    overlay: str
    change: Callable[[Rendered], object]
    where: str
    what: str


def solver_by_default(rendered: Rendered) -> None:
    (issuer,) = rendered.of("ClusterIssuer")
    for solver in issuer["spec"]["acme"]["solvers"]:
        del solver["http01"]["gatewayHTTPRoute"]["serviceType"]


CASES = (
    Broken("production", lambda them: policy(them, "auth")["ingress"][0].update({"from": [NOBODY]}),
           "pods of auth", "do not let in orders at port 8000"),
    Broken("production", lambda them: policy(them, "services-to-databases").update(egress=[]),
           "pods of payments", "are not let out to postgres, port 5432"),
    Broken("production", lambda them: policy(them, "web").update(egress=[]),
           "pods of web", "are not let out to tickets, port 8000"),
    Broken("production", lambda them: policy(them, "scraped-services").update(ingress=[]),
           "pods of orders", "do not let in prometheus at port 9000"),
    Broken("production", lambda them: policy(them, "postgres").update(ingress=[]),
           "pods of postgres", "do not let in orders at port 5432"),
    Broken("staging", lambda them: policy(them, "staging-access").update(ingress=[]),
           "pods of staging-access", "do not let in the edge at port 4180"),
    Broken("staging", lambda them: policy(them, "orders").update(ingress=[{"from": [EDGE]}]),
           "pods of orders", "do not let in staging-access at port 8000"),
    Broken("dev", lambda them: policy(them, "mail").update(ingress=[]),
           "pods of mail", "do not let in notifications at port 2525"),
    Broken("dev", lambda them: policy(them, "payments-to-provider").update(egress=[]),
           "pods of payments", "are not let out to provider, port 8000"),
    Broken("local", lambda them: policy(them, "nats").update(ingress=[{"from": [EDGE], "ports": [{"port": "client"}]}]),
           "pods of nats", "let in the edge at port 4222, who has no business there"),
    Broken("local", lambda them: policy(them, "services-to-databases")["podSelector"]["matchExpressions"].pop(),
           "pods of postgres", "let in web at port 5432, who has no business there"),
    Broken("production", solver_by_default,
           "ClusterIssuer/fairseat-letsencrypt",
           "answers challenges at a port of every node, which the quota refuses"),
)  # fmt: skip


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_needed_passes_and_nothing_else(overlay: str) -> None:
    rendered = Rendered(overlay, documents(overlay))
    assert [said for rule in RULES for said in rule(rendered)] == []


@pytest.mark.parametrize("broken", CASES, ids=lambda broken: f"{broken.overlay}: {broken.where} {broken.what}")
def test_a_policy_that_is_wrong_is_told(broken: Broken) -> None:
    rendered = Rendered(broken.overlay, deepcopy(documents(broken.overlay)))
    broken.change(rendered)
    assert (broken.where, broken.what) in {said for rule in RULES for said in rule(rendered)}
