"""Every overlay renders with pinned images and is in order; the routes are written from the one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fairseat_deploy import routes_table
from fairseat_deploy.checking import report
from fairseat_deploy.rendering import MADE_UP_DIGEST, RenderError, documents, parsed, render
from fairseat_deploy.rules.tree import problems
from fairseat_deploy.tree import IMAGES, OVERLAYS, ROOT
from fairseat_local.routes import SERVICES


def test_every_overlay_is_in_order() -> None:
    found = report(OVERLAYS)
    assert found.lines == []
    assert found.documents > 4 * 80


def written(folder: Path, **more: Any) -> Path:
    told = {"registry": "registry.example/shop", "images": dict.fromkeys(IMAGES, MADE_UP_DIGEST), **more}
    file = folder / "images.json"
    file.write_text(json.dumps(told))
    return file


def test_a_release_pins_our_images(tmp_path: Path) -> None:
    text = render("production", written(tmp_path, commit="12e5", tree="def"))
    assert text.count('- name: COMMIT\n          value: "12e5"\n') == len(SERVICES)
    given = parsed(text)
    images = {
        container["image"]
        for document in given
        if document["kind"] == "Deployment"
        for container in document["spec"]["template"]["spec"]["containers"]
        if "/fairseat-" in container["image"]
    }
    assert images == {f"registry.example/shop/fairseat-{name}@{MADE_UP_DIGEST}" for name in (*SERVICES, "tools")}
    assert len(given) == len(documents("production"))


@pytest.mark.parametrize("overlay", ["dev", "staging", "production"])
def test_nothing_is_rendered_for_a_cluster_without_digests(overlay: str) -> None:
    with pytest.raises(RenderError, match=f"{overlay}: no digest for fairseat-auth, fairseat-catalog"):
        render(overlay)


def test_one_machine_has_images_without_digests() -> None:
    assert "image: fairseat-orders\n" in render("local")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"registry": ""}, "names no registry"),
        ({"images": {"orders": "latest"}}, "something else, for orders"),
        ({"images": {"orders": MADE_UP_DIGEST}}, "no digest for fairseat-auth"),
        ({"images": None}, "says no images"),
        ({"commit": 'abc"'}, "is no commit"),
    ],
)
def test_a_file_that_is_no_release_is_refused(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=said):
        render("production", written(tmp_path, **more))


def test_there_are_only_the_overlays_that_there_are() -> None:
    with pytest.raises(RenderError, match="there is no overlay 'test'; there are local, dev, staging, production"):
        render("test")


def test_routes_that_differ_are_found_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert routes_table.stale() == []
    monkeypatch.setattr(routes_table, "DEPLOY", tmp_path)
    assert len(routes_table.write()) == 4
    assert routes_table.stale() == []
    file = tmp_path / "components" / "gateway" / "routes.yaml"
    file.write_text(file.read_text().replace("/api/orders", "/api/order"))
    assert routes_table.stale() == [file]


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("deploy/base/kustomization.yaml", "- orders.yaml\n", "", "deploy/base: missing: orders"),
        (
            "skaffold.yaml",
            "image: fairseat-orders",
            "image: fairseat-order",
            "artifacts of skaffold.yaml: too many: order",
        ),
        (".github/workflows/ci.yaml", "orders, expiration", "expiration", "ci.yaml: missing: orders"),
        ("services/orders/Dockerfile", "", None, "Dockerfiles: missing: orders"),
        ("services/refunds/pyproject.toml", "", "[project]", "folders of services: too many: refunds"),
    ],
)
def test_lists_of_services_that_differ_are_found(
    file: str, before: str, after: str | None, said: str, tmp_path: Path
) -> None:
    assert problems() == []
    copied = ["skaffold.yaml", ".github/workflows/ci.yaml", "local/Dockerfile"]
    copied += [str(path.relative_to(ROOT)) for path in (ROOT / "deploy/base").glob("*.yaml")]
    copied += [f"services/{service}/{name}" for service in SERVICES for name in ("Dockerfile", "pyproject.toml")]
    for name in copied:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    assert problems(tmp_path) == []
    changed = tmp_path / file
    if after is None:
        changed.unlink()
    else:
        changed.parent.mkdir(parents=True, exist_ok=True)
        changed.write_text(changed.read_text().replace(before, after) if before else after)
    assert any(problem.endswith(said) for problem in problems(tmp_path))
