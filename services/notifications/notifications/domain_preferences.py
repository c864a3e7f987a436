"""What people can choose not to be told, and how a letter proves who may end it. Pure.

Purchases and money are always told: whoever pays or is paid must hear of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args
from uuid import UUID

import msgspec

from fairseat_common.contracts.refusals import Invalid
from fairseat_common.languages import mark, say
from notifications.domain import Kind

Topic: TypeAlias = Literal["sales", "transfers", "alerts", "waiting", "favourites"]
TOPICS: tuple[Topic, ...] = get_args(Topic)

TOPIC_OF: dict[Kind, Topic] = {
    "sold": "sales",
    "transfer-offered": "transfers",
    "transfer-withdrawn": "transfers",
    "transfer-received": "transfers",
    "transfer-accepted": "transfers",
    "transfer-ended": "transfers",
    "alert": "alerts",
    "waiting-offer": "waiting",
    "favourite-listed": "favourites",
    "favourite-changed": "favourites",
}
"""The topic of each kind of mail that can be turned off."""
WHY: dict[Topic, str] = {
    "sales": mark("You get this mail because seats of yours were sold."),
    "transfers": mark("You get this mail because tickets change hands between people on Fairseat."),
    "alerts": mark("You get this mail because you set a price alert for this show."),
    "waiting": mark("You get this mail because you are on the waiting list for this show."),
    "favourites": mark("You get this mail because you saved this show."),
}
NAMES: dict[Topic, str] = {
    "sales": mark("sales"),
    "transfers": mark("ticket transfers"),
    "alerts": mark("price alerts"),
    "waiting": mark("waiting lists"),
    "favourites": mark("saved shows"),
}
ALWAYS = mark("You always get mails about your purchases and your money.")
ACCOUNT = mark("You always get mails about your account and its safety.")
SEAL_BYTES = 16
TOKEN_LENGTH_MAX = 100


class UnsubscribeInvalid(Invalid):
    """The token is none of ours, or its mail is about something that is always told."""

    slug = "unsubscribe-invalid"
    title = "This link cannot end any mails"
    detail = "Use the link of a mail exactly as it is, or sign in and change what you are told in your settings."


class Preferences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether somebody wants mails, by topic. Purchases and money have no switch."""

    sales: bool
    transfers: bool
    alerts: bool
    waiting: bool
    favourites: bool

    @classmethod
    def without(cls, muted: Sequence[str]) -> Preferences:
        """Everything but the muted topics."""
        return cls(**{topic: topic not in muted for topic in TOPICS})

    @property
    def muted(self) -> list[Topic]:
        """The topics that are turned off."""
        return [topic for topic in TOPICS if not getattr(self, topic)]


class Footer(msgspec.Struct, frozen=True):
    """The end of a letter: why it came, and how to end such mails; empty where they cannot be ended."""

    why: str
    topic: str
    unsubscribe: str
    settings: str


class Subscription(msgspec.Struct, frozen=True):
    """What a link of a letter is about: the topic, whether mails about it still go out, and to whom, half hidden."""

    topic: Topic
    wanted: bool
    address: str


def footer_of(kind: Kind, mail_id: UUID, origin: str, secret: str) -> Footer:
    """The end of a letter of this kind."""
    topic = TOPIC_OF.get(kind)
    if topic is None:
        why = ACCOUNT if kind.startswith("account-") else ALWAYS
        return Footer(say(why), "", "", f"{origin}/settings")
    link = f"{origin}/unsubscribe?token={token_sign(mail_id, secret)}"
    return Footer(say(WHY[topic]), say(NAMES[topic]), link, f"{origin}/settings")


def token_sign(mail_id: UUID, secret: str) -> str:
    """A token for the recipient of a mail. It names the mail and nobody, so that an address is in no log."""
    return f"{_text(mail_id.bytes)}.{_text(_seal(mail_id, secret))}"


def token_read(token: str, secrets: Sequence[str]) -> UUID:
    """The mail whose token one of the secrets signed; raises UnsubscribeInvalid."""
    name, dot, seal = token.partition(".")
    if not dot or len(token) > TOKEN_LENGTH_MAX:
        raise UnsubscribeInvalid
    try:
        mail_id, given = UUID(bytes=_bytes(name)), _bytes(seal)
    except (binascii.Error, ValueError):
        raise UnsubscribeInvalid from None
    if token != f"{_text(mail_id.bytes)}.{_text(given)}":
        raise UnsubscribeInvalid
    # Every secret is tried, each compared in constant time.
    good = [hmac.compare_digest(_seal(mail_id, secret), given) for secret in secrets]
    if not any(good):
        raise UnsubscribeInvalid
    return mail_id


def masked(address: str) -> str:
    """An address as a page may show it to whoever has the link: ``b•••@example.com``."""
    local, _, host = address.rpartition("@")
    return f"{local[:1]}•••@{host}"


def _seal(mail_id: UUID, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"unsubscribe:" + mail_id.bytes, hashlib.sha256).digest()[:SEAL_BYTES]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
