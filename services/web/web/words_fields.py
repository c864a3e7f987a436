"""What a person reads beside a field, for what the services' API says about it in English for programs."""

import re
from functools import cache

from fairseat_common.languages import DEFAULT, language, mark, say

WORDS: dict[str, str] = {
    # Any service, about the form of a value.
    r"Expected `str` of length <= (?P<most>\d+)": "This is too long: it may have %(most)s characters.",
    r"Expected `str` of length >= \d+": "Fill this in.",
    r"Object missing required field `\w+`|Expected `.+`, got `null`": "Fill this in.",
    r"Expected `(int|float)` >=? (?P<least>-?[\d.]+)": "Give a number from %(least)s on.",
    r"Expected `(int|float)` <=? (?P<most>-?[\d.]+)": "Give a number of %(most)s at most.",
    r"Expected `array` of length <= (?P<most>\d+)": "These are too many: there may be %(most)s.",
    r"Expected `array` of length >= \d+": "Choose at least one.",
    r"Invalid .+|Expected .+": "This cannot be read. Check how it is written.",
    r"must not be blank": "Fill this in.",
    r"must have (?P<most>\d+) characters at most": "This is too long: it may have %(most)s characters.",
    r"(row |seat )?(?P<name>.+) is there twice": "%(name)s is there twice.",
    # Accounts.
    r"Is not an e-mail address that mail can be sent to": "Enter an e-mail address, for example name@example.org.",
    r"Is too long or cannot be shown": "Choose a shorter name, without special signs.",
    r"Must have (?P<least>\d+) to (?P<most>\d+) characters": "Choose %(least)s to %(most)s characters.",
    r"Is one of the passwords that are tried first; choose another": (
        "Choose another password: this one is among those that are tried first."
    ),
    r"Must not be your e-mail": "Choose another password: this one is your e-mail address.",
    r"(?i)Enter your password.*": "Enter your password.",
    r"(?i)Is not a (name of the time zone database|time zone of the IANA database), such as Europe/Berlin": (
        "Choose a time zone from the list, for example Europe/Berlin."
    ),
    r"There is no (scope|subject) .+": "Choose from the list.",
    # Prices.
    r"\S+ is not a currency we trade in|is no currency that cards are charged in here": (
        "Choose a currency from the list."
    ),
    r"this show is sold in \w+|must be \w+": "This is not the currency of the show.",
    r"cards pay \w+ in steps of \d+ minor units": "Cards cannot be charged such an amount. Round it.",
    r"send a cap either in per cent or as an amount": "Choose either per cent or an amount.",
    r"the price would be nothing, or more than one seat can cost": (
        "The price would be nothing, or more than one seat can cost."
    ),
    # Dates.
    r"must be in the future.*": "Choose a time that is still to come.",
    r"must be within three years": "Choose a day within three years.",
    r"is needed: the old date is over": "Give a new day: the old one is over.",
    r"must not be after the new start, nor more than a year ahead": (
        "Choose a day before the new date, and within a year."
    ),
    r"must leave 24 hours to choose, and not be before what holders were told": (
        "Leave at least a day to choose, and nothing less than holders were told."
    ),
    r"must not be after the show begins|the sale has to open before the show begins|the day must lie before the show": (
        "Choose a time before the show begins."
    ),
    r"the day has passed": "Choose a day that is still to come.",
    r"name a time before the sale, by at most sixty days": (
        "Choose a time before the sale opens, and within sixty days of it."
    ),
    r"say when the sale opens; null: now": "Choose when the sale opens.",
    # Places.
    r"the venue has no such section( with rows)?": "The venue has no such section.",
    r"the section has no such row": "The section has no such row.",
    r"the row has no such seat": "The row has no such seat.",
    r"a standing section has no (seats; send quantity|rows)|must be empty where people stand": (
        "People stand there: give a number of places."
    ),
    r"a seated section has seats; name them": "Name the seats.",
    r"a seat is named twice": "One seat is named twice.",
    r"pairs need an even number of seats": "Pairs need an even number of seats.",
    r"a code is there twice": "One code is there twice.",
    r"send one code for each seat: (?P<wanted>\d+), not (?P<given>\d+)": (
        "Give one code for each seat: %(wanted)s, not %(given)s."
    ),
    r"is (?P<given>\d+), but (the sections add up to|there are) (?P<seats>\d+)( seats)?": (
        "The sections have %(seats)s places, not %(given)s."
    ),
    r"have more seats than one chart can carry": "These are more seats than one plan can carry.",
    r"two zones have this name": "Two zones have this name.",
    r"choose a section or rows": "Choose a section or rows.",
    r"(?P<place>.+) is in (?P<zone>.+) already": "%(place)s is in %(zone)s already.",
    r"at most (?P<most>\d+) seats go on sale at once, not (?P<given>\d+)": (
        "At most %(most)s seats go on sale at once, not %(given)s."
    ),
    # Webhooks.
    r"Must be an address without spaces and without letters beyond ASCII|Is not an address": (
        "Enter an address, for example https://example.org/fairseat."
    ),
    r"Must begin with https://": "The address must begin with https://.",
    r"Must not contain a password: deliveries are signed": "Leave the password out: deliveries are signed.",
    r"Must not have a #fragment": "Leave out what stands behind the # sign.",
    r"Must be reachable from the internet": "The address must be reachable from the internet.",
    # People.
    r"this is your own address": "This is your own address.",
    r"give away the tickets of one show at a time": "Give away the tickets of one show at a time.",
    r"has one twice": "One is there twice.",
    r"is not known to the payment provider": "Choose another card.",
}
"""What to say for each message, by the whole of it; what stands in a message may stand in the sentence."""
OTHERWISE = mark("Look at this once more: it cannot be taken as it is.")


def field_text(message: str) -> str:
    """A sentence for a person; what has no words of ours stays as it is in English, and is general elsewhere."""
    return sentence_of(message) or (message if language() == DEFAULT else say(OTHERWISE))


def sentence_of(message: str) -> str | None:
    """Our words for a message, in the language that is being spoken; None if there are none."""
    for pattern, sentence in _patterns():
        if found := pattern.fullmatch(message):
            return say(sentence, **found.groupdict(""))
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), sentence) for pattern, sentence in WORDS.items())
