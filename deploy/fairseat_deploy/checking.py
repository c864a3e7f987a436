"""All checks of manifests together: that they render, that schemas accept them, and that every rule holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairseat_deploy.rendering import documents
from fairseat_deploy.routes_table import stale
from fairseat_deploy.rules import findings
from fairseat_deploy.rules.exceptions import unused
from fairseat_deploy.rules.found import Finding, Rendered, where
from fairseat_deploy.rules.tree import problems as problems_of_tree
from fairseat_deploy.schemas import problems as problems_of_schemas
from fairseat_deploy.tree import OVERLAYS, ROOT


@dataclass(frozen=True)
class Report:
    """What was looked at, and what is wrong with it."""

    documents: int
    lines: list[str]


def report(overlays: Iterable[str]) -> Report:
    """Check overlays and what belongs to all of them. Raises RenderError and SchemasMissingError."""
    count, lines = 0, []
    seen: list[Finding] = []
    for overlay in overlays:
        found = documents(overlay)
        count += len(found)
        lines += [f"{overlay}: {where(document)}: {problem}" for document, problem in problems_of_schemas(found)]
        said = list(findings(Rendered(overlay, found), excepted=seen))
        lines += [f"{overlay}: {finding.where}: {finding.what} [{finding.rule}]" for finding in said]
    if set(overlays) == set(OVERLAYS):
        lines += [f"exception that nothing needs: {each.where}: {each.what}" for each in unused(seen)]
    lines += problems_of_tree()
    lines += [f"{path.relative_to(ROOT)} is out of date: `fairseat-deploy routes write` mends it" for path in stale()]
    return Report(count, lines)
