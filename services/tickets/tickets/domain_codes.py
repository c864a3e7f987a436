"""Ticket codes: what a phone shows and a gate reads. Pure.

A code is `key id . serial, show, step . signature`, each part base64url: the ticket's serial and the show (16 bytes
each) and the number of the 30 second step (8 bytes), signed with Ed25519 (RFC 8032). It holds for its own step and
one on either side, so that clocks of phone and gate may differ by half a minute. A photographed code is worthless
soon after; a sold ticket's codes are refused at once, since its serial has ended.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fairseat_common.contracts.refusals import Conflict
from tickets.domain_tickets import Ticket, TicketVoid

STEP_S = 30
STEPS_OFF_MAX = 1
CODE_CHARACTERS_MAX = 256
_PAYLOAD = struct.Struct(">16s16sQ")


class CodeForged(Conflict):
    """Not a code of ours."""

    slug = "forged"
    title = "This is no Fairseat code"
    detail = "The code was not made by Fairseat, or was misread. Scan again, or look at the ticket."


class CodeStale(Conflict):
    """A code of another moment: a photograph, or a clock that is wrong."""

    slug = "code-stale"
    title = "This code has rotated"
    detail = "Ask to see the ticket itself: its code is new every 30 seconds."


class CodeWrongShow(Conflict):
    """A code for another show."""

    slug = "wrong-show"
    title = "This ticket is for another show"
    detail = "Look at the date and the show on the ticket."


class Code(msgspec.Struct, frozen=True):
    """What a genuine code says."""

    serial: UUID
    show_id: UUID


@dataclass(frozen=True)
class CodeKeys:
    """The keys of codes: `signing` (named `key_id`) makes new ones, all of `verifying` are accepted."""

    key_id: str
    signing: Ed25519PrivateKey
    verifying: Mapping[str, Ed25519PublicKey]


def code_make(keys: CodeKeys, ticket: Ticket, now: datetime) -> tuple[str, datetime]:
    """A valid ticket's code for this moment, and when the next one takes its place; raises TicketVoid."""
    if ticket.status != "valid":
        raise TicketVoid(status_of_ticket=ticket.status)
    step = int(now.timestamp()) // STEP_S
    payload = _PAYLOAD.pack(ticket.serial.bytes, ticket.show_id.bytes, step)
    signature = keys.signing.sign(_signed(keys.key_id, payload))
    code = f"{keys.key_id}.{_text(payload)}.{_text(signature)}"
    return code, datetime.fromtimestamp((step + 1) * STEP_S, UTC)


def code_read(keys: Mapping[str, Ed25519PublicKey], code: str, now: datetime) -> Code:
    """What a code says; raises CodeForged unless one of `keys` (by id) signed it, CodeStale outside its time."""
    if len(code) > CODE_CHARACTERS_MAX:
        raise CodeForged
    try:
        key_id, payload_text, signature_text = code.split(".")
        payload = _bytes(payload_text)
        keys[key_id].verify(_bytes(signature_text), _signed(key_id, payload))
        serial, show, step = _PAYLOAD.unpack(payload)
    except (ValueError, KeyError, InvalidSignature, struct.error) as error:
        raise CodeForged from error
    if abs(int(now.timestamp()) // STEP_S - step) > STEPS_OFF_MAX:
        raise CodeStale
    return Code(UUID(bytes=serial), UUID(bytes=show))


def code_admits(code: Code, ticket: Ticket | None, show_id: UUID) -> Ticket:
    """The ticket that a genuine code lets in at a show; `ticket` is the one with the code's serial.

    Raises CodeForged, CodeWrongShow, TicketVoid.
    """
    if ticket is None or ticket.serial != code.serial or ticket.show_id != code.show_id:
        raise CodeForged
    if code.show_id != show_id:
        raise CodeWrongShow
    if ticket.status != "valid":
        raise TicketVoid(status_of_ticket=ticket.status)
    return ticket


def _signed(key_id: str, payload: bytes) -> bytes:
    # The purpose and the key id are signed too: no signature made for anything else can pass for a code.
    return b"fairseat-ticket-code-v1." + key_id.encode() + b"." + payload


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if _text(data) != text:
        raise ValueError("not the one way to write it")
    return data
