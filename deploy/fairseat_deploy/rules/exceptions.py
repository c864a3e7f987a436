"""What a rule is not held to, with the reason. An exception that nothing needs any more is a finding itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fairseat_deploy.rules.found import Finding

_UNTHROTTLED = "a query may take what is free; a limit would lose measurements when they matter most"
_ASKS = "has a token for the cluster's interface"
EXCEPTIONS: Mapping[Finding, str] = {
    Finding("tokens_are_kept_back", "Deployment/kube-state-metrics", _ASKS): "it reads the state of objects",
    Finding("tokens_are_kept_back", "StatefulSet/prometheus", _ASKS): "it finds pods and nodes by asking",
    **{
        Finding("resources_are_said", f"{kind}/{name}", f"{name} has no limit of cpu"): _UNTHROTTLED
        for kind, name in (
            ("Deployment", "grafana"),
            ("Deployment", "kube-state-metrics"),
            ("StatefulSet", "alertmanager"),
            ("StatefulSet", "prometheus"),
            ("StatefulSet", "tempo"),
        )
    },
}


def is_excepted(finding: Finding) -> bool:
    """Whether there is a reason for it."""
    return finding in EXCEPTIONS


def unused(excepted: Iterable[Finding]) -> Iterator[Finding]:
    """The exceptions that were not needed for any of these findings."""
    yield from sorted(EXCEPTIONS.keys() - set(excepted))
