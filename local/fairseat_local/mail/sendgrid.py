"""A stand-in for SendGrid's `POST /v3/mail/send`: as strict as its documentation, for the parts that one mail needs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from fairseat_local.mail.standin import Fault, Reply, StandIn, Taken, address

KEY_PREFIX = "SG."
RESERVED = frozenset({
    "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
    "subject", "reply-to", "cc", "bcc",
})  # fmt: skip
CUSTOM_ARGS_BYTES_MAX = 10_000
KINDS = ["text/plain", "text/html"]


class _Person(Struct, forbid_unknown_fields=True):
    email: Annotated[str, Meta(min_length=1, max_length=320)]
    name: str = ""


class _Personalization(Struct, forbid_unknown_fields=True):
    to: Annotated[list[_Person], Meta(min_length=1, max_length=1000)]


class _Content(Struct, forbid_unknown_fields=True):
    type: Annotated[str, Meta(min_length=1)]
    value: Annotated[str, Meta(min_length=1)]


class _Request(Struct, forbid_unknown_fields=True):
    personalizations: Annotated[list[_Personalization], Meta(min_length=1, max_length=1000)]
    sender: _Person = msgspec.field(name="from")
    subject: Annotated[str, Meta(min_length=1)]
    content: Annotated[list[_Content], Meta(min_length=1)]
    headers: dict[str, str] = {}
    categories: Annotated[list[Annotated[str, Meta(max_length=255)]], Meta(max_length=10)] = []
    custom_args: dict[str, str] = {}
    tracking_settings: dict[str, dict[str, Any]] = {}


class SendGridStandIn(StandIn):
    """Takes any key that begins with `SG.`."""

    @property
    def paths(self) -> Sequence[str]:
        """Where mails are sent."""
        return ("/v3/mail/send",)

    def read(self, headers: Mapping[str, str], body: bytes) -> Taken:
        """The mail of a request."""
        if not headers.get("authorization", "").startswith(f"Bearer {KEY_PREFIX}"):
            raise Fault(self.fault(401, "The provided authorization grant is invalid, expired, or revoked"))
        try:
            request = msgspec.json.decode(body, type=_Request)
            self._check(request)
            return Taken(
                sender=address(request.sender.email, request.sender.name),
                recipients=[address(p.email, p.name) for each in request.personalizations for p in each.to],
                subject=request.subject,
                text=request.content[0].value,
                html=request.content[-1].value,
                headers=request.headers,
            )
        except (msgspec.DecodeError, ValueError) as error:
            raise Fault(self.fault(400, str(error))) from error

    def _check(self, request: _Request) -> None:
        """Raise ValueError for what types cannot say."""
        if [part.type for part in request.content] != KINDS:
            raise ValueError("If present, text/plain must be first, followed by text/html, each once.")
        for name, value in request.headers.items():
            if name.lower() in RESERVED:
                raise ValueError(f"The header {name} is reserved and cannot be set.")
            if not f"{name}{value}".isprintable() or not name.isascii():
                raise ValueError("The headers must be properly encoded if they contain unicode characters.")
        if len(set(request.categories)) != len(request.categories):
            raise ValueError("The categories must be unique.")
        if len(msgspec.json.encode(request.custom_args)) > CUSTOM_ARGS_BYTES_MAX:
            raise ValueError("The total size of custom arguments must not exceed 10,000 bytes.")

    def accepted(self, mail: Taken) -> Reply:
        """202, without a body."""
        del mail
        return Reply(202, None, (("x-message-id", uuid.uuid4().hex[:22]),))

    def rejected(self, mail: Taken) -> Reply:
        """SendGrid drops such a mail later and says nothing now."""
        return self.accepted(mail)

    def fault(self, status: int, what: str) -> Reply:
        """Errors in a list, as all of its answers have them."""
        return Reply(status, {"errors": [{"message": what, "field": None, "help": None}]})
