"""The rules of webhooks: where they may lead, what is said there, how it is signed, and when it is tried again."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from msgspec import Meta

from fairseat_common.contracts import Event, encode
from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid
from notifications.domain_webhook_subjects import AUDIENCES, SUBJECTS, TEST, Audience

WEBHOOKS_MAX = 10
URL_LENGTH_MAX = 2000
BACKLOG_MAX = 1000
"""Deliveries that may wait for one webhook; what comes then is counted as missed."""
GIVE_UP_S = 24 * 3600
SECRET_OVERLAP_S = 24 * 3600
"""For how long the secret before a new one signs too."""
RETRY_MAX_S = 4 * 3600
REST_MAX_S = 3600.0
SECRET_PREFIX = "whsec_"  # noqa: S105 -- what every secret begins with
SECRET_BYTES = 32
PURPOSE = "webhook"
GONE = 410
LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal")

OffReason = Literal["owner", "failing", "gone", "account"]
DeliveryStatus = Literal["queued", "delivered", "failed"]


class WebhookLimit(Conflict):
    """The account has as many webhooks as it may."""

    slug = "webhook-limit"
    title = "That is as many webhooks as an account may have"
    detail = f"An account has {WEBHOOKS_MAX} webhooks at most. Remove one, or give one more subjects."


class WebhookOff(Conflict):
    """Nothing is delivered to a webhook that is switched off."""

    slug = "webhook-off"
    title = "The webhook is switched off"
    detail = 'Switch it on first: PATCH it with {"active": true}.'


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to send what; `url` must be https and reachable from the internet."""

    url: Annotated[str, Meta(min_length=1, max_length=URL_LENGTH_MAX, examples=["https://example.com/fairseat"])]
    subjects: Annotated[
        list[Annotated[str, Meta(max_length=60, extra_json_schema={"enum": list(SUBJECTS)})]],
        Meta(min_length=1, max_length=100),
    ]


class WebhookChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether anything is to be delivered."""

    active: bool


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook, as its owner sees it.

    `off_reason` says who switched it off: its owner, its endpoint that has failed for a day (failing) or said that it
    is no more (gone), or the account's end. `missed` counts facts for which there was no room in its queue. Until
    `old_secret_until`, while there is one, the secret before the present one signs too.
    """

    id: UUID
    url: str
    subjects: tuple[str, ...]
    active: bool
    off_reason: OffReason | None
    failing_since: datetime | None
    missed: int
    waiting: int
    created_at: datetime
    old_secret_until: datetime | None


class WebhookMade(WebhookView, frozen=True, kw_only=True):
    """A webhook with a new secret that signs its deliveries, which is shown this once and never again."""

    secret: str


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try: `answer` is the status that came back, `error` what kept one from coming."""

    number: int
    made_at: datetime
    answer: int | None
    error: str | None
    took_ms: int


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one fact; while it is queued, `due_at` is when it is tried next."""

    id: UUID
    event_id: UUID
    subject: str
    status: DeliveryStatus
    attempts: int
    answer: int | None
    error: str | None
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None


class DeliveryWhole(DeliveryView, frozen=True, kw_only=True):
    """A delivery with the body that was signed, and every try."""

    body: str
    tries: list[AttemptView]


class Told(msgspec.Struct, frozen=True):
    """What one kind of reader is told of a fact: `owner_id` None means everybody."""

    owner_id: UUID | None
    body: str


def check_url(url: str, public_only: bool) -> None:
    """Raise Invalid unless deliveries may be sent there. What a name resolves to is looked at when one is sent."""
    error = _url_error(url, public_only)
    if error:
        raise Invalid(None, FieldError("url", error))


def _url_error(url: str, public_only: bool) -> str | None:
    if not url.isascii() or not url.isprintable() or " " in url:
        return "Must be an address without spaces and without letters beyond ASCII"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "Is not an address"
    if parts.scheme not in (("https",) if public_only else ("https", "http")) or not host:
        return "Must begin with https://"
    if parts.username is not None or parts.password is not None:
        return "Must not contain a password: deliveries are signed"
    if parts.fragment:
        return "Must not have a #fragment"
    if public_only and (host.endswith(LOCAL_NAMES) or "." not in host or not is_public_host(host)):
        return "Must be reachable from the internet"
    return None


def is_public_host(host: str) -> bool:
    """Whether a host of an address is a name, or an address that anybody can reach."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return is_public(host)


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's to reach: not ours, not a neighbour's, and not one of those in disguise."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        hidden = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found in ipaddress.ip_network("64:ff9b::/96"):
            hidden.append(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF))
        inner = [each for each in hidden if each is not None]
        if inner:
            return all(each.is_global and not each.is_multicast for each in inner)
    return found.is_global and not found.is_multicast


def subjects_of(asked: Sequence[str]) -> tuple[str, ...]:
    """The subjects in their order, each once; raises Invalid for one that no webhook can hear."""
    unknown = sorted(set(asked) - set(SUBJECTS))
    if unknown:
        raise Invalid(None, FieldError("subjects", f"There is no subject {unknown[0]!r}"))
    return tuple(subject for subject in SUBJECTS if subject in asked)


def told_of(event: Event) -> list[Told]:
    """Who is told of a fact, and in which words; nobody of one that is nobody's business."""
    told = []
    for audience in AUDIENCES.get(type(event), ()):
        owner = getattr(event, audience.owner) if audience.owner else None
        if owner is not None or audience.owner is None:
            told.append(Told(owner, _body(event, audience)))
    return told


def event_id_of(event: Event) -> UUID:
    """The id of a fact: the same for all who are told of it, however often."""
    return uuid5(NAMESPACE_URL, f"{event.subject}/{event.aggregate_id}/{event.version}")


def _body(event: Event, audience: Audience) -> str:
    data: dict[str, Any] = msgspec.json.decode(encode(event))
    kept = {name: value for name, value in data.items() if name not in audience.hides and name != "occurred_at"}
    return _written(event_id_of(event), event.subject, audience.role, data["occurred_at"], kept)


def ping_body(event_id: UUID, webhook_id: UUID, now: datetime) -> str:
    """The body of a delivery that only shows that deliveries arrive."""
    return _written(event_id, TEST, "owner", now, {"webhook_id": webhook_id})


def _written(event_id: UUID, subject: str, role: str, occurred_at: object, data: dict[str, Any]) -> str:
    envelope = {"id": event_id, "subject": subject, "role": role, "occurred_at": occurred_at, "data": data}
    return msgspec.json.encode(envelope).decode()


def new_secret() -> str:
    """A secret to sign with."""
    return SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def signature(signing: Sequence[str], body: str, now_s: int) -> str:
    """The header that proves who sent a body, and when: for each secret HMAC-SHA256 over `<seconds>.<body>`, in hex."""
    signed = f"{now_s}.{body}".encode()
    macs = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in signing]
    return ",".join([f"t={now_s}", *(f"v1={mac}" for mac in macs)])


def retry_after_s(attempts: int, first_s: float, roll: float) -> float:
    """How long to wait after so many failed tries: four times as long each time, four hours at most.

    `roll` (0 to 1) spreads tries out, so that what failed together does not come back together: between half of the
    time and all of it.
    """
    whole_s = min(first_s * 4.0 ** min(max(attempts - 1, 0), 20), RETRY_MAX_S)
    return float(whole_s) * (0.5 + roll / 2)


def rest_s(retry_after: str | None) -> float:
    """How long an endpoint asks to be left alone, in seconds, an hour at most; 0 if it does not say so in seconds."""
    given = (retry_after or "").strip()
    return min(float(given), REST_MAX_S) if given.isascii() and given.isdigit() and len(given) < 9 else 0.0
