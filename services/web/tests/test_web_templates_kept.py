"""What templates were compiled to is kept for the next start, and never taken when it is out of date or broken."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest

import web
from web.assets import Assets
from web.templates import Templates
from web.templates_kept import Kept

Page = Callable[[], str]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Says `part/page.html` as a new start does, with `code/` as the code that it is compiled with."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "filters.py").write_text("1")
    (tmp_path / "templates" / "part").mkdir(parents=True)
    (tmp_path / "templates" / "part" / "page.html").write_text("old {{ '<' }}")

    def said() -> str:
        folder = tmp_path / "templates"
        kept = Kept(folder, [tmp_path / "code"])
        env = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True, bytecode_cache=kept)
        return env.get_template("part/page.html").render()

    return said


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of the templates that are compiled from now on."""
    names: list[str | None] = []
    ordinary = jinja2.Environment.compile

    def compile_one(
        env: jinja2.Environment, source: str, name: str | None = None, filename: str | None = None
    ) -> object:
        names.append(name)
        return ordinary(env, source, name, filename)

    monkeypatch.setattr(jinja2.Environment, "compile", compile_one)
    return names


def test_a_second_start_compiles_nothing(page: Page, compiled: list[str | None]) -> None:
    assert [page(), page(), page()] == ["old &lt;"] * 3
    assert compiled == ["part/page.html"]


def test_the_service_starts_with_what_is_kept(tmp_path: Path, page: Page, compiled: list[str | None]) -> None:
    assets = Assets(Path(web.__file__).parent / "static")
    pages = [Templates(tmp_path / "templates", assets).render("part/page.html", {}) for _ in range(2)]
    assert pages == [page()] * 2
    assert compiled == ["part/page.html", "part/page.html"]  # by the service, and by `page` with its other code


def test_what_was_changed_is_compiled_again(tmp_path: Path, page: Page, compiled: list[str | None]) -> None:
    page()
    (tmp_path / "templates" / "part" / "page.html").write_text("new")
    assert page() == "new"
    assert len(compiled) == 2
    # Filters have worked on constants already.
    os.utime(tmp_path / "code" / "filters.py", (1, 1))
    assert page() == "new"
    assert len(compiled) == 3


@pytest.mark.parametrize("broken", [b"", b"half", b"\0" * 400])
def test_what_cannot_be_read_is_compiled_again(
    tmp_path: Path, page: Page, compiled: list[str | None], broken: bytes
) -> None:
    page()
    (kept,) = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    for damaged in (broken, kept.read_bytes()[:-20]):
        kept.write_bytes(damaged)
        compiled.clear()
        assert page() == "old &lt;"
        assert compiled == ["part/page.html"]


def test_nothing_is_kept_where_that_is_switched_off(
    tmp_path: Path, page: Page, compiled: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert page() == page()
    assert len(compiled) == 2
    assert not (tmp_path / "cache").exists()


def test_where_nothing_can_be_kept_pages_are_said_all_the_same(tmp_path: Path, page: Page) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert page() == page() == "old &lt;"
