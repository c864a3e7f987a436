"""The catalogues of the four languages: found in the code, brought up to date, and checked.

A text is found where it is marked: `_`, `ngettext` and `{% trans %}` in templates; `say`, `say_number` and `mark` in
Python; and, in Python, what tables of words hold (`Words(...)`, and dictionaries named WORDS or DONE).
"""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from fairseat_common.languages import TRANSLATED

SERVICES = Path(__file__).parents[2] / "services"
PARTS = ("web", "notifications")
"""Services that speak to people."""
_TAKES = {"say": 1, "mark": 1, "say_number": 2, "gettext": 1, "ngettext": 2, "Words": 2}
_MARKS = ["_", "gettext", "ngettext", "said", "said_forms"]
_TABLES = {"WORDS", "DONE"}
_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=({plural});\\n"

"""
_PLACEHOLDER = re.compile(r"%(?:\(\w+\)[a-z]|%)")
_TAG = re.compile(r"</?\w+[^>]*>")
_ENDS = (".", "?", "!", ":", "…", ",")


class Found(NamedTuple):
    """A text in the code: where (from the service's folder), and in one or two forms."""

    place: str
    forms: tuple[str, ...]


def catalogue_path(part: str, language: str) -> Path:
    """Where the catalogue of a service is kept."""
    return SERVICES / part / part / "locale" / f"{language}.po"


def texts_of(part: str) -> list[Found]:
    """Every text that a service may show, in the order of its files."""
    folder = SERVICES / part / part
    found: list[Found] = []
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(folder).as_posix()
        found += [Found(place, forms) for forms in texts_in_python(path.read_text())]
    for path in sorted(folder.rglob("templates/*")):
        place = path.relative_to(folder).as_posix()
        found += [Found(place, forms) for forms in texts_in_template(path.read_text())]
    return found


def texts_in_template(source: str) -> list[tuple[str, ...]]:
    """The texts that a Jinja template marks."""
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false", "newstyle_gettext": "true"}
    extracted = babel_extract(io.BytesIO(source.encode()), _MARKS, [], options)
    return [forms for _, _, message, _ in extracted if (forms := _as_forms(message))]


def _as_forms(message: str | tuple[str | None, ...] | None) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(form for form in message or () if form is not None)


def texts_in_python(source: str) -> list[tuple[str, ...]]:
    """The texts that Python code marks, or holds in its tables of words."""
    return [forms for node in ast.walk(ast.parse(source)) for forms in _texts_at(node)]


def _texts_at(node: ast.AST) -> Iterator[tuple[str, ...]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TAKES:
        texts = [_constant(each) for each in node.args[: _TAKES[node.func.id]]]
        known = tuple(text for text in texts if text)
        yield from ([(text,) for text in known] if node.func.id == "Words" else [known] if known else [])
    elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id in _TABLES for target in targets):
            values = [inner for value in node.value.values for inner in ast.walk(value)]
            # A single word is a code: words stand in sentences there.
            yield from ((text,) for text in map(_constant, values) if " " in text)


def _constant(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def template_of(part: str) -> Catalog:
    """All texts of a service as an empty catalogue; a text in two places stands there once, with both."""
    catalogue = Catalog(charset="utf-8")
    plurals = {found.forms[0]: found.forms for found in texts_of(part) if len(found.forms) > 1}
    for place, forms in texts_of(part):
        known = plurals.get(forms[0], forms)
        catalogue.add(known if len(known) > 1 else known[0], locations=[(place, 0)])
    return catalogue


def catalogue_of(part: str, language: str) -> Catalog:
    """The catalogue as it is kept; empty where there is none yet."""
    path = catalogue_path(part, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def extract() -> dict[str, int]:
    """Bring all catalogues up to date: new texts are added without a translation, old ones go.

    The answer: how many texts each `web/de` still has to have translated.
    """
    missing: dict[str, int] = {}
    for part in PARTS:
        wanted = template_of(part)
        for language in TRANSLATED:
            catalogue = catalogue_of(part, language)
            catalogue.update(wanted, no_fuzzy_matching=True, update_header_comment=False)
            catalogue.obsolete.clear()
            _write(catalogue, part, language)
            missing[f"{part}/{language}"] = sum(1 for message in _messages(catalogue) if not _complete(message))
    return missing


def _write(catalogue: Catalog, part: str, language: str) -> None:
    path = catalogue_path(part, language)
    path.parent.mkdir(exist_ok=True)
    body = io.BytesIO()
    write_po(body, catalogue, width=120, omit_header=True, include_lineno=False, sort_by_file=True)
    head = _HEADER.format(language=language, plural="n > 1" if language == "fr" else "n != 1")
    path.write_text(head + body.getvalue().decode().strip() + "\n")


def translate(part: str, language: str, texts: Mapping[str, str | tuple[str, ...]]) -> int:
    """Write translations of English texts into a catalogue; the answer: how many it had a place for."""
    catalogue, written = catalogue_of(part, language), 0
    for message in _messages(catalogue):
        given = texts.get(_key(message))
        if given:
            message.string, written = given, written + 1
            message.flags.discard("fuzzy")
    _write(catalogue, part, language)
    return written


def missing(part: str, language: str) -> list[tuple[str, ...]]:
    """The texts that a catalogue has no translation of, each in its English forms."""
    return [_forms(message.id) for message in _messages(catalogue_of(part, language)) if not _complete(message)]


def check() -> list[str]:
    """What is wrong with the catalogues, a line for each fault; empty when all is well."""
    faults = [f"{text!r} has two translations in {language}" for language in TRANSLATED for text in _twice(language)]
    for part in PARTS:
        faults += [f"{part}: {text!r} has several plurals: {plurals}" for text, plurals in _ambiguous(part).items()]
        wanted = {_key(message): message for message in _messages(template_of(part))}
        for text in wanted:
            faults += [f"{part}: {text!r} has a bare percent sign: write %%"] if _spoiled(text) else []
        for language in TRANSLATED:
            where = f"{part}/locale/{language}.po"
            faults += [f"{where}: {fault}" for fault in faults_of(catalogue_of(part, language), wanted)]
    return faults


def _twice(language: str) -> list[str]:
    """Texts that two services translate differently: in one process they would share the last that was read."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for part in PARTS:
        for message in _messages(catalogue_of(part, language)):
            if _complete(message):
                found.setdefault(_key(message), set()).add(_forms(message.string))
    return [text for text, translations in found.items() if len(translations) > 1]


def _ambiguous(part: str) -> dict[str, list[str]]:
    """Singulars that stand beside different plurals: they would get one translation."""
    found: dict[str, set[str]] = {}
    for _, forms in texts_of(part):
        if len(forms) > 1:
            found.setdefault(forms[0], set()).add(forms[1])
    return {text: sorted(plurals) for text, plurals in found.items() if len(plurals) > 1}


def faults_of(catalogue: Catalog, wanted: Mapping[str, Message]) -> Iterator[str]:
    """What is wrong with one catalogue, beside the texts that the code wants."""
    held = {_key(message): message for message in _messages(catalogue)}
    yield from (f"obsolete: {_key(message)!r}" for message in catalogue.obsolete.values())
    yield from (f"no longer in the code: {text!r}" for text in held if text not in wanted)
    for text, message in wanted.items():
        found = held.get(text)
        if found is None:
            yield f"not there yet (make languages): {text!r}"
        elif len(_forms(found.id)) != len(_forms(message.id)):
            yield f"other plural forms in the code (make languages): {text!r}"
        elif found.fuzzy:
            yield f"fuzzy: {text!r}"
        elif not _complete(found):
            yield f"not translated: {text!r}"
        else:
            yield from (f"{fault}: {text!r}" for fault in translation_faults(_forms(found.id), _forms(found.string)))


def translation_faults(english: tuple[str, ...], other: tuple[str, ...]) -> Iterator[str]:
    """What a translation has otherwise than the English: placeholders, tags, the sign at its end."""
    wanted = _pieces(english[-1:])
    for text in other:
        # A singular may say its number in a word.
        left_out = {"%(number)s", "%(num)s"} if len(english) > 1 and text == other[0] else set()
        if {piece: n for piece, n in _pieces([text]).items() if piece not in left_out} != {
            piece: n for piece, n in wanted.items() if piece not in left_out
        }:
            yield f"other placeholders or tags ({text!r})"
        if _end(text) != _end(english[-1]) or (text != text.strip() and english[0] == english[0].strip()):
            yield f"ends otherwise ({text!r})"
        if _spoiled(text) and not _spoiled(english[-1]):
            yield f"a bare percent sign ({text!r})"


def _pieces(texts: Iterable[str]) -> Counter[str]:
    return Counter(piece for text in texts for pattern in (_PLACEHOLDER, _TAG) for piece in pattern.findall(text))


def _end(text: str) -> str:
    # French sets a hard space before some signs, and Spanish opens questions: the sign at the end is the same.
    return next((sign for sign in _ENDS if text.endswith(sign)), "")


def _spoiled(text: str) -> bool:
    """Whether filling in values would fail: a text with placeholders and a percent sign that is none."""
    return bool(re.search(r"%\(\w+\)", text)) and "%" in _PLACEHOLDER.sub("", text)


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _forms(texts: Any) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _key(message: Message) -> str:
    return _forms(message.id)[0]


def _complete(message: Message) -> bool:
    found = _forms(message.string or "")
    return all(found) and len(found) == len(_forms(message.id))
