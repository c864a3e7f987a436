"""The door of staging: everything leads to it, it leads where the routes do, and nobody gets past it."""

from __future__ import annotations

import base64
import copy
import hashlib
from typing import Any

import yaml

from fairseat_deploy import access
from fairseat_deploy.rendering import documents
from fairseat_deploy.routes_table import ANSWER_MAX
from fairseat_deploy.smoke_account import make
from fairseat_deploy.tree import DEPLOY, OVERLAYS, ROOT
from fairseat_local.routes import PREFIXES, SERVICES, service_of

DOOR = "staging-access"
LET_IN = (DOOR, "certificate-challenges")
EDGE = {"fairseat-edge": "true"}

Document = dict[str, Any]


def led_to(path: str) -> str:
    """The service that the door leads a path to, as oauth2-proxy decides it: the longest address that fits."""
    fitting = []
    for upstream in access.upstreams():
        service, _, known = upstream.removeprefix("http://").partition("/")
        known = f"/{known}"
        if path == known or (known.endswith("/") and path.startswith(known)):
            fitting.append((len(known), service.partition(".")[0]))
    return max(fitting)[1]


def of_kind(kind: str, given: list[Document]) -> list[Document]:
    return [document for document in given if document["kind"] == kind]


def named(kind: str, name: str) -> Document:
    """A document of staging."""
    return next(one for one in of_kind(kind, list(documents("staging"))) if one["metadata"]["name"] == name)


def past_the_door(given: list[Document]) -> list[str]:
    """Ways to a service that do not go through the door."""
    found = []
    for route in of_kind("HTTPRoute", given):
        for rule in route["spec"]["rules"]:
            found += [f"route to {each['name']}" for each in rule.get("backendRefs", ()) if each["name"] != DOOR]
    for policy in of_kind("NetworkPolicy", given):
        name = policy["metadata"]["name"]
        for rule in policy["spec"].get("ingress", ()):
            selected = [each.get("namespaceSelector", {}).get("matchLabels") for each in rule.get("from", ())]
            if name not in LET_IN and EDGE in selected:
                found.append(f"edge asks {name}")
    return found


def test_it_is_written_from_the_table_of_routes() -> None:
    assert access.FILE.read_text() == access.text()


def test_every_path_leads_to_the_service_that_answers_it_elsewhere() -> None:
    paths = ["/", "/shows", "/apis", "/api", "/api/ordersx", "/api/unknown/1", "/static/app.css"]
    for prefix, name in PREFIXES.items():
        if name in SERVICES:
            paths += [f"{prefix}{rest}" for rest in ("", "/", "/1/x", "x")]
    assert {path: led_to(path) for path in paths} == {path: service_of(path) for path in paths}


def test_nobody_gets_past_it_on_staging_and_nobody_meets_it_elsewhere() -> None:
    staging = list(documents("staging"))
    assert past_the_door(staging) == []
    for overlay in set(OVERLAYS) - {"staging"}:
        assert [one for one in documents(overlay) if one["metadata"]["name"] == DOOR] == [], overlay
    planted = copy.deepcopy(staging)
    of_kind("HTTPRoute", planted)[0]["spec"]["rules"] = [{"backendRefs": [{"name": "web", "port": 8000}]}]
    orders = next(one for one in of_kind("NetworkPolicy", planted) if one["metadata"]["name"] == "orders")
    orders["spec"]["ingress"].append({"from": [{"namespaceSelector": {"matchLabels": EDGE}}]})
    assert past_the_door(planted) == ["route to web", "edge asks orders"]


def test_services_can_be_asked_by_the_door_alone_from_outside() -> None:
    policies = {one["metadata"]["name"]: one for one in of_kind("NetworkPolicy", list(documents("staging")))}
    door = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": DOOR}}}
    assert [name for name in SERVICES if door not in policies[name]["spec"]["ingress"][0]["from"]] == []
    assert policies[DOOR]["spec"]["ingress"][0]["from"] == [{"namespaceSelector": {"matchLabels": EDGE}}]


def test_only_the_payment_provider_comes_in_without_signing_in() -> None:
    staging = list(documents("staging"))
    settings = next(one["data"] for one in of_kind("ConfigMap", staging) if one["metadata"]["name"].startswith(DOOR))
    assert settings["OAUTH2_PROXY_SKIP_AUTH_ROUTES"] == "POST=^/api/payments/webhook$"
    assert settings["OAUTH2_PROXY_COOKIE_NAME"].startswith("__Host-")
    assert settings["OAUTH2_PROXY_GITHUB_ORG"]
    assert settings["OAUTH2_PROXY_GITHUB_TEAM"]
    (rule,) = next(one for one in of_kind("HTTPRoute", staging) if one["metadata"]["name"] == "fairseat")["spec"][
        "rules"
    ]
    filters = {each["type"]: each for each in rule["filters"]}
    # The door takes it for the path, so whoever says the webhook's there would need no sign-in anywhere.
    assert filters["RequestHeaderModifier"]["requestHeaderModifier"]["remove"] == ["X-Forwarded-Uri"]
    assert filters["ResponseHeaderModifier"]["responseHeaderModifier"]["set"] == [
        {"name": "X-Robots-Tag", "value": "noindex, nofollow"}
    ]


def test_who_is_taken_out_of_the_team_is_out_when_the_sign_in_ends() -> None:
    """A refresh makes a sign-in last as long again, and asks GitHub whether the login works, not who is in the team."""
    settings = next(
        one["data"]
        for one in of_kind("ConfigMap", list(documents("staging")))
        if one["metadata"]["name"].startswith(DOOR)
    )
    assert "OAUTH2_PROXY_COOKIE_REFRESH" not in settings
    assert settings["OAUTH2_PROXY_COOKIE_EXPIRE"] == "8h"
    assert "within eight hours" in (ROOT / "docs/runbooks/staging-access.md").read_text()
    assert settings["OAUTH2_PROXY_UPSTREAM_TIMEOUT"] == ANSWER_MAX, "an answer may take as long as elsewhere"


def test_its_secret_is_in_the_list_with_all_that_it_reads() -> None:
    listed = yaml.safe_load((DEPLOY / "secrets.yaml").read_text())["secrets"]
    (secret,) = [one for one in listed if one["name"] == DOOR]
    deployment = next(
        one for one in of_kind("Deployment", list(documents("staging"))) if one["metadata"]["name"] == DOOR
    )
    pod = deployment["spec"]["template"]["spec"]
    read = {each["valueFrom"]["secretKeyRef"]["key"] for each in pod["containers"][0]["env"]}
    read |= {item["key"] for volume in pod["volumes"] for item in volume["secret"]["items"]}
    assert read == set(secret["keys"])
    assert secret["overlays"] == ["staging"]


def test_the_account_of_automatic_checks_fits_both_of_its_forms() -> None:
    made = make()
    name, _, password = made.account.partition(":")
    digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
    assert made.line == f"{name}:{{SHA}}{digest}"
    assert make() != made
