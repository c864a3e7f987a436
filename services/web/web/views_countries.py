"""Names of countries in the reader's language, for their ISO 3166 codes."""

from functools import cache

from babel import Locale

from fairseat_common.languages import language


def country_name(code: str) -> str:
    """The country's name; its code where we know no name."""
    return _name(code, language())


@cache
def _name(code: str, language: str) -> str:
    return str(Locale.parse(language).territories.get(code, code))
