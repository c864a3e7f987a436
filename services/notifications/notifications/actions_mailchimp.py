"""Hands mails over to Mailchimp Transactional (Mandrill): `POST /api/1.0/messages/send`.

It has no idempotency key either: copies carry our Message-ID as header and as metadata. Its answer says for each
recipient what becomes of the mail, and names its errors in the body, mostly under status 500.
"""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import msgspec

from notifications.actions_http import KEY_REST_S, Answer, HttpProvider, Parts, judge
from notifications.domain_sending import Refused, TryLater

URL = "https://mandrillapp.com"
ACCEPTED = frozenset({"sent", "queued", "scheduled"})
ACCOUNT_FAULTS = frozenset({"Invalid_Key", "PaymentRequired", "Unknown_Subaccount"})
"""Errors that every mail would meet until somebody looks after the account."""
ACCOUNT_REASONS = frozenset({"unsigned", "invalid-sender", "test-mode-limit"})
"""Reasons to reject a mail that are not its recipient's."""


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of the mail to one recipient."""

    status: str
    reject_reason: str | None = None


class Fault(msgspec.Struct, frozen=True):
    """An error, by its name."""

    name: str
    message: str = ""


class Mailchimp(HttpProvider):
    """The provider, with the account's key, which goes along in the body."""

    def __init__(self, url: str, key: str, timeout_s: float) -> None:
        super().__init__(url, timeout_s, {})
        self._key = key

    async def send(self, message: EmailMessage) -> None:
        """Hand one mail over; returns once it is accepted. Raises Refused and TryLater."""
        body = msgspec.json.encode(request_of(Parts.of(message), self._key))
        answer = await self.post("/api/1.0/messages/send", body)
        if answer.status == 200:
            _judge_outcomes(answer)
        else:
            _judge_fault(answer)


def request_of(mail: Parts, key: str) -> dict[str, Any]:
    """The body of the request; the same mail makes the same bytes.

    `merge` is off: what people typed must never be taken for a merge tag.
    """
    return {
        "key": key,
        "message": {
            "from_email": mail.sender.addr_spec,
            "from_name": mail.sender.display_name,
            "to": [{"email": mail.recipient.addr_spec, "name": mail.recipient.display_name, "type": "to"}],
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "headers": mail.headers,
            "tags": [mail.kind],
            "metadata": {"message_id": mail.message_id},
            "merge": False,
            "auto_text": False,
            "auto_html": False,
            "inline_css": False,
            "track_opens": False,
            "track_clicks": False,
            "preserve_recipients": False,
            "view_content_link": False,
        },
    }


def _judge_outcomes(answer: Answer) -> None:
    try:
        [outcome] = msgspec.json.decode(answer.body, type=list[Outcome])
    except (msgspec.DecodeError, ValueError) as error:
        raise TryLater(f"an answer that cannot be read: {error}") from error
    if outcome.status in ACCEPTED:
        return
    said = f"{outcome.status}: {outcome.reject_reason}"
    if outcome.reject_reason in ACCOUNT_REASONS:
        raise TryLater(said, KEY_REST_S)
    raise Refused(said)


def _judge_fault(answer: Answer) -> None:
    try:
        fault = msgspec.json.decode(answer.body, type=Fault)
    except msgspec.DecodeError:
        fault = Fault("")
    if fault.name == "ValidationError":
        raise Refused(f"{fault.name}: {fault.message}")
    if fault.name in ACCOUNT_FAULTS:
        raise TryLater(f"{fault.name}: {fault.message}", KEY_REST_S)
    judge(answer)
    raise TryLater(f"{answer.status} is no answer to a mail")
