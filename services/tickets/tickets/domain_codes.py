"""Ticket codes: what a phone shows and a gate reads. Pure.

A code is `key id . serial, show, step . signature`, each part base64url: the ticket's serial and the show (16 bytes
each) and the number of the 30 second step (8 bytes), signed with Ed25519 (RFC 8032). It holds for its own step and
one on either side, so that clocks of phone and gate may differ by half a minute. A photographed code is worthless
soon after; a sold ticket's codes are refused at once, since its serial has ended.

Codes for paper have the greatest number there is instead of a step: paper does not rotate. Such a code can be copied,
and then lets in whoever comes first; it ends, like all others, when the ticket changes hands or is used.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fairseat_common.contracts.refusals import Conflict, LimitReached
from tickets.domain_tickets import Ticket, TicketVoid

STEP_S = 30
STEPS_OFF_MAX = 1
CODE_CHARACTERS_MAX = 256
SHEET_FROM = timedelta(hours=6)
SHEET_UNTIL = timedelta(hours=8)
"""The codes for a day without a network are those from before the doors open until nobody is let in any more. A longer
day would cost more than it gives: a code is 40 microseconds of signing and 90 bytes on the way to the phone.
"""
SHEET_AHEAD = timedelta(hours=24)
"""How long before the show that sheet of codes is handed out."""
SHEETS_PER_HOUR_MAX = 12
_PAYLOAD = struct.Struct(">16s16sQ")
_PLACE_BYTES = 32
_PRINTED = 2**64 - 1


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

    def __init__(self, detail: str | None = None, code: Code | None = None, **members: Any) -> None:
        super().__init__(detail, **members)
        self.code = code
        """What the code says, for whoever keeps note of it; no part of the answer."""


class CodeWrongShow(Conflict):
    """A code for another show."""

    slug = "wrong-show"
    title = "This ticket is for another show"
    detail = "Look at the date and the show on the ticket."


class CodesNotYet(Conflict):
    """The day of the show has not come, or is over."""

    slug = "codes-not-yet"
    title = "It is not the day of the show"
    detail = "Codes for use without a network can be had from 24 hours before the show until 8 hours after its start."


class SheetLimit(LimitReached):
    """The sheet of codes was fetched too often."""

    slug = "too-many-requests"
    title = "Too many requests"
    detail = "The codes of this ticket were fetched several times within the hour; those are still good."


class Code(msgspec.Struct, frozen=True):
    """What a genuine code says; `printed` tells a code for paper."""

    serial: UUID
    show_id: UUID
    printed: bool = False


class CodeSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of a day: the one of step `first_step + n` is `key_id . base64url(place, step) . signatures[n]`.

    `place` is the base64url of the code's first 32 bytes, the step follows as 8 bytes, greatest first; a step is
    `step_seconds` of Unix time. `now` is the server's, for a phone whose clock is wrong.
    """

    key_id: str
    place: str
    first_step: int
    step_seconds: int
    signatures: list[str]
    starts_at: datetime
    ends_at: datetime
    now: datetime


@dataclass(frozen=True)
class CodeKeys:
    """The keys of codes: `signing` (named `key_id`) makes new ones, all of `verifying` are accepted."""

    key_id: str
    signing: Ed25519PrivateKey
    verifying: Mapping[str, Ed25519PublicKey]


def code_make(keys: CodeKeys, ticket: Ticket, now: datetime) -> tuple[str, datetime]:
    """A valid ticket's code for this moment, and when the next one takes its place; raises TicketVoid."""
    step = _step(now)
    return _code(keys, ticket, step), _moment(step + 1)


def code_print(keys: CodeKeys, ticket: Ticket) -> str:
    """A valid ticket's code for paper, which holds for as long as the ticket does; raises TicketVoid."""
    return _code(keys, ticket, _PRINTED)


def sheet_steps(starts_at: datetime, now: datetime) -> range:
    """The steps for which codes are handed out now, for a show; raises CodesNotYet."""
    if not starts_at - SHEET_AHEAD <= now < starts_at + SHEET_UNTIL:
        raise CodesNotYet(starts_at=starts_at)
    # One step back, for phones whose clock is a little behind the server's.
    return range(max(_step(starts_at - SHEET_FROM), _step(now) - 1), _step(starts_at + SHEET_UNTIL))


def sheet_make(keys: CodeKeys, ticket: Ticket, steps: range, now: datetime) -> CodeSheet:
    """A valid ticket's codes for all these steps; raises TicketVoid. Takes some tens of milliseconds."""
    _check_valid(ticket)
    return CodeSheet(
        key_id=keys.key_id,
        place=_text(_payload(ticket, 0)[:_PLACE_BYTES]),
        first_step=steps.start,
        step_seconds=STEP_S,
        signatures=[_text(_signature(keys, _payload(ticket, step))) for step in steps],
        starts_at=_moment(steps.start),
        ends_at=_moment(steps.stop),
        now=now,
    )


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
    printed = step == _PRINTED
    found = Code(UUID(bytes=serial), UUID(bytes=show), printed)
    if not printed and abs(_step(now) - step) > STEPS_OFF_MAX:
        raise CodeStale(code=found)
    return found


def code_admits(code: Code, ticket: Ticket | None, show_id: UUID) -> Ticket:
    """The ticket that a genuine code lets in at a show; `ticket` is the one with the code's serial.

    Raises CodeForged, CodeWrongShow, TicketVoid.
    """
    if ticket is None or ticket.serial != code.serial or ticket.show_id != code.show_id:
        raise CodeForged
    if code.show_id != show_id:
        raise CodeWrongShow
    _check_valid(ticket)
    return ticket


def _check_valid(ticket: Ticket) -> None:
    if ticket.status != "valid":
        raise TicketVoid(status_of_ticket=ticket.status)


def _code(keys: CodeKeys, ticket: Ticket, step: int) -> str:
    _check_valid(ticket)
    payload = _payload(ticket, step)
    return f"{keys.key_id}.{_text(payload)}.{_text(_signature(keys, payload))}"


def _payload(ticket: Ticket, step: int) -> bytes:
    return _PAYLOAD.pack(ticket.serial.bytes, ticket.show_id.bytes, step)


def _signature(keys: CodeKeys, payload: bytes) -> bytes:
    return keys.signing.sign(_signed(keys.key_id, payload))


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_S


def _moment(step: int) -> datetime:
    return datetime.fromtimestamp(step * STEP_S, UTC)


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
