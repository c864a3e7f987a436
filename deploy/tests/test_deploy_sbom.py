"""Bills of materials: complete, as CycloneDX asks for, and the same for the same commit."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from fairseat_deploy.images import Source
from fairseat_deploy.locks import image_folder, read_lock
from fairseat_deploy.sbom import sbom
from fairseat_deploy.tree import IMAGES

SOURCE = Source("c0ffee", "f" * 40, 1_700_000_000, "1.2.3")
ELSEWHERE = {"colorama"}
"""Locked for other systems than the images'."""
LICENSED_PERCENT_MIN = 95


def document(image: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(sbom(image, SOURCE))
    return read


@pytest.mark.parametrize("image", IMAGES)
def test_a_bill_has_what_cyclonedx_requires(image: str) -> None:
    bill = document(image)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    subject = bill["metadata"]["component"]
    assert (subject["type"], subject["name"], subject["version"]) == ("container", f"fairseat-{image}", "1.2.3")
    for component in bill["components"]:
        assert component["type"] in {"library", "application", "container"}
        assert component["name"]
        assert component["version"]
    refs = [subject["bom-ref"], *(component["bom-ref"] for component in bill["components"])]
    assert len(set(refs)) == len(refs)
    assert {each["ref"] for each in bill["dependencies"]} | {refs[1]} == set(refs)
    assert {ref for each in bill["dependencies"] for ref in each["dependsOn"]} <= set(refs)


@pytest.mark.parametrize("image", IMAGES)
def test_a_bill_names_everything_that_is_installed_with_its_hashes(image: str) -> None:
    components = {each["name"]: each for each in document(image)["components"]}
    lock = read_lock((image_folder(image) / "requirements.lock").read_text())
    third_party = {name: each for name, each in components.items() if each.get("purl", "").startswith("pkg:pypi/")}
    assert third_party.keys() == lock.keys() - ELSEWHERE
    for name, each in third_party.items():
        assert each["version"] == lock[name].version
        assert all(f"--hash=sha256:{one['content']}" in lock[name].lines for one in each["hashes"])
        assert len(each["hashes"]) == lock[name].lines.count("--hash=")
    assert "fairseat-common" in components
    assert components["python"]["hashes"]
    licensed = [name for name, each in third_party.items() if each.get("licenses")]
    assert len(licensed) * 100 >= len(third_party) * LICENSED_PERCENT_MIN


def test_a_bill_is_the_same_again_and_another_for_another_version() -> None:
    assert sbom("orders", SOURCE) == sbom("orders", SOURCE)
    assert sbom("orders", SOURCE) != sbom("orders", replace(SOURCE, version="1.2.4"))


def test_only_web_prints_and_only_auth_hashes_passwords() -> None:
    having = {name: {each["name"] for each in document(name)["components"]} for name in IMAGES}
    assert [name for name in IMAGES if "fpdf2" in having[name]] == ["web", "tools"]
    assert [name for name in IMAGES if "argon2-cffi" in having[name]] == ["auth", "tools"]
    assert [name for name in IMAGES if "stripe" in having[name]] == ["payments", "tools"]
