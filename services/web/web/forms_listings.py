"""The form over several listings: which are chosen, and what is to become of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fairseat_common.languages import say
from web import views, views_selling
from web.forms_selling import NOTES_MAX, price_part
from web.visit import Visit

PICKS_MAX = 100
PERCENT_LEAST, PERCENT_MOST = -90, 900
_PICK = re.compile(r"([0-9a-f-]{36}):(\d{1,9}):([A-Z]{3})")
_FILTERS = {"show": "show_id", "selling": "selling", "cursor": "cursor"}


class Pick(NamedTuple):
    """A chosen listing as it stood on the page."""

    version: int
    currency: str


@dataclass(slots=True)
class BulkForm:
    """What stands in the form and in the filters above it."""

    filters: dict[str, str] = field(default_factory=dict)
    """By the names that tickets knows them by."""
    fields: dict[str, str] = field(default_factory=dict)
    picks: dict[str, Pick] = field(default_factory=dict)
    all: bool = False

    @classmethod
    def asked(cls, given: Mapping[str, str]) -> "BulkForm":
        """The filters of an address."""
        filters = {known: str(given[name])[:200] for name, known in _FILTERS.items() if given.get(name)}
        return cls(filters, all=given.get("all") == "1")

    def get(self, name: str, otherwise: str = "") -> str:
        """A field's text."""
        return self.fields.get(name, otherwise)

    @property
    def what(self) -> str:
        """What is to be done."""
        return self.get("what", "percent")

    @property
    def sure(self) -> bool:
        """Whether a withdrawal was confirmed."""
        return self.get("sure") == "1"

    @property
    def narrowed(self) -> bool:
        """Whether something keeps listings from being shown."""
        return bool(self.filters.get("show_id") or self.filters.get("selling"))

    def query(self, **more: str) -> dict[str, str]:
        """The filters as an address has them, for links."""
        query = {name: self.filters[known] for name, known in _FILTERS.items() if known in self.filters}
        return {name: value for name, value in (query | more).items() if value}


async def bulk_form_read(visit: Visit) -> BulkForm:
    """The posted form. Raises FormForged."""
    fields = await visit.form()
    posted = await visit.request.form()
    form = BulkForm.asked(fields)
    form.fields = fields
    for value in posted.getall("pick", [])[:PICKS_MAX]:
        found = _PICK.fullmatch(value) if isinstance(value, str) else None
        if found:
            form.picks[found[1]] = Pick(int(found[2]), found[3])
    return form


def bulk_body(form: BulkForm) -> tuple[dict[str, Any], dict[str, str]]:
    """The request for all chosen listings, and messages by field."""
    body: dict[str, Any] = {"ids": list(form.picks), "versions": [pick.version for pick in form.picks.values()]}
    errors = {} if form.picks else {"picks": say("Choose at least one listing.")}
    part, mistakes = _CHANGES.get(form.what, _nothing)(form)
    return body | part, errors | mistakes


def _percent(form: BulkForm) -> tuple[dict[str, Any], dict[str, str]]:
    text = form.get("percent").removesuffix("%").strip().replace("−", "-")
    if not re.fullmatch(r"[+-]?\d{1,3}", text) or not PERCENT_LEAST <= int(text) <= PERCENT_MOST or not int(text):
        return {}, {
            "percent": say(
                "Give a whole number from %(least)s to %(most)s, for example -10.",
                least=PERCENT_LEAST,
                most=PERCENT_MOST,
            )
        }
    return {"change": {"percent": int(text)}}, {}


def _price(form: BulkForm) -> tuple[dict[str, Any], dict[str, str]]:
    currencies = sorted({pick.currency for pick in form.picks.values()})
    if len(currencies) > 1:
        return {}, {
            "price": say("Choose listings of one currency, not of several: %(names)s.", names=", ".join(currencies))
        }
    unit_price, errors = price_part(form.get("price"), (currencies or ["EUR"])[0])
    return {"change": {"unit_price": unit_price}}, errors


def _split(form: BulkForm) -> tuple[dict[str, Any], dict[str, str]]:
    known = form.get("split") in views.SPLITS
    return {"change": {"split": form.get("split")}}, {} if known else {
        "split": say("Choose how the seats may be sold.")
    }


def _notes(form: BulkForm) -> tuple[dict[str, Any], dict[str, str]]:
    return {"change": {"notes": form.get("notes")[:NOTES_MAX]}}, {}


def _withdraw(_form: BulkForm) -> tuple[dict[str, Any], dict[str, str]]:
    return {"withdraw": True}, {}


def _nothing(_form: BulkForm) -> tuple[dict[str, Any], dict[str, str]]:
    return {}, {"what": say("Choose what to do.")}


_CHANGES = {"percent": _percent, "price": _price, "split": _split, "notes": _notes, "withdraw": _withdraw}
assert _CHANGES.keys() == views_selling.BULK.keys()
