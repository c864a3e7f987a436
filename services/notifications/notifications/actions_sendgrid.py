"""Hands mails over to SendGrid: `POST /v3/mail/send`.

SendGrid has no idempotency key, so an answer that is lost may mean a second copy. Both carry our Message-ID as header
and as custom argument, which comes back in every event and search of theirs.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import msgspec

from notifications.actions_http import HttpProvider, Parts, judge

URL = "https://api.sendgrid.com"
OFF = {"enable": False}


class SendGrid(HttpProvider):
    """The provider, with the account's key."""

    def __init__(self, url: str, key: str, timeout_s: float) -> None:
        super().__init__(url, timeout_s, {"Authorization": f"Bearer {key}"})

    async def send(self, message: EmailMessage) -> None:
        """Hand one mail over; returns once it is accepted. Raises Refused and TryLater."""
        judge(await self.post("/v3/mail/send", msgspec.json.encode(request_of(Parts.of(message)))))


def request_of(mail: Parts) -> dict[str, Any]:
    """The body of the request; the same mail makes the same bytes. Nothing is tracked, and no link is rewritten."""
    return {
        "personalizations": [{"to": [_address(mail.recipient)]}],
        "from": _address(mail.sender),
        "subject": mail.subject,
        # In this order: the plainest first.
        "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
        "headers": mail.headers,
        "categories": [mail.kind],
        "custom_args": {"message_id": mail.message_id},
        "tracking_settings": {
            "click_tracking": OFF,
            "open_tracking": OFF,
            "subscription_tracking": OFF,
        },
    }


def _address(address: Address) -> dict[str, str]:
    named = {"name": address.display_name} if address.display_name else {}
    return {"email": address.addr_spec, **named}
