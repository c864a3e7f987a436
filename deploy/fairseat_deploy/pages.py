"""What pages of documentation tell people to type, read as a shell reads it.

A page is Markdown: its commands are in blocks of shell, and between backticks in its sentences.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from fairseat_deploy.tree import ROOT

FENCE = re.compile(r"^\s*(?:\d+\.\s+|-\s+)?```(\w*)\s*$")
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)#\s]+?)(?:#[^)]*)?\)")
TYPED = ("kubectl ", "make ", "fairseat ", "fairseat-deploy ", ".venv/bin/fairseat")
"""How code in a sentence begins that is a command."""
OPERATORS = frozenset("|>&;")
ASSIGNMENT = re.compile(r"[A-Z_][A-Z0-9_]*=")
SQL = re.compile(r"(?:select|insert into|update|delete from) ", re.IGNORECASE)

Words = list[str]


class Query(NamedTuple):
    """SQL that somebody is told to run: in which database, empty where the page leaves that open."""

    database: str
    sql: str


def pages() -> list[Path]:
    """Runbooks, guides, sizing, and how one begins."""
    found = [*(ROOT / "docs/runbooks").glob("*.md"), *(ROOT / "docs/guides").glob("*.md")]
    return sorted([*found, *(ROOT / name for name in ("docs/sizing.md", "README.md", "CONTRIBUTING.md"))])


def blocks(text: str, *languages: str) -> Iterator[str]:
    """The fenced blocks of these languages, `""` for those that name none."""
    inside, lines = None, list[str]()
    for line in text.splitlines():
        fence = FENCE.match(line)
        if not fence:
            lines.append(line)
        elif inside is None:
            inside, lines = fence[1], []
        else:
            if inside in languages:
                yield "\n".join(lines)
            inside = None


def inline(text: str) -> Iterator[str]:
    """What stands between backticks in sentences and tables, without the blocks."""
    outside, inside = list[str](), False
    for line in text.splitlines():
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            outside.append(line)
    yield from INLINE.findall("\n".join(outside))


def lines(block: str) -> Iterator[str]:
    """What a shell takes as one line: with what is continued or quoted over several; no comments."""
    so_far = ""
    for line in block.splitlines():
        so_far = f"{so_far} {line.strip()}".strip()
        if so_far.endswith("\\"):
            so_far = so_far[:-1]
            continue
        try:
            words = shlex.split(so_far, comments=True)
        except ValueError:  # a quotation is open
            continue
        if words:
            yield so_far
        so_far = ""


def simple(line: str) -> list[Words]:
    """The commands of a line: between pipes, without redirections and settings before them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|>&;")
    lexer.whitespace_split = True
    found, words = [Words()], iter(list(lexer))
    for word in words:
        if word[0] == ">":
            next(words, None)
        elif word[0] in OPERATORS:
            found.append(Words())
        elif found[-1] or not ASSIGNMENT.match(word):
            found[-1].append(word)
    return [each for each in found if each]


def commands(text: str) -> Iterator[Words]:
    """Every command of a page."""
    yield from typed(text)
    yield from spoken(text)


def typed(text: str) -> Iterator[Words]:
    """The commands of the blocks: all of shell's, and of ours, make's and kubectl's where a block names no language."""
    for block in blocks(text, "sh"):
        for line in lines(block):
            yield from simple(line)
    for block in blocks(text, ""):
        for line in block.splitlines():
            if line.startswith(TYPED):
                yield from simple(line)


def spoken(text: str) -> Iterator[Words]:
    """The commands of ours, make's and kubectl's that sentences name, perhaps without their arguments."""
    for code in inline(text):
        if code.startswith(TYPED):
            yield from simple(code)


def program(words: Sequence[str]) -> str:
    """Which program a command starts; for kubectl's `exec` it is kubectl."""
    return Path(words[0]).name


def inside(words: Sequence[str]) -> Words:
    """What runs in the container of a `kubectl exec`; empty for all others."""
    if program(words) != "kubectl" or "--" not in words:
        return []
    return list(words[list(words).index("--") + 1 :])


def outside(words: Sequence[str]) -> Words:
    """What kubectl itself is told."""
    return list(takewhile(lambda word: word != "--", words))


def arguments_of(words: Sequence[str], name: str) -> Words | None:
    """What a program is told by a command, here or in a container; None if it is another's."""
    told = inside(words) or list(words)
    return told[1:] if program(told) == name else None


def queries(text: str) -> Iterator[Query]:
    """Every statement of a page: what psql is told, what blocks of SQL hold, and what stands in sentences."""
    for words in commands(text):
        told = arguments_of(words, "psql")
        if told:
            database = told[told.index("-d") + 1] if "-d" in told else "postgres"
            yield from (Query(database, told[at + 1]) for at, word in enumerate(told) if word == "-c")
    for block in blocks(text, "sql"):
        yield Query("", block)
    yield from (Query("", code) for code in inline(text) if SQL.match(code))
