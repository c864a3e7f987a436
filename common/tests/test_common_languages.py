"""A text finds the language of its reader, in every task that works for that reader and in no other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fairseat_common.languages import (
    build,
    forms_of,
    gettext,
    known_language,
    language,
    learn,
    mark,
    say,
    say_number,
    speak,
    speaking,
)

ENTRY = 'msgid "{}"\nmsgstr "{}"\n\n'
PLURAL = 'msgid "{}"\nmsgid_plural "{}"\nmsgstr[0] "{}"\nmsgstr[1] "{}"\n\n'
WORDS = {"de": ("Guten Tag %(name)s", "Huhn"), "fr": ("Bonjour %(name)s", "poule"), "es": ("Hola %(name)s", "gallina")}


@pytest.fixture(scope="module", autouse=True)
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("locale")
    for name, (hello, hen) in WORDS.items():
        hens = f"%(number)s {hen}s" if name != "de" else "%(number)s Hühner"
        text = ENTRY.format("Hi %(name)s", hello) + PLURAL.format("%(number)s hen", "%(number)s hens", f"1 {hen}", hens)
        # What is not certain, or not there, is said in English.
        text += "#, fuzzy\n" + ENTRY.format("Not certain", "Ungefähr") + ENTRY.format("Not there", "")
        (folder / f"{name}.po").write_text(text)
    learn(folder)


@pytest.mark.parametrize(("tag", "hello"), [("de-AT", "Guten Tag Ida"), ("FR", "Bonjour Ida"), ("nl", "Hi Ida")])
def test_a_text_is_said_in_the_language_that_is_spoken(tag: str, hello: str) -> None:
    with speaking(tag):
        assert say("Hi %(name)s", name="Ida") == hello
        assert [gettext("Not certain"), say("Not there"), mark("Hi")] == ["Not certain", "Not there", "Hi"]
    assert (language(), say("Hi %(name)s", name="Ida")) == ("en", "Hi Ida")


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", ["0 hens", "1 hen", "2 hens"]),
        ("de", ["0 Hühner", "1 Huhn", "2 Hühner"]),
        ("fr", ["1 poule", "1 poule", "2 poules"]),
        ("es", ["0 gallinas", "1 gallina", "2 gallinas"]),
    ],
)
def test_a_number_chooses_the_form(tag: str, said: list[str]) -> None:
    with speaking(tag):
        assert [say_number("%(number)s hen", "%(number)s hens", number) for number in range(3)] == said
        assert forms_of("%(number)s hen", "%(number)s hens")[1] % {"number": 2} == said[2]


async def test_whoever_finds_out_the_language_tells_all_that_work_on_it() -> None:
    async def finds_out() -> None:
        speak("es")

    both_speak = asyncio.Barrier(2)

    async def reader(tag: str) -> str:
        with speaking(tag):
            await both_speak.wait()
            return say("Hi %(name)s", name="Ida")

    with speaking("de"):
        await asyncio.create_task(finds_out())
        assert language() == "es"
    assert list(await asyncio.gather(reader("de"), reader("fr"))) == ["Guten Tag Ida", "Bonjour Ida"]
    with pytest.raises(RuntimeError):
        speak("de")


@pytest.mark.parametrize(("tag", "found"), [(None, None), ("", None), ("xx", None), ("de_DE", "de"), ("e" * 999, None)])
def test_only_what_we_speak_is_known(tag: str | None, found: str | None) -> None:
    assert known_language(tag) == found


def test_a_catalogue_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"de\.po"):
        learn(tmp_path)


def test_what_a_build_made_is_read_in_place_of_the_sources(tmp_path: Path) -> None:
    for name, (hello, hen) in WORDS.items():
        text = ENTRY.format("Built %(name)s", hello) + PLURAL.format("%(number)s built", "%(number)s", hen, f"{hen}, 2")
        (tmp_path / f"{name}.po").write_text(text)
    build(tmp_path)
    for path in tmp_path.glob("*.po"):
        path.unlink()
    learn(tmp_path)
    with speaking("de"):
        assert say("Built %(name)s", name="Ida") == "Guten Tag Ida"
        assert say_number("%(number)s built", "%(number)s", 2) == "Huhn, 2"
