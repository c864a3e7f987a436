"""What staff see of a show's doors, and the signed list that lets a device work there without a network. Pure.

The list is a JSON document in pages, each signed with Ed25519 (RFC 8032) by the key of the ticket codes, for another
purpose: `fairseat-gate-list-v1.<key id>.<document>`. It holds no code and no name. A ticket is known by its reference
(domain_references.py) and has one letter for its state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tickets.domain_codes import STEP_S, STEPS_OFF_MAX, CodeKeys
from tickets.domain_gates import Door
from tickets.domain_references import text_of
from tickets.domain_scans import ScanView

LIST_MAX = 5_000
"""Tickets on a page of the list: about 300 kB."""
GOOD_FOR = timedelta(hours=4)
"""How long a device may work by a list: long enough for a night without a network, short enough that it is renewed."""
GATES_MAX = 100
WRONG_MAX = 20

_STATES = {
    "used": "u",
    "transferred": "g",
}


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What one gate has seen. `wrong` of the people let in had no right to it: found when its devices were heard."""

    gate: str
    admitted: int
    refused: int
    wrong: int
    last_at: datetime


class GateView(msgspec.Struct, frozen=True, kw_only=True):
    """The doors of a show: who is in, who may still come, gate by gate, and who was let in wrongly (the latest)."""

    show_id: UUID
    starts_at: datetime
    opens_at: datetime | None
    admitted: int
    expected: int
    gates: list[Gate]
    wrong: list[ScanView]
    now: datetime


class GateShow(msgspec.Struct, frozen=True, kw_only=True):
    """A show whose doors somebody looks after."""

    show_id: UUID
    starts_at: datetime
    status: str
    admitted: int
    expected: int


class Entrant(NamedTuple):
    """A ticket as the list needs it. `listed`: on sale, or about to be paid for."""

    id: UUID
    reference: bytes
    status: str
    bought: bool
    replaced: bool
    refunded: bool
    listed: bool
    section: str
    row: str
    seat: str


class GateList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list as it goes to a device: `document` is signed as it stands, byte by byte."""

    document: str
    key_id: str
    signature: str
    next_cursor: str | None


def state_of(entrant: Entrant) -> str:
    """One letter: valid, used, on sale, not proven; refunded, given away, resold, withdrawn."""
    if entrant.status != "valid":
        if entrant.status in _STATES:
            return _STATES[entrant.status]
        return "f" if entrant.refunded else "r" if entrant.replaced else "w"
    if not entrant.bought:
        return "n"
    return "s" if entrant.listed else "v"


def list_document(door: Door, keys: CodeKeys, entrants: Sequence[Entrant], page: int) -> str:
    """A page of a show's list as JSON: what a device needs to verify codes, and the tickets.

    Each ticket is [reference, state, section, row, seat].
    """
    document = {
        "show_id": door.show_id,
        "status": door.status,
        "page": page,
        "made_at": door.now,
        "good_until": door.now + GOOD_FOR,
        "opens_at": door.opens_at,
        "step_seconds": STEP_S,
        "steps_off": STEPS_OFF_MAX,
        "keys": {
            key_id: text_of(key.public_bytes(Encoding.Raw, PublicFormat.Raw)) for key_id, key in keys.verifying.items()
        },
        "tickets": [(text_of(one.reference), state_of(one), one.section, one.row, one.seat) for one in entrants],
    }
    return msgspec.json.encode(document).decode()


def list_signed(keys: CodeKeys, document: str, next_cursor: str | None) -> GateList:
    """A page of the list with its signature. The purpose is signed too, so that no code can be made of it."""
    signed = b"fairseat-gate-list-v1." + keys.key_id.encode() + b"." + document.encode()
    signature = text_of(keys.signing.sign(signed))
    return GateList(document=document, key_id=keys.key_id, signature=signature, next_cursor=next_cursor)
