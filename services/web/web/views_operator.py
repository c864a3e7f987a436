"""Pages about operators: what they show, worked out from what the services answered. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fairseat_common.languages import mark, say
from web.models_operator import Deed, Report

SERVICES = ("auth", "catalog", "tickets", "orders", "payments", "notifications", "expiration")
"""Those that own data."""
WAYS: tuple[tuple[str, str], ...] = (
    ("/operator", mark("Overview")),
    ("/operator/users", mark("People")),
    ("/operator/orders", mark("Orders")),
    ("/operator/listings", mark("Listings")),
    ("/operator/shows", mark("Shows")),
    ("/operator/money", mark("Money")),
    ("/operator/dead-letters", mark("Dead letters")),
    ("/operator/audit", mark("Audit log")),
)
ROLES: dict[str, tuple[str, str]] = {
    "organiser": (mark("Organiser"), mark("Adds venues, announces shows and sells their seats for the first time.")),
    "operator": (mark("Operator"), mark("Sees and does everything on these pages.")),
}
ORDER_STATES: dict[str, tuple[str, str]] = {
    "held": ("warn", mark("Held")),
    "confirmed": ("good", mark("Confirmed")),
    "cancelled": ("", mark("Cancelled")),
    "refunded": ("", mark("Refunded")),
}
LISTING_STATES: dict[str, tuple[str, str]] = {
    "active": ("good", mark("On sale")),
    "withdrawn": ("", mark("Withdrawn")),
}
SHOW_STATES: dict[str, tuple[str, str]] = {
    "scheduled": ("good", mark("Scheduled")),
    "postponed": ("warn", mark("Postponed")),
    "cancelled": ("bad", mark("Cancelled")),
}
ACTIONS: dict[str, str] = {
    "access-refused": mark("Access refused"),
    "event-replayed": mark("Event replayed"),
    "event-replay-failed": mark("Replay of an event failed"),
    "house-put-on-sale": mark("House put on sale"),
    "listing-withdrawn": mark("Listing withdrawn"),
    "opening-changed": mark("Opening of a sale changed"),
    "organiser-rules-set": mark("Rules for all shows set"),
    "order-refunded": mark("Order refunded"),
    "payouts-resumed": mark("Payouts resumed"),
    "payouts-stopped": mark("Payouts stopped"),
    "resale-rules-set": mark("Resale rules set"),
    "roles-set": mark("Roles set"),
    "sales-resumed": mark("Sales resumed"),
    "sales-stopped": mark("Sales stopped"),
    "show-edited": mark("Show changed"),
    "sign-in-refused": mark("Sign-in refused"),
    "signed-in": mark("Signed in"),
    "team-member-removed": mark("Team member removed"),
    "team-member-set": mark("Team member set"),
    "user-banned": mark("Account closed"),
    "user-restored": mark("Account opened again"),
    "venue-rules-set": mark("House rules set"),
    "webhook-secret-renewed": mark("Secret of a webhook renewed"),
}
"""What the audit logs call the most frequent deeds. Others are shown by the words of their own names."""
DETAILS_MAX = 300


class Health(NamedTuple):
    """One service at a glance: its rules that hold, those that are broken, those that could not be checked."""

    service: str
    answers: bool
    kept: int
    broken: int
    unchecked: int

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        return self.answers and not self.broken and not self.unchecked


def health(reports: Mapping[str, Report | None]) -> list[Health]:
    """Every service at a glance; None stands for one that does not answer."""
    found = []
    for service in SERVICES:
        report = reports.get(service)
        holds = [each.holds for each in report.invariants] if report else []
        found.append(Health(service, report is not None, holds.count(True), holds.count(False), holds.count(None)))
    return found


def short(identity: str) -> str:
    """The end of a long id: enough to tell one from another; the whole of it is a click away."""
    return identity[-8:]


def action_text(action: str) -> str:
    """A deed in the reader's words."""
    known = ACTIONS.get(action)
    return say(known) if known else action.replace("-", " ").capitalize()


def details_text(details: Mapping[str, Any]) -> str:
    """What else is known of a deed, in one line."""
    parts = [f"{name.replace('_', ' ')}: {_value(value)}" for name, value in details.items() if value not in ("", None)]
    text = " · ".join(parts)
    return text if len(text) <= DETAILS_MAX else text[:DETAILS_MAX] + "…"


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def subject_path(service: str, deed: Deed) -> str:
    """The page about what a deed was done to; nothing where there is none."""
    if len(deed.subject) != len("00000000-0000-0000-0000-000000000000"):
        return ""
    if deed.action.startswith(("user-", "roles-")):
        return f"/operator/users/{deed.subject}"
    if deed.action.startswith("order-"):
        return f"/operator/orders/{deed.subject}"
    if deed.action.startswith("listing-") and service == "tickets":
        return f"/operator/listings?listing_id={deed.subject}"
    if deed.action.startswith("show-"):
        return f"/shows/{deed.subject}"
    return ""


def seats_text(section: str, row: str, seats: Sequence[str]) -> str:
    """A place in few words: `Stalls · C · 1, 2, 3`, of many seats the first ones."""
    some = ", ".join(seats[:6]) + ("…" if len(seats) > 6 else "")
    return " · ".join(part for part in (section, row, some) if part)
