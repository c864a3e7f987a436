"""The rules of search by words: how text is folded into them, and what a misspelt one may have meant.

Folding happens here and nowhere else, for what is stored and for what is asked alike, so that both always agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from catalog.domain import Category, Show

RARE_MAX = 2000
"""Up to so many shows with the words of a query are collected and sorted; more are met soon on the way by date."""
QUERY_WORDS_MAX = 12
WORD_CHARACTERS_MAX = 40
PREFIX_CHARACTERS_MIN = 3
CORRECTIONS_MAX = 6

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ŋ": "n"})
_WORD = re.compile(r"[^\W_]+")
# Words that say nothing about a show: left out of a query unless there is nothing else in it.
_ARTICLES = "a an d das de der des die du el l la las le les los s the"
_FILLERS = frozenset(
    (
        _ARTICLES + " and at en event events for im in me near of on show shows ticket tickets to und what whats with"
    ).split()
)
# How else a category is asked for; each is also looked for as it is.
_CATEGORY_WORDS: dict[str, Category] = {
    **dict.fromkeys(("concerts", "gig", "gigs"), "concert"),
    **dict.fromkeys(("festivals",), "festival"),
    **dict.fromkeys(("theater", "theaters", "theatres", "plays", "musicals", "musical", "drama"), "theatre"),
    **dict.fromkeys(("standup", "comedian", "comedians"), "comedy"),
    **dict.fromkeys(("orchestra", "symphony", "opera"), "classical"),
    **dict.fromkeys(("kids", "children", "families"), "family"),
    **dict.fromkeys(("sports", "football", "soccer", "rugby", "hockey", "basketball", "match", "matches"), "sport"),
}  # fmt: skip
SPLIT_CHARACTERS_MIN = 3


class Document(msgspec.Struct, frozen=True):
    """What a show is found by: words with their weight (A title and performers, B venue, C city, D category)."""

    words: tuple[tuple[str, str], ...]

    @property
    def vector(self) -> str:
        """The text form of a tsvector; words are letters and digits only, so nothing needs escaping."""
        return " ".join(f"'{word}':{position}{weight}" for position, (word, weight) in enumerate(self.words, 1))

    @property
    def vocabulary(self) -> list[str]:
        """Its words, sorted, each once."""
        return sorted({word for word, _ in self.words})


class Text(msgspec.Struct, frozen=True):
    """The words of a query as a tsquery, and how many shows have them (RARE_MAX + 1: more than that)."""

    expression: str
    matching: int


def fold(text: str) -> str:
    """The text without accents and case, its words joined by single spaces."""
    # Taken apart twice: letters in fancy dress show their case only without it, and case may bring new marks.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "M")
    return " ".join(word[:WORD_CHARACTERS_MAX] for word in _WORD.findall(bare.translate(_LETTERS)))


def document_of(show: Show) -> Document:
    """What the show is found by."""
    parts = [(show.title, "A"), *((name, "A") for name in show.performers), (show.venue.name, "B")]
    parts += [(show.venue.city, "C"), (show.category, "D")]
    return Document(tuple((word, weight) for text, weight in parts for word in fold(text).split()))


def words_of(query: str, *, fillers: bool = True) -> tuple[str, ...]:
    """The words of a query that matter, each once, in their order; where none does, the others if `fillers`."""
    words = tuple(dict.fromkeys(fold(query).split()))[:QUERY_WORDS_MAX]
    telling = tuple(word for word in words if word not in _FILLERS)
    return telling or (words if fillers else ())


def expression_of(words: Iterable[str], meant: Mapping[str, Sequence[str]]) -> str:
    """A tsquery: every word must be there, as it is, as a beginning, or as one of the words it may have meant.

    What is meant may itself be two words, which must then both be there.
    """
    return " & ".join(_alternatives(word, meant.get(word, ())) for word in words)


def _alternatives(word: str, meant: Sequence[str]) -> str:
    # A few letters begin too many words, but a character of a script without letters says much.
    whole = len(word) < PREFIX_CHARACTERS_MIN and word.isascii()
    own = [f"'{word}'" if whole else f"'{word}':*"]
    if category := _CATEGORY_WORDS.get(word):
        own.append(f"'{category}':D")
    others = [
        "(" + " & ".join(f"'{part}'" for part in other.split()) + ")" if " " in other else f"'{other}'"
        for other in meant
    ]
    return "(" + " | ".join([*own, *others]) + ")"


def title_expression(words: Iterable[str], named: Iterable[str]) -> str:
    """A tsquery: every word must be there, and those in `named` in the name of a show, a performer or a venue."""
    names = frozenset(named)
    return " & ".join(f"'{word}':AB" if word in names else f"'{word}':*" for word in words)


def name_expression(words: Iterable[Sequence[str]]) -> str:
    """A tsquery: for each word one of its spellings begins a word of a show's title or performers."""
    return " & ".join("(" + " | ".join(f"'{each}':*A" for each in spellings) + ")" for spellings in words)


def asks_category(word: str) -> bool:
    """Whether a word is another way to ask for a category, and so no slip."""
    return word in _CATEGORY_WORDS


def splits(word: str) -> list[tuple[str, str]]:
    """The word taken apart into two, in every way that leaves enough of both: a space may have been forgotten."""
    least = SPLIT_CHARACTERS_MIN
    return [(word[:at], word[at:]) for at in range(least, len(word) - least + 1)]


def corrections(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The candidates that a slip of the fingers may have turned into this word, nearest first."""
    allowed = slips_allowed(word)
    if allowed == 0:
        return ()
    measured = [(slips(word, other, allowed), other) for other in candidates]
    return tuple(other for count, other in sorted(measured) if count <= allowed)[:CORRECTIONS_MAX]


def slips_allowed(word: str) -> int:
    """How many slips a word may have: none in numbers and very short words, two in long ones."""
    if len(word) < 4 or word.isdigit():
        return 0
    return 1 if len(word) < 7 else 2


def slips(first: str, second: str, most: int) -> int:
    """Letters added, left out, changed or swapped with their neighbour; gives up past `most`.

    The optimal string alignment distance (a restricted Damerau-Levenshtein distance), row by row.
    """
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        above, row = row, [i]
        for j, right in enumerate(second, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == second[j - 2] and first[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = above
    return row[-1]
