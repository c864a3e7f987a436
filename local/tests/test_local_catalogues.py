"""The check of the catalogues finds what is wrong with them, and texts that nobody marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from fairseat_local.catalogues import faults_of, texts_in_python, texts_in_template, translation_faults
from fairseat_local.unmarked import unmarked_in

PYTHON = '''
"""No text."""
WORDS: dict[str, tuple[str, str]] = {"gone": ("It is gone.", "Look " "elsewhere."), "code": ("left-line", "x")}
OTHER = {"a": "No text of ours."}
FAULT = Words("Broken.", "Try again.")
NAME = mark("Kept for later")
say("Hello %(name)s", name=who); say(WORDS["gone"][0]); say_number("%(number)s hen", "%(number)s hens", 2)
'''


def test_texts_are_found_where_they_are_marked() -> None:
    assert sorted(texts_in_python(PYTHON)) == sorted([
        ("It is gone.",), ("Look elsewhere.",), ("Kept for later",), ("Broken.",), ("Try again.",), ("Hello %(name)s",),
        ("%(number)s hen", "%(number)s hens"),
    ])  # fmt: skip
    template = '{{ _("Hi %(name)s", name=x) }}{{ ngettext("%(num)s hen", "%(num)s hens", 2) }}{{ said(name) }}'
    assert texts_in_template(template) == [("Hi %(name)s",), ("%(num)s hen", "%(num)s hens")]


@pytest.mark.parametrize(
    ("english", "other", "fault"),
    [
        (("Pay %(total)s.",), ("%(total)s bezahlen.",), ""),
        (("Pay %(total)s.",), ("Bezahlen.",), "placeholders"),
        (("Pay %(total)s.",), ("%(sum)s bezahlen.",), "placeholders"),
        (("See <b>this</b>",), ("Siehe dies",), "tags"),
        (("Really?",), ("Vraiment\u202f?",), ""),
        (("It is gone.",), ("Es ist weg",), "ends otherwise"),
        (("%(number)s hen", "%(number)s hens"), ("ein Huhn", "%(number)s Hühner"), ""),
        (("%(number)s hen", "%(number)s hens"), ("ein Huhn", "viele Hühner"), "placeholders"),
        (("%(part)s of it",), ("%(part)s % davon",), "percent"),
    ],
)
def test_a_translation_has_what_the_english_has(english: tuple[str, ...], other: tuple[str, ...], fault: str) -> None:
    found = list(translation_faults(english, other))
    assert bool(found) == bool(fault)
    assert all(fault in each for each in found)


def test_nothing_is_missing_fuzzy_or_left_over() -> None:
    wanted, held = Catalog(), Catalog(locale="de")
    for text in ("Good", "New", "Open", "Unsure"):
        wanted.add(text)
    held.add("Good", "Gut")
    held.add("Open", "")
    held.add("Unsure", "Unsicher", flags=["fuzzy"])
    held.add("Old", "Alt")
    faults = list(faults_of(held, {str(message.id): message for message in wanted if message.id}))
    assert [fault.split(":")[0] for fault in faults] == [
        "no longer in the code", "not there yet (make languages)", "not translated", "fuzzy",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<p>{{ _("Hello") }} <b>{{ name }}</b> – 12 %</p>', []),
        ("<p>Hello <b>{{ name }}</b></p>", ["Hello"]),
        ('<p aria-label="Where it is">{{ x }}</p>', ["Where it is"]),
        ('{{ ui.field("email", "Address") }}', ["Address"]),
        ('{{ ui.empty(_("None yet."), "Nothing here.") }}', ["Nothing here."]),
        ('{% if state == "Open" %}<code>GET /api</code>{% endif %}<script>const words = 1</script>', []),
        ("{% trans %}Hello{% endtrans %}", []),
    ],
)
def test_english_that_nobody_marked_is_found(tmp_path: Path, source: str, found: list[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(source)
    assert [text for _, text in unmarked_in(page)] == found
