"""A stand-in for Mailchimp Transactional's `POST /api/1.0/messages/send`, for the parts that one mail needs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from fairseat_local.mail.standin import Fault, Reply, StandIn, Taken, address

KEY_PREFIX = "md-"
METADATA_BYTES_MAX = 1000
NAMES = {429: "Too_Many_Requests", 500: "GeneralError"}


class _Person(Struct, forbid_unknown_fields=True):
    email: Annotated[str, Meta(min_length=1, max_length=320)]
    name: str = ""
    type: Literal["to", "cc", "bcc"] = "to"


class _Message(Struct, forbid_unknown_fields=True):
    from_email: Annotated[str, Meta(min_length=1)]
    to: Annotated[list[_Person], Meta(min_length=1)]
    subject: str
    text: str
    html: str
    from_name: str = ""
    headers: dict[str, str] = {}
    tags: list[Annotated[str, Meta(min_length=1, max_length=50, pattern="^[^_]")]] = []
    metadata: dict[str, str] = {}
    merge: bool | None = None
    auto_text: bool | None = None
    auto_html: bool | None = None
    inline_css: bool | None = None
    track_opens: bool | None = None
    track_clicks: bool | None = None
    preserve_recipients: bool | None = None
    view_content_link: bool | None = None


class _Request(Struct, forbid_unknown_fields=True):
    key: str
    message: _Message


class MailchimpStandIn(StandIn):
    """Takes any key that begins with `md-`."""

    @property
    def paths(self) -> Sequence[str]:
        """Where mails are sent; the older address still answers."""
        return ("/api/1.0/messages/send", "/api/1.0/messages/send.json")

    def read(self, headers: Mapping[str, str], body: bytes) -> Taken:
        """The mail of a request; the key is in the body."""
        del headers
        try:
            request = msgspec.json.decode(body, type=_Request)
        except msgspec.DecodeError as error:
            raise Fault(_error(-2, "ValidationError", str(error))) from error
        if not request.key.startswith(KEY_PREFIX):
            raise Fault(_error(-1, "Invalid_Key", "Invalid API key"))
        message = request.message
        try:
            if len(msgspec.json.encode(message.metadata)) > METADATA_BYTES_MAX:
                raise ValueError("metadata is limited to 1000 bytes")
            if message.merge is not False and "*|" in f"{message.subject}{message.text}{message.html}":
                raise ValueError("a merge tag without its value")
            return Taken(
                sender=address(message.from_email, message.from_name),
                recipients=[address(person.email, person.name) for person in message.to],
                subject=message.subject,
                text=message.text,
                html=message.html,
                headers=message.headers,
            )
        except ValueError as error:
            raise Fault(_error(-2, "ValidationError", str(error))) from error

    def accepted(self, mail: Taken) -> Reply:
        """What becomes of the mail, for each recipient."""
        return self._outcomes(mail, "sent", None)

    def rejected(self, mail: Taken) -> Reply:
        """The recipient has bounced before."""
        return self._outcomes(mail, "rejected", "hard-bounce")

    def fault(self, status: int, what: str) -> Reply:
        """Errors by name."""
        return _error(-99, NAMES.get(status, "GeneralError"), what, status)

    def _outcomes(self, mail: Taken, status: str, reason: str | None) -> Reply:
        return Reply(
            200,
            [
                {"email": one.addr_spec, "status": status, "_id": uuid.uuid4().hex, "reject_reason": reason}
                for one in mail.recipients
            ],
        )


def _error(code: int, name: str, message: str, status: int = 500) -> Reply:
    return Reply(status, {"status": "error", "code": code, "name": name, "message": message})
