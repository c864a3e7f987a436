"""Static files and templates: fingerprints, sizes, and nothing inline."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

import web
from web.assets import FOREVER, SHORTLY, Assets, make
from web.assets_build import build
from web.templates import Templates

HERE = Path(web.__file__).parent
CSS_BYTES_MAX = 40_000
"""The stylesheet of all pages; those of an area come on top."""
JS_BYTES_MAX = 20_000
"""One script file."""
PAGE_BYTES_MAX = 150_000
"""All styles and scripts that there are, compressed: more than any page loads."""


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets(HERE / "static")


def test_a_fingerprint_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    first = Assets(tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("b{}")
    second = Assets(tmp_path)
    assert first != second.url("a.css")
    assert re.fullmatch(r"/static/a\.[0-9a-f]{10}\.css", first)
    # A page of the release before still finds the file, but keeps it only for minutes.
    found = second.find(first.removeprefix("/static/"))
    assert found is not None
    assert (found[0].body, found[1]) == (b"b{}", SHORTLY)


def test_fingerprinted_files_are_kept_for_ever_and_plain_ones_are_not(assets: Assets) -> None:
    printed = assets.find(assets.url("art/concert.svg").removeprefix("/static/"))
    plain = assets.find("art/concert.svg")
    assert printed is not None
    assert plain is not None
    assert (printed[1], plain[1]) == (FOREVER, SHORTLY)
    assert printed[0].gzipped is not None
    assert gzip.decompress(printed[0].gzipped) == printed[0].body


def test_what_a_build_made_is_what_a_laptop_makes_and_is_preferred(tmp_path: Path, assets: Assets) -> None:
    shutil.copytree(HERE / "static", tmp_path / "static")
    build(tmp_path)
    for path in (tmp_path / "static").rglob("*.*"):
        path.write_text("changed since")
    built = Assets(tmp_path / "static")
    for name, asset in make(HERE / "static"):
        assert built.url(name) == assets.url(name)
        assert built.find(asset.url.removeprefix("/static/")) == (asset, FOREVER)
    assert built.find("../assets.json") is None
    assert built.find("assets.json") is None


def test_templates_are_compiled_by_a_build_and_not_looked_at_again(tmp_path: Path, assets: Assets) -> None:
    (tmp_path / "templates" / "part").mkdir(parents=True)
    shutil.copytree(HERE / "static", tmp_path / "static")
    page = tmp_path / "templates" / "part" / "page.html"
    page.write_text("{% trans %}Hi{% endtrans %} {{ asset('app.css') }} {{ '<' }}{% if bold %}<b>{% endif %}")
    build(tmp_path)
    page.write_text("{{ changed since")
    said = Templates(tmp_path / "templates", assets).render("part/page.html", {"bold": True})
    assert said == f"Hi {assets.url('app.css')} &lt;<b>"


@pytest.mark.parametrize("name", ["nope.css", "../main.py", "app.0000000000.png", "", "app.css/.."])
def test_nothing_else_is_served(assets: Assets, name: str) -> None:
    assert assets.find(name) is None


def test_only_our_own_pictures_are_shown(assets: Assets) -> None:
    assert assets.own_url("/static/art/sport.svg") == assets.url("art/sport.svg")
    assert assets.own_url("https://elsewhere.example/static/art/sport.svg") is None
    assert assets.own_url("art/sport.svg") is None


def test_styles_and_scripts_stay_small() -> None:
    assert (HERE / "static/app.css").stat().st_size < CSS_BYTES_MAX
    scripts = list((HERE / "static").rglob("*.js"))
    assert scripts
    assert all(path.stat().st_size < JS_BYTES_MAX for path in scripts)
    files = [*scripts, *(HERE / "static").rglob("*.css")]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in files) < PAGE_BYTES_MAX


@pytest.mark.parametrize("template", sorted((HERE / "templates").glob("*.html")), ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_policy_forbids(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\sstyle=|\son\w+=", text), "inline styles and handlers are refused by browsers"
    assert not re.search(r"https?://", text), "no page fetches from another host"
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert "src=" in tag or "nonce=" in tag
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL):
        # A page with hundreds of forms makes one token for all of them.
        guarded = "ui.csrf()" in form or 'name="csrf" value="{{ token }}"' in form
        assert guarded, "every form that changes something carries a token"
