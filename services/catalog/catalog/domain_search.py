"""The rules of search: how text is folded into words, what a misspelt word may have meant, what a query asks for.

Folding happens here and nowhere else, for what is stored and for what is asked alike, so that both always agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, TypeVar, get_args
from uuid import UUID

import msgspec

from catalog.domain import Category, Show
from fairseat_common.contracts import ShowStatus
from fairseat_common.contracts.refusals import FieldError, Invalid
from fairseat_common.money import MINOR_UNITS

Sort = Literal["date", "relevance", "price"]
Choice = TypeVar("Choice", bound=str)

CATEGORIES: tuple[Category, ...] = get_args(Category)
STATUSES: tuple[ShowStatus, ...] = get_args(ShowStatus)
SORTS: tuple[Sort, ...] = get_args(Sort)

SortKey: TypeAlias = tuple[Any, ...]
"""Where a show stands in the order that was asked for: what the next page begins after."""

RARE_MAX = 2000
"""Up to so many shows with the words of a query are collected and sorted; more are met soon on the way by date."""
QUERY_CHARACTERS_MAX = 200
QUERY_WORDS_MAX = 12
WORD_CHARACTERS_MAX = 40
PREFIX_CHARACTERS_MIN = 3
CORRECTIONS_MAX = 6
LIMIT_DEFAULT = 20
LIMIT_MAX = 100
RADIUS_KM_DEFAULT = 50.0
RADIUS_KM_MAX = 20_100.0  # half-way round the earth

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ŋ": "n"})
_WORD = re.compile(r"[^\W_]+")
# Words that say nothing about a show: left out of a query unless there is nothing else in it.
_ARTICLES = "a an d das de der des die du el l la las le les los s the"
_FILLERS = frozenset((_ARTICLES + " and at en for im in of on ticket tickets to und with").split())


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


class Near(msgspec.Struct, frozen=True):
    """Within so many kilometres of a point, in degrees."""

    lat: float
    lon: float
    radius_km: float


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What a query asks for. A day counts by the calendar of the venue, a moment by the clock; both ends count."""

    words: tuple[str, ...] = ()
    category: Category | None = None
    city: str | None = None
    near: Near | None = None
    day_from: date | None = None
    day_to: date | None = None
    moment_from: datetime | None = None
    moment_to: datetime | None = None
    status: ShowStatus | None = None
    venue_id: UUID | None = None
    performer_id: UUID | None = None
    currency: str | None = None
    sort: Sort = "date"
    limit: int = LIMIT_DEFAULT


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


def words_of(query: str) -> tuple[str, ...]:
    """The words of a query that matter, each once, in their order."""
    words = tuple(dict.fromkeys(fold(query).split()))[:QUERY_WORDS_MAX]
    return tuple(word for word in words if word not in _FILLERS) or words


def expression_of(words: Iterable[str], meant: Mapping[str, Sequence[str]]) -> str:
    """A tsquery: every word must be there, as it is, as a beginning, or as one of the words it may have meant."""
    return " & ".join(_alternatives(word, meant.get(word, ())) for word in words)


def _alternatives(word: str, meant: Sequence[str]) -> str:
    # A few letters begin too many words, but a character of a script without letters says much.
    whole = len(word) < PREFIX_CHARACTERS_MIN and word.isascii()
    own = f"'{word}'" if whole else f"'{word}':*"
    return "(" + " | ".join([own, *(f"'{other}'" for other in meant)]) + ")"


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


def search_of(asked: Mapping[str, str | None]) -> Search:
    """What the query parameters ask for; an empty one is as good as none. Raises Invalid with each wrong one."""
    given = {name: value.strip() for name, value in asked.items() if value is not None and value.strip()}
    errors: list[FieldError] = []
    reader = _Reader(given, errors)
    day_from, moment_from = reader.moment("from")
    day_to, moment_to = reader.moment("to")
    search = Search(
        words=words_of(reader.text("q")),
        category=reader.choice("category", CATEGORIES),
        city=fold(reader.text("city")) or None,
        near=reader.near(),
        day_from=day_from,
        day_to=day_to,
        moment_from=moment_from,
        moment_to=moment_to,
        status=reader.choice("status", STATUSES),
        venue_id=reader.id("venue_id"),
        performer_id=reader.id("performer_id"),
        currency=reader.choice("currency", tuple(MINOR_UNITS)),
        sort=reader.choice("sort", SORTS) or "date",
        limit=int(reader.number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX, whole=True)),
    )
    if search.sort == "price" and search.currency is None and "sort" in given:
        errors.append(FieldError("sort", "by price needs a currency: prices in different ones do not compare"))
    if errors:
        raise Invalid(None, *errors)
    return search


class _Reader:
    """Reads query parameters and notes what is wrong with them."""

    def __init__(self, given: Mapping[str, str], errors: list[FieldError]) -> None:
        self._given = given
        self._errors = errors

    def _wrong(self, name: str, message: str) -> None:
        self._errors.append(FieldError(name, message))

    def text(self, name: str) -> str:
        value = self._given.get(name, "")
        if len(value) > QUERY_CHARACTERS_MAX:
            self._wrong(name, f"has more than {QUERY_CHARACTERS_MAX} characters")
            return ""
        return value

    def choice(self, name: str, choices: Sequence[Choice]) -> Choice | None:
        value = self._given.get(name)
        chosen = next((choice for choice in choices if choice == value), None)
        if value is not None and chosen is None:
            self._wrong(name, f"is none of {', '.join(choices)}")
        return chosen

    def id(self, name: str) -> UUID | None:
        value = self._given.get(name)
        try:
            return UUID(value) if value is not None else None
        except ValueError:
            self._wrong(name, "is not an id")
            return None

    def number(self, name: str, default: float, low: float, high: float, *, whole: bool = False) -> float:
        value = self._given.get(name)
        if value is None:
            return default
        number = _number(value, whole=whole)
        if number is None or not low <= number <= high:
            self._wrong(name, f"must be a {'whole ' if whole else ''}number from {low:g} to {high:g}")
            return default
        return number

    def moment(self, name: str) -> tuple[date | None, datetime | None]:
        """A day (2027-05-01) or a moment with its offset (2027-05-01T20:00:00Z)."""
        value = self._given.get(name)
        if value is None:
            return None, None
        try:
            return msgspec.convert(value, date), None
        except msgspec.ValidationError:
            pass
        try:
            # A plus sign that was not escaped arrives as a space.
            moment = msgspec.convert(value.replace(" ", "+"), datetime)
            if moment.tzinfo is not None:
                return None, moment
        except msgspec.ValidationError:
            pass
        self._wrong(name, "is neither a day such as 2027-05-01 nor a moment such as 2027-05-01T20:00:00Z")
        return None, None

    def near(self) -> Near | None:
        radius_km = self.number("radius_km", RADIUS_KM_DEFAULT, 0.1, RADIUS_KM_MAX)
        value = self._given.get("near")
        if value is None:
            if "radius_km" in self._given:
                self._wrong("near", "is missing: radius_km needs a point")
            return None
        parts = [_number(part) for part in value.split(",")]
        match parts:
            case [float() as lat, float() as lon] if -90 <= lat <= 90 and -180 <= lon <= 180:
                return Near(lat, lon, radius_km)
        self._wrong("near", "must be a latitude and a longitude, such as 52.52,13.40")
        return None


def _number(text: str, *, whole: bool = False) -> float | None:
    """A plain decimal number; None for anything else, such as inf, nan, 1e3 or digits of other scripts."""
    pattern = r"-?[0-9]{1,9}" if whole else r"-?[0-9]{1,9}(\.[0-9]{1,12})?"
    text = text.strip()
    return float(text) if re.fullmatch(pattern, text) else None
