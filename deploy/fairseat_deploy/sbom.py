"""What is in an image, as a software bill of materials: CycloneDX 1.6, from the image's lock and our own packages.

It is made from files, not from an image: the lock decides what an image has, by version and hash, and a test holds the
lock against the code. Licences are said where a package's metadata says them, which has to be installed here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from packaging.markers import Marker

from fairseat_deploy.images import Source, base_of
from fairseat_deploy.locks import Locked, image_packages, image_projects, normal, projects, wanted
from fairseat_deploy.tree import image_name

SPEC = "1.6"
IN_IMAGES = {"sys_platform": "linux", "platform_system": "Linux", "python_version": "3.13", "os_name": "posix"}
LICENCE_MAX = 60
"""Longer texts are whole licences and no names."""
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_MARKER = re.compile(r";\s*(.*?)\s*\\?$", re.MULTILINE)
_BASE = re.compile(r"(?P<name>[^:@]+):(?P<tag>[^@]+)@sha256:(?P<digest>[0-9a-f]{64})")
_CLASSIFIER = "License :: OSI Approved :: "

Json = dict[str, Any]


def sbom(image: str, source: Source) -> str:
    """The document of one image, the same for the same commit. `image` is a short name, e.g. `orders`."""
    packages = [each for each in image_packages(image) if _applies(each)]
    own = [_own(name) for name in image_projects(image)]
    subject = _subject(image, source)
    made = datetime.fromtimestamp(source.made_at_s, UTC).isoformat().replace("+00:00", "Z")
    document: Json = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {"timestamp": made, "lifecycles": [{"phase": "build"}], "component": subject},
        "components": [_base(image), *own, *(_library(each) for each in packages)],
        "dependencies": _dependencies(subject, own, image, packages),
    }
    document["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(document, sort_keys=True))}"
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _subject(image: str, source: Source) -> Json:
    name = image_name(image)
    return {
        "type": "container",
        "bom-ref": f"image:{name}",
        "name": name,
        "version": source.version,
        "properties": [{"name": "org.opencontainers.image.revision", "value": source.commit}],
    }


def _base(image: str) -> Json:
    found = _BASE.fullmatch(base_of(image))
    assert found, f"{image} has a base without a digest"
    name, tag, digest = found["name"], found["tag"], found["digest"]
    purl = f"pkg:oci/{name}@sha256%3A{digest}?tag={tag}"
    hashes = [{"alg": "SHA-256", "content": digest}]
    return {"type": "container", "bom-ref": purl, "name": name, "version": tag, "purl": purl, "hashes": hashes}


def _own(name: str) -> Json:
    told = tomllib.loads((projects()[name] / "pyproject.toml").read_text())["project"]
    return {
        "type": "library" if name == "fairseat-common" else "application",
        "bom-ref": name,
        "name": name,
        "version": told["version"],
        "description": told["description"],
        **({"licenses": [{"expression": told["license"]}]} if "license" in told else {}),
    }


def _library(locked: Locked) -> Json:
    hashes = [{"alg": "SHA-256", "content": content} for content in sorted(set(_HASH.findall(locked.lines)))]
    return {
        "type": "library",
        "bom-ref": _purl(locked),
        "name": locked.name,
        "version": locked.version,
        "purl": _purl(locked),
        # Those of every file that the registry has of this version; the installer takes no other.
        "hashes": hashes,
        **_licence_of(locked.name),
    }


def _purl(locked: Locked) -> str:
    return f"pkg:pypi/{locked.name}@{locked.version}"


def _applies(locked: Locked) -> bool:
    """Whether a package is installed in images, and not only on other systems."""
    found = _MARKER.search(locked.lines.splitlines()[0])
    return found is None or Marker(found[1]).evaluate({**IN_IMAGES, "extra": ""})


def _licence_of(name: str) -> Json:
    """The licence as a package's metadata says it; nothing where it does not, or where the package is not installed."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return {}
    if "License-Expression" in told:
        return {"licenses": [{"expression": told["License-Expression"]}]}
    text = told["License"].strip() if "License" in told else ""
    classified = [each.removeprefix(_CLASSIFIER) for each in told.get_all("Classifier") or [] if _CLASSIFIER in each]
    found = text if text and "\n" not in text and len(text) <= LICENCE_MAX else next(iter(classified), "")
    return {"licenses": [{"license": {"name": found}}]} if found else {}


def _dependencies(subject: Json, own: Iterable[Json], image: str, packages: list[Locked]) -> list[Json]:
    """Who needs whom, by reference."""
    refs = {each.name: _purl(each) for each in packages}
    ours = [each["bom-ref"] for each in own]
    needs: Mapping[str, list[str]] = {
        subject["bom-ref"]: [_base(image)["bom-ref"], *ours],
        **{name: [refs[normal(each)] for each in wanted(name) if normal(each) in refs] for name in ours},
        **{refs[each.name]: [refs[other.name] for other in packages if each.name in other.via] for each in packages},
    }
    return [{"ref": ref, "dependsOn": sorted(set(on))} for ref, on in needs.items()]
