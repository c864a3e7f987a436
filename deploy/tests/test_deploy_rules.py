"""Each rule is seen red: one change of a real overlay, and exactly what is said about it."""

from __future__ import annotations

import copy
from collections import Counter
from fnmatch import fnmatch
from typing import Any, NamedTuple

import pytest

from fairseat_deploy import rules
from fairseat_deploy.rendering import documents
from fairseat_deploy.rules import confined
from fairseat_deploy.rules.found import Rendered, Rule, where

GONE = object()
POD = "spec template spec "
CONFINED = POD + "containers 0 securityContext "
LABEL = "app.kubernetes.io/name"
RULES = {rule.__name__: rule for rule in rules.RULES}


class Case(NamedTuple):
    """A rule, a change (document, path with spaces between, value), and what is said: where and what."""

    rule: str
    document: str
    path: str
    value: object
    said: tuple[str, ...]
    overlay: str = "production"


def case(rule: str, document: str, path: str, value: object, *said: str, overlay: str = "production") -> Case:
    return Case(rule, document, path, value, said, overlay)


SERVICE = {"podSelector": {"matchLabels": {LABEL: "nobody"}}}
EDGE = {"namespaceSelector": {"matchLabels": {"fairseat-edge": "true"}}}
VARIABLE = {"name": "HOLD_SECOND", "value": "600"}
CASES = [
    # What a pod may do.
    case("containers_are_confined", "Deployment/orders", POD + "securityContext runAsNonRoot", False,
         "Deployment/orders: migrate may run as root (runAsNonRoot)",
         "Deployment/orders: service may run as root (runAsNonRoot)"),
    case("containers_are_confined", "Deployment/orders", POD + "securityContext seccompProfile type", "Unconfined",
         "Deployment/orders: its seccomp profile is not RuntimeDefault"),
    case("containers_are_confined", "StatefulSet/nats",
         CONFINED + "allowPrivilegeEscalation", GONE,
         "StatefulSet/nats: nats may gain privileges (allowPrivilegeEscalation)"),
    case("containers_are_confined", "Deployment/web", CONFINED + "readOnlyRootFilesystem", False,
         "Deployment/web: service may write to its image (readOnlyRootFilesystem)"),
    case("containers_are_confined", "Deployment/web", CONFINED + "capabilities add", ["NET_RAW"],
         "Deployment/web: service keeps capabilities"),
    case("containers_are_confined", "Deployment/web", CONFINED + "privileged", True,
         "Deployment/web: service is privileged"),
    case("nodes_are_left_alone", "Deployment/web", POD + "hostNetwork", True,
         "Deployment/web: shares the node's Network"),
    case("nodes_are_left_alone", "Deployment/web", POD + "volumes 0", {"name": "tmp", "hostPath": {"path": "/tmp"}},
         "Deployment/web: mounts /tmp of the node"),
    case("accounts_are_own", "Deployment/web", POD + "serviceAccountName", GONE,
         "Deployment/web: runs as service account default, which is not there"),
    case("accounts_are_own", "Deployment/web", POD + "serviceAccountName", "orders",
         "Deployment/web: shares service account orders with Deployment/orders"),
    case("accounts_are_own", "ServiceAccount/web", "automountServiceAccountToken", True,
         "ServiceAccount/web: hands its token to every pod"),
    case("tokens_are_kept_back", "Deployment/web", POD + "automountServiceAccountToken", GONE,
         "Deployment/web: has a token for the cluster's interface"),
    case("images_are_pinned", "Deployment/web", POD + "containers 0 image", "fairseat-web",
         "Deployment/web: service runs fairseat-web, which has no digest"),
    case("images_are_pinned", "StatefulSet/nats", POD + "containers 0 image", "nats:latest",
         "StatefulSet/nats: nats runs nats:latest, which has no digest", overlay="local"),
    case("services_run_their_own_image", "Deployment/web", POD + "containers 0 image", "r/fairseat-auth@sha256:1",
         "Deployment/web: service runs fairseat-auth"),
    case("resources_are_said", "Deployment/web", POD + "containers 0 resources requests cpu", "2",
         "Deployment/web: service asks for more cpu than its limit"),
    case("resources_are_said", "Deployment/web", POD + "containers 0 resources limits memory", GONE,
         "Deployment/web: service has no limit of memory"),
    case("resources_are_said", "Deployment/web", POD + "containers 0 resources requests memory", GONE,
         "Deployment/web: service asks for no memory"),
    case("priorities_are_there", "Deployment/web", POD + "priorityClassName", "fairseat-urgent",
         "Deployment/web: has priority 'fairseat-urgent', which is not there"),
    case("priorities_are_there", "Deployment/web", POD + "priorityClassName", GONE,
         "Deployment/web: has priority '', which is not there"),
    case("data_comes_first", "StatefulSet/nats", POD + "priorityClassName", "fairseat-service",
         "StatefulSet/nats: is no more important than services are"),
    case("data_comes_first", "Cluster/postgres", "spec priorityClassName", GONE,
         "Cluster/postgres: is no more important than services are"),
    case("services_push_nobody_out", "Deployment/web", POD + "priorityClassName", "fairseat-data",
         "Deployment/web: pushes out what has less priority, such as the edge"),
    case("temporary_files_are_limited", "Deployment/web", POD + "volumes 0", {"name": "tmp", "emptyDir": {}},
         "Deployment/web: volume tmp may fill the node"),
    # How pods start, are watched, are replaced and end.
    case("probes_ask_real_routes", "Deployment/web", POD + "containers 0 readinessProbe", GONE,
         "Deployment/web: service: no readinessProbe"),
    case("probes_ask_real_routes", "Deployment/web", POD + "containers 0 livenessProbe httpGet path", "/readyz",
         "Deployment/web: service: livenessProbe asks /readyz, which is no route of it"),
    case("probes_ask_real_routes", "Deployment/web", POD + "containers 0 livenessProbe httpGet port", "http",
         "Deployment/web: service: livenessProbe asks port http, where no probe is answered"),
    case("probes_ask_real_routes", "StatefulSet/nats", POD + "containers 0 livenessProbe",
         {"httpGet": {"path": "/healthz", "port": "monitored"}},
         "StatefulSet/nats: nats: livenessProbe asks port monitored, which is not there"),
    case("probes_ask_real_routes", "Deployment/grafana", POD + "containers 0 livenessProbe httpGet path", "/healthz",
         "Deployment/grafana: grafana: livenessProbe asks /healthz, which is no route of it"),
    case("mistakes_may_be_repaired", "Deployment/web", POD + "containers 0 livenessProbe failureThreshold", 3,
         "Deployment/web: is ended by its livenessProbe while a mistake is in the code", overlay="local"),
    case("stays_while_the_database_moves", "Deployment/web", POD + "containers 0 readinessProbe failureThreshold", 2,
         "Deployment/web: is taken out with all its like when the database is away for less than 30 s"),
    case("ends_in_time", "Deployment/web", POD + "terminationGracePeriodSeconds", 30,
         "Deployment/web: is killed before it ends: that takes 36 s"),
    case("ends_in_time", "Deployment/web", POD + "containers 0 env", [],
         "Deployment/web: does not drain (DRAIN_SECONDS)"),
    case("disruptions_have_a_budget", "PodDisruptionBudget/web", f"spec selector matchLabels {LABEL}", "page",
         "Deployment/web: has 0 budgets for disruptions", "PodDisruptionBudget/web: is for no pods"),
    case("disruptions_have_a_budget", "PodDisruptionBudget/web", "spec maxUnavailable", 0,
         "PodDisruptionBudget/web: lets none of 3 go (maxUnavailable 0)"),
    case("disruptions_have_a_budget", "PodDisruptionBudget/web", "spec", {
        "minAvailable": 3, "selector": {"matchLabels": {LABEL: "web"}}},
         "PodDisruptionBudget/web: lets none of 3 go (minAvailable 3)"),
    case("disruptions_have_a_budget", "PodDisruptionBudget/web", f"spec selector matchLabels {LABEL}", "orders",
         "Deployment/orders: has 2 budgets for disruptions", "Deployment/web: has 0 budgets for disruptions"),
    case("scalers_have_a_target", "HorizontalPodAutoscaler/web", "spec scaleTargetRef name", "pages",
         "HorizontalPodAutoscaler/web: scales Deployment/pages, which is not there"),
    case("scalers_have_a_target", "HorizontalPodAutoscaler/web", "spec maxReplicas", 2,
         "HorizontalPodAutoscaler/web: has a least number above the most"),
    case("scalers_have_a_target", "HorizontalPodAutoscaler/web", "spec metrics 0 containerResource container", "web",
         "HorizontalPodAutoscaler/web: looks at container web, which is not there"),
    case("selectors_match", "Deployment/web", f"spec selector matchLabels {LABEL}", "orders",
         "Deployment/web: does not select its own pods",
         "Deployment/web: selects the pods of Deployment/orders as well"),
    case("spread_counts_real_pods", "Deployment/web",
         POD + "topologySpreadConstraints 0 labelSelector matchLabels", {LABEL: "orders"},
         "Deployment/web: is spread over kubernetes.io/hostname by pods that are not its own"),
    case("spread_counts_real_pods", "Deployment/expiration", POD + "topologySpreadConstraints", [],
         "Deployment/expiration: may have all of its pods on one node"),
    case("names_are_unique", "ServiceAccount/web", "metadata name", "orders", "ServiceAccount/orders: is there twice"),
    # Who reaches whom.
    case("services_lead_somewhere", "Service/web", f"spec selector {LABEL}", "page",
         "Service/web: selects the pods of 0 workloads"),
    case("services_lead_somewhere", "Service/web", "spec ports 0 targetPort", "https",
         "Service/web: leads to port https, which no container has"),
    case("services_lead_somewhere", "Service/web", "spec type", "LoadBalancer",
         "Service/web: shows Deployment/web to the outside"),
    case("pods_have_a_policy", "NetworkPolicy/default-deny", "spec policyTypes", ["Ingress"],
         "NetworkPolicy: nothing is forbidden to all pods first"),
    case("pods_have_a_policy", "NetworkPolicy/tempo", f"spec podSelector matchLabels {LABEL}", "tempi",
         "StatefulSet/tempo: is in no network policy of its own",
         "StatefulSet/tempo: nobody is let in at port 3200, 4318, where a service leads"),
    case("pods_have_a_policy", "NetworkPolicy/orders", "spec ingress 0 ports 0 port", 8001,
         "Deployment/orders: nobody is let in at port 8000, where a service leads"),
    case("policies_name_what_is_there", "NetworkPolicy/orders", "spec ingress 0 ports 0 port", 8001,
         "NetworkPolicy/orders: names port 8001, which none of these pods has"),
    case("policies_name_what_is_there", "NetworkPolicy/orders", "spec ingress 0 from 1", SERVICE,
         'NetworkPolicy/orders: names pods that are not there: {"matchLabels": {"app.kubernetes.io/name": "nobody"}}'),
    case("policies_name_what_is_there", "NetworkPolicy/orders", "spec ingress 0 from 0",
         {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}},
         'NetworkPolicy/orders: names a namespace that nobody makes: '
         '{"matchLabels": {"kubernetes.io/metadata.name": "edge"}}'),
    case("policies_name_what_is_there", "NetworkPolicy/web", f"spec podSelector matchLabels {LABEL}", "page",
         "NetworkPolicy/web: is for no pods",
         "NetworkPolicy/web: names port http, which none of these pods has"),
    case("policies_name_what_is_there", "NetworkPolicy/web", "spec egress 0 ports 0 port", 8008,
         "NetworkPolicy/web: names port 8008, which none of these pods has"),
    case("addresses_lead_somewhere", "ConfigMap/fairseat-settings*", "data ORDERS_URL",
         "http://order.fairseat.svc.cluster.local:8000",
         "ConfigMap/fairseat-settings*: names order.fairseat, which is no service"),
    case("addresses_lead_somewhere", "ConfigMap/fairseat-settings*", "data ORDERS_URL",
         "http://orders.fairseat.svc.cluster.local:8008",
         "ConfigMap/fairseat-settings*: names port 8008 of orders, which it does not have"),
    case("addresses_lead_somewhere", "ConfigMap/fairseat-settings*", "data DATABASE_HOST",
         "postgres-rw.fairseat.svc.cluster.local:6432",
         "ConfigMap/fairseat-settings*: names port 6432 of postgres-rw, which it does not have"),
    case("all_is_in_our_namespace", "Service/web", "metadata namespace", "default",
         "Service/web: is in namespace 'default'"),
    case("services_are_reached_by_need", "NetworkPolicy/orders", "spec ingress 0 from 0", EDGE,
         "pods of orders: let in the edge at port 8000, who has no business there", overlay="staging"),
    case("few_reach_the_world", "NetworkPolicy/payments", "spec egress", [],
         "pods of payments: are not let out of the cluster"),
    case("few_reach_the_world", "NetworkPolicy/web", "spec egress 0", {"ports": [{"port": 443}]},
         "pods of web: are let out of the cluster"),
    case("the_clusters_interface_is_reached", "NetworkPolicy/postgres", "spec egress 1 ports", [{"port": 443}],
         "pods of postgres: do not reach the cluster's interface at 6443, 16443"),
    # What documents name.
    case("config_maps_are_there", "Deployment/web", POD + "containers 0 envFrom 0 configMapRef name", "settings",
         "Deployment/web: names config map settings, which is not there"),
    case("config_maps_are_there", "ConfigMap/fairseat-settings*", "data DATABASE_OPTIONS", GONE,
         *(f"Deployment/{service}: names key DATABASE_OPTIONS of config map fairseat-settings*, which is not there"
           for service in (
               "auth", "catalog", "expiration", "notifications", "orders", "payments", "tickets", "tools"))),
    case("secrets_are_listed", "Deployment/web", POD + "imagePullSecrets", [{"name": "hub"}],
         "Deployment/web: names secret hub, which is not on the list of this overlay"),
    case("secrets_are_listed", "Gateway/fairseat", "spec listeners 1 tls certificateRefs 0 name", "other-tls",
         "Gateway/fairseat: names secret other-tls, which is not on the list of this overlay"),
    case("secrets_are_listed", "ObjectStore/postgres-backups",
         "spec configuration s3Credentials accessKeyId key", "KEY_ID",
         "ObjectStore/postgres-backups: names key KEY_ID of secret backups, which is not on the list"),
    case("secrets_are_listed", "Deployment/web", POD + "containers 0 envFrom 0", {"secretRef": {"name": "web-secret"}},
         "Deployment/web: takes a whole secret as its environment"),
    case("secrets_are_used", "Deployment/grafana", POD + "containers 0 env", [],
         "Secret/grafana: is on the list, and nothing names it"),
    case("no_secret_is_in_a_document", "ServiceAccount/web", "kind", "Secret",
         "Secret/web: has its values in the repository"),
    case("volumes_are_there", "Deployment/web", POD + "containers 0 volumeMounts 0 name", "temporary",
         "Deployment/web: mounts volume temporary, which is not there",
         "Deployment/web: has volume tmp, which nobody mounts"),
    case("volumes_are_there", "Deployment/web", POD + "containers 0 volumeMounts 0 mountPath", "/etc/fairseat/nats",
         "Deployment/web: service mounts two volumes at one place"),
    case("variables_are_defined", "Deployment/orders", POD + "containers 0 env 0", {"name": "A", "value": "$(B)/x"},
         "Deployment/orders: service: A is made of B, unknown"),
    case("roles_are_there", "RoleBinding/kube-state-metrics", "roleRef name", "state",
         "RoleBinding/kube-state-metrics: binds Role state, which is not there"),
    case("roles_are_there", "RoleBinding/kube-state-metrics", "subjects 0 name", "state",
         "RoleBinding/kube-state-metrics: binds account state, which is not there"),
    case("issuers_are_there", "Certificate/nats-tls", "spec issuerRef name", "nobody",
         "Certificate/nats-tls: is issued by nobody, which is not there"),
    # What services read.
    case("services_accept_their_settings", "ConfigMap/fairseat-settings*", "data ORDERS_URL", GONE,
         "Deployment/web: service: ORDERS_URL is not set: docs/settings.md says what it is"),
    case("services_accept_their_settings", "ConfigMap/fairseat-settings*", "data NATS_REPLICAS", "2", *(
        f"Deployment/{service}: service: NATS_REPLICAS must be odd, since a majority decides, not 2"
        for service in ("auth", "catalog", "expiration", "notifications", "orders", "payments", "tickets", "web"))),
    case("pods_are_given_nothing_unknown", "Deployment/orders", POD + "containers 0 env 0", VARIABLE,
         "Deployment/orders: service sets HOLD_SECOND, which it never reads"),
    case("settings_are_known", "ConfigMap/fairseat-settings*", "data HOLD_SECOND", "600",
         "ConfigMap/fairseat-settings: says HOLD_SECOND, which nobody reads"),
    # The public routes.
    case("routes_are_the_table", "HTTPRoute/fairseat", "spec rules 0 backendRefs 0 name", "web",
         *(f"routes: {path} leads to web, not to auth"
           for path in ("/.well-known/jwks.json", "/api/keys", "/api/users", "/operations/auth"))),
    case("routes_are_the_table", "Ingress/fairseat", "spec rules 0 http paths 0 path", "/api/use",
         "routes: /api/use leads to auth, not to nobody", "routes: /api/users leads to nobody, not to auth",
         overlay="local"),
    case("routes_are_the_table", "HTTPRoute/fairseat", "kind", "GRPCRoute", "overlay production: has no edge"),
    case("routes_are_the_table", "ConfigMap/staging-access*", "data OAUTH2_PROXY_UPSTREAMS",
         "http://web.fairseat.svc.cluster.local:8000/", "routes: /api/users leads to nobody, not to auth",
         overlay="staging"),
    case("routes_do_not_overlap", "HTTPRoute/fairseat", "spec rules 0 matches 0 path value", "/api/shows",
         "HTTPRoute/fairseat: /api/shows is routed twice"),
    case("routes_do_not_overlap", "HTTPRoute/fairseat", "spec rules 0 matches 0 path value", "/api/shows/x",
         "HTTPRoute/fairseat: /api/shows/x overlaps /api/shows"),
    case("private_paths_lead_nowhere", "HTTPRoute/fairseat", "spec rules 0 matches 0 path value", "/metrics",
         "HTTPRoute/fairseat: /metrics is private"),
    case("routes_lead_to_services", "Service/catalog", "metadata name", "shows", *(
        f"HTTPRoute/fairseat: {path} leads to service catalog, which is not there" for path in (
            "/api/shows", "/api/venues", "/api/performers", "/api/imports", "/api/teams", "/api/organisers",
            "/operations/catalog"))),
    case("routes_lead_to_services", "HTTPRoute/fairseat", "spec rules 7 backendRefs 0 port", 80,
         "HTTPRoute/fairseat: / leads to port 80 of web, which it does not have"),
    case("routes_lead_to_services", "HTTPRoute/fairseat", "spec parentRefs 0 sectionName", "tls",
         "HTTPRoute/fairseat: belongs to fairseat tls, which is not there"),
    case("the_edge_is_the_public_url", "Gateway/fairseat", "spec listeners 1 hostname", "tickets.example.com",
         "Gateway/fairseat: https answers for tickets.example.com, not for tickets.example.org"),
    case("the_edge_is_the_public_url", "Gateway/fairseat", "spec listeners 1 tls", GONE,
         "Gateway/fairseat: https has no certificate"),
    case("the_edge_is_the_public_url", "Ingress/fairseat", "spec tls", [],
         "Ingress/fairseat: has no certificate for localhost", overlay="local"),
]  # fmt: skip


def changed(overlay: str, document: str, path: str, value: object) -> Rendered:
    """A copy of an overlay in which one thing is different; what is not changed is the original."""
    found = list(documents(overlay))
    at = next(index for index, each in enumerate(found) if fnmatch(where(each), document))
    found[at] = copy.deepcopy(found[at])
    node: Any = found[at]
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(" ")]
    for step in steps:
        node = node[step]
    if value is GONE:
        node.pop(last)
    else:
        node[last] = copy.deepcopy(value)
    return Rendered(overlay, tuple(found))


def sentences(rule: Rule, rendered: Rendered) -> list[str]:
    return [f"{who}: {what}" for who, what in rule(rendered)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.document}-{case.path.split(' ')[-1]}")
def test_a_rule_says_exactly_what_a_change_breaks(case: Case) -> None:
    rule = RULES[case.rule]
    before = Counter(sentences(rule, Rendered(case.overlay, documents(case.overlay))))
    after = Counter(sentences(rule, changed(case.overlay, case.document, case.path, case.value)))
    new = sorted((after - before).elements())
    if case.rule == "routes_are_the_table" and case.overlay == "staging":  # every route is missed; the first will do
        new = new[: new.index(case.said[0]) + 1][-1:]
    assert len(new) == len(case.said), new
    assert all(fnmatch(one, _pattern(said)) for one, said in zip(new, sorted(case.said), strict=True)), new


def _pattern(said: str) -> str:
    """Names of config maps end with a hash of what is in them; nothing else is a pattern."""
    return "".join(f"[{letter}]" if letter in "[]{}" else letter for letter in said)


def test_every_rule_is_seen_red() -> None:
    elsewhere = {
        "connections_fit",  # test_deploy_capacity.py
        # test_deploy_flows.py
        "needed_connections_are_open", "data_is_reached_by_few", "challenges_need_no_port_of_a_node",
    }  # fmt: skip
    assert {case.rule for case in CASES} | elsewhere == RULES.keys()


@pytest.mark.parametrize(("text", "number"), [("100m", 0.1), ("2", 2), (1, 1), ("128Mi", 2**27), ("1.5G", 1.5e9)])
def test_quantities_are_numbers(text: str | float, number: float) -> None:
    assert confined.quantity(text) == pytest.approx(number)


def test_what_is_no_quantity_is_said() -> None:
    with pytest.raises(ValueError, match="'much' is no quantity"):
        confined.quantity("much")
