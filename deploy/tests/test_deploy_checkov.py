"""What checkov says is held against the list of what may fail, both ways. `make checkov` runs the real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairseat_deploy.checkov import CheckovError, Failed, Result, problems, read, run

LIMITS = Failed("CKV_K8S_11", "Deployment/grafana", "CPU limits should be set")
KNOWN = {"CKV_K8S_11": {"reason": "It may take what is free.", "workloads": ["Deployment/grafana"]}}


def answer(**summary: int) -> str:
    failed = {"check_id": LIMITS.check, "resource": "Deployment.fairseat.grafana", "check_name": LIMITS.what}
    counts = {"passed": 10, "parsing_errors": 0, **summary}
    return json.dumps({"results": {"failed_checks": [failed]}, "summary": counts})


def test_what_failed_is_read() -> None:
    assert read(answer()) == Result(10, frozenset({LIMITS}))


@pytest.mark.parametrize(
    ("output", "said"),
    [("no JSON", "no JSON"), (answer(parsing_errors=1), "could not read 1 files"), (answer(passed=0), "0 checks pass")],
)
def test_an_answer_that_says_nothing_is_no_success(output: str, said: str) -> None:
    with pytest.raises(CheckovError, match=said):
        read(output)


def test_only_what_is_listed_may_fail() -> None:
    assert problems(Result(10, frozenset({LIMITS})), KNOWN) == []
    other = LIMITS._replace(workload="Deployment/web")
    assert problems(Result(10, frozenset({other})), KNOWN) == [
        "Deployment/web: CPU limits should be set [CKV_K8S_11]",
        "CKV_K8S_11 fails no more for Deployment/grafana: take it off the list",
    ]
    unsaid = {"CKV_K8S_11": {"reason": "", "workloads": ["Deployment/grafana"]}}
    assert problems(Result(10, frozenset({LIMITS})), unsaid) == ["CKV_K8S_11 is listed without a reason"]


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckovError, match="No such file"):
        run(tmp_path / "checkov", ["local"])
