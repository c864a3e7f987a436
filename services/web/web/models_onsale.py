"""On-sales and rules of resale: what the services answer, as far as the pages need it, and what stands in a form."""

from dataclasses import dataclass
from dataclasses import field as made
from datetime import datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money
from web.models import Section


class OnsaleZone(Struct, frozen=True):
    """A price zone: what is in it and how much of that is left. Only the organiser's people are told held and sold."""

    name: str
    unit_price: Money
    sections: list[str]
    seats: int
    available: int
    held: int = 0
    sold: int = 0
    all_in_unit_price: Money | None = None


class Onsale(Struct, frozen=True):
    """The sale of a house by its organiser; `open` as of `now`, the time of the service that says so."""

    show_id: str
    opens_at: datetime
    open: bool
    now: datetime
    seats: int
    version: int
    zones: list[OnsaleZone] = field(default_factory=list)


class Rules(Struct, frozen=True):
    """How tickets may be sold on and given away; version 0: nothing was set."""

    resale: bool = True
    transferable: bool = True
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    version: int = 0


class OwnRules(Rules, frozen=True):
    """Rules of one show, with a moment at which resale ends."""

    resale_until: datetime | None = None


class ResaleRules(OwnRules, frozen=True):
    """The rules that hold for a show: `own` are those set for it alone, `sources` say of each rule whose it is."""

    own: OwnRules | None = None
    sources: dict[str, str] = field(default_factory=dict)


class StandingRules(Rules, frozen=True):
    """The rules of a place or an organiser for all their shows; `spreading`: some have not taken them over yet."""

    resale_ends_hours: int | None = None
    spreading: bool = False


class Limits(OwnRules, frozen=True):
    """The rules for seats that the reader wants to sell: `cap` is the most that may be asked for each of them, and
    `by_venue` names the rules that the place demands.
    """

    cap: Money | None = None
    held_only: bool = False
    by_venue: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ZoneForm:
    """A zone as it stands in the form; `amount` is its price in minor units once it can be read."""

    name: str = ""
    price: str = ""
    name_error: str = ""
    price_error: str = ""
    amount: int | None = None


@dataclass(slots=True)
class Part:
    """Where a section is sold: by a zone's place in the list, and its rows up to `upto` by another's (`front`)."""

    section: Section
    zone: str = "0"
    front: str = ""
    upto: str = ""


@dataclass(slots=True)
class OnsaleForm:
    """What stands in the form of an on-sale."""

    fields: dict[str, str]
    zones: list[ZoneForm] = made(default_factory=list)
    parts: list[Part] = made(default_factory=list)

    def get(self, name: str, otherwise: str = "") -> str:
        """A field's text."""
        return self.fields.get(name, otherwise)

    @property
    def wrong(self) -> bool:
        """Whether a zone has a mistake."""
        return any(zone.name_error or zone.price_error for zone in self.zones)


def rows_split(part: Part) -> tuple[list[str], list[str]]:
    """The rows of a section in front, and those behind them; none in front where it is sold as a whole."""
    names = [row.name for row in part.section.rows]
    if not part.front.isdecimal() or part.front == part.zone or part.upto not in names:
        return [], names
    place = names.index(part.upto) + 1
    return names[:place], names[place:]
