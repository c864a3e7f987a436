"""`python -m fairseat_local.mail.letters de`: every letter of the notifications service with sample facts, as JSON.

The letters come from the service's own writers; only what they are written from is made up, and the same every time.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from fairseat_common.clocks import clock_of
from fairseat_common.contracts import registry
from fairseat_common.contracts.samples import example_of
from fairseat_common.languages import learn, speaking

ORIGIN = "https://fairseat.example"
SENDER = Address("Fairseat", addr_spec="tickets@fairseat.example")
STARTS = "2026-12-05T19:00:00Z"
ORDER = {
    "unit_price": {"amount": 62_500, "currency": "EUR"},
    "fees": {"amount": 12_500, "currency": "EUR"},
    "total": {"amount": 137_500, "currency": "EUR"},
    "seller_fees": {"amount": 6_250, "currency": "EUR"},
    "refund_amount": {"amount": 68_750, "currency": "EUR"},
    "refund_seats": ["12"],
    "section": "Block A",
    "row": "3",
    "waiting_entry_id": None,
    "late": False,
}
PLACES = [{"ticket_id": str(UUID(int=n)), "section": "Block A", "row": "3", "seat": str(11 + n)} for n in (1, 2)]
MORE = {"tickets": PLACES, "entire": False, "amount": {"amount": 118_750, "currency": "EUR"}}
OFFERS = [
    {"section": "Block A", "row": "3", "free": 2, "amount": 5_500},
    {"section": "Standing", "row": "", "free": 14, "amount": 5_950},
]
ALERT = {"quantity": 2, "section": "", "max_amount": 6_000, "currency": "EUR", "count": 5, "offers": OFFERS}
MOVE = {
    "was": "2026-11-28T19:00:00Z",
    "starts_at": STARTS,
    "refund_until": "2026-11-30T22:59:59Z",
    "orders": [str(UUID(int=7))],
}
SCRIPTS: dict[str, tuple[str, str, str, str]] = {
    "plain": ("Bea", "Ada", "The Herons", "Tempodrom"),
    "long": ("Bea " * 60, "Ada " * 60, "A title that was never meant to end " * 9, "Hallenfestspielhaus" * 12),
    "right to left": ("ליאורה 🎟️", "أمل", "فيروز: ليلة واحدة فقط — Live", "המשכן לאמנויות הבמה"),
}
"""Names of the recipient and of somebody else, the show's title and its venue."""
EVENT_OF = {
    "tickets": "tickets.issued.v1",
    "sold": "orders.confirmed.v1",
    "hold-expired": "orders.cancelled.v1",
    "payment-failed": "orders.cancelled.v1",
    "hold-show-cancelled": "orders.cancelled.v1",
    "payment-refused": "orders.payment_refused.v1",
    "refunded": "orders.refunded.v1",
    "sale-refunded": "orders.refund_due.v1",
    "charge-returned": "payments.refunded.v1",
    "dispute-opened": "payments.disputed.v1",
    "dispute-won": "payments.disputed.v1",
    "dispute-lost": "payments.disputed.v1",
    "payout-sent": "payouts.sent.v1",
    "payout-reversed": "payouts.reversed.v1",
    "listing-withdrawn": "listings.withdrawn.v1",
    "own-show-cancelled": "shows.changed.v1",
    "waiting-offer": "orders.held.v1",
    "move-kept": "orders.kept.v1",
    "transfer-offered": "tickets.transfer_offered.v1",
    "transfer-withdrawn": "tickets.transfer_ended.v1",
    "transfer-received": "tickets.transferred.v1",
    "transfer-accepted": "tickets.transferred.v1",
    "transfer-ended": "tickets.transfer_ended.v1",
    "account-verify-email": "users.letter_due.v1",
    "account-reset-password": "users.letter_due.v1",
    "account-password-changed": "users.letter_due.v1",
    "account-email-changed": "users.letter_due.v1",
    "account-passkey-added": "users.letter_due.v1",
    "account-passkey-removed": "users.letter_due.v1",
    "account-sign-in-new": "users.letter_due.v1",
    "account-banned": "users.letter_due.v1",
    "account-restored": "users.letter_due.v1",
    "account-erased": "users.letter_due.v1",
    "account-key-created": "users.letter_due.v1",
}
CASES: dict[str, dict[str, dict[str, Any]]] = {
    "tickets": {"in time": {}, "late": {"late": True}},
    "hold-expired": {"a hold": {}, "from the waiting list": {"waiting_entry_id": str(UUID(int=7))}},
    "refunded": {reason: {"refund_reason": reason} for reason in ("show_cancelled", "gate", "goodwill", "show_moved")},
    "move-postponed": {"bought": {**MOVE, "starts_at": None}},
    "move-rescheduled": {"bought": MOVE, "given": {**MOVE, "orders": []}},
    "move-on-again": {"": {**MOVE, "refund_until": None}},
    "move-cancelled": {"": {**MOVE, "starts_at": None, "refund_until": None}},
    "listing-withdrawn": {"": {"operator_reason": "The seats do not exist in this house."}},
    "own-show-cancelled": {"": {"operator_reason": "The venue does not know of this show."}, "no reason": {}},
    "dispute-opened": {"": {"stage": "opened"}},
    "dispute-won": {"": {"stage": "won"}},
    "dispute-lost": {"": {"stage": "lost"}},
    "transfer-withdrawn": {outcome: {"outcome": outcome} for outcome in ("cancelled", "void")},
    "transfer-ended": {outcome: {"outcome": outcome} for outcome in ("cancelled", "declined", "expired", "void")},
    "alert": {"five": ALERT, "one": {**ALERT, "count": 1, "section": "Block A", "offers": OFFERS[:1]}},
    "favourite-listed": {"": {"currency": "EUR", "offer": OFFERS[0]}},
    "account-email-changed": {"": {"detail": "bea@fairseat.example", "sealed": None}},
    "account-password-changed": {"": {"sealed": None}},
    "account-passkey-added": {"": {"detail": "My phone", "sealed": None}},
    "account-passkey-removed": {"": {"detail": "My phone", "sealed": None}},
    "account-sign-in-new": {"": {"detail": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "sealed": None}},
    "account-banned": {"": {"detail": "Seats that did not exist", "sealed": None}},
    "account-restored": {"": {"sealed": None}},
    "account-erased": {"": {"sealed": None}},
    "account-key-created": {"": {"detail": "Box office", "sealed": None}},
    "favourite-changed": {
        change: {"change": change, "was": "2026-11-28T19:00:00Z"}
        for change in ("moved", "postponed", "cancelled", "on-again")
    },
}
"""What differs between letters of one kind."""


def letters(language: str) -> Iterator[dict[str, str]]:
    """Every kind of mail, each of its cases, in each script; whoever has a long name lives in New York."""
    learn(Path(importlib.import_module("notifications.store").__file__ or "").parent / "locale")
    writers = importlib.import_module("notifications.actions_letters")
    messages = importlib.import_module("notifications.actions_messages")
    preferences = importlib.import_module("notifications.domain_preferences")
    for kind in writers.WRITERS:
        for case, changes in CASES.get(kind, {"": {}}).items():
            for script in SCRIPTS:
                due = _due(kind, changes, script, language)
                with speaking(language), clock_of("America/New_York" if script == "long" else None):
                    letter = writers.write_letter(due, ORIGIN)
                    footer = preferences.footer_of(kind, due.id, ORIGIN, "sample")
                    mail = messages.compose(due, letter, footer, SENDER)
                yield {
                    "kind": kind,
                    "case": case,
                    "script": script,
                    "subject": letter.subject,
                    "html": mail.get_body(("html",)).get_content(),
                    "text": mail.get_body(("plain",)).get_content(),
                }


def _due(kind: str, changes: dict[str, Any], script: str, language: str) -> Any:
    """What the service would borrow from its queue."""
    store = importlib.import_module("notifications.store")
    domain = importlib.import_module("notifications.domain")
    name, other, title, venue = SCRIPTS[script]
    order = _fact("orders.confirmed.v1", changes)
    return store.Due(
        id=uuid5(NAMESPACE_URL, f"{ORIGIN}/{kind}"),
        fact_id=UUID(int=1),
        kind=kind,
        attempts=1,
        message_id=f"<{kind}.sample@fairseat.example>",
        created_at_s=datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp(),
        fact=json.dumps(_fact(EVENT_OF[kind], changes) if kind in EVENT_OF else changes),
        order=json.dumps(order),
        person=domain.Person("bea@example.com", name),
        show=domain.Show(
            UUID(int=2), title, venue, "Berlin", "Europe/Berlin", datetime.fromisoformat(STARTS), "scheduled"
        ),
        other=other,
        muted=(),
        locale=language,
    )


def _fact(subject: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The event's example, with figures that add up, and with what the case changes."""
    example = example_of(registry()[subject])
    return {name: changes.get(name, ORDER.get(name, MORE.get(name, value))) for name, value in example.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(letters(sys.argv[1]))))
