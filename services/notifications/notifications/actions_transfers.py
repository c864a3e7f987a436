"""Queues the mails about tickets that are given to somebody else, who may have no account yet."""

from __future__ import annotations

from fairseat_common.contracts import TicketsTransferred, TransferEnded, TransferOffered
from fairseat_common.database import Connection
from notifications import store


async def tell_offered(tx: Connection, event: TransferOffered) -> None:
    """The receiver hears that tickets wait."""
    await store.mail_add_to_address(tx, "transfer-offered", event.to_email.lower(), event.from_id, event.show_id, event)


async def tell_transferred(tx: Connection, event: TicketsTransferred) -> None:
    """The receiver hears of the tickets, the sender of losing them."""
    await store.mail_add_about(tx, "transfer-received", event.to_id, event.from_id, event.show_id, event)
    await store.mail_add_about(tx, "transfer-accepted", event.from_id, event.to_id, event.show_id, event)


async def tell_ended(tx: Connection, event: TransferEnded) -> None:
    """The sender hears that the tickets stay; the receiver too, unless it was the receiver's own word, or silence."""
    await store.mail_add_about(tx, "transfer-ended", event.from_id, None, event.show_id, event)
    if event.outcome in ("cancelled", "void"):
        await store.mail_add_to_address(
            tx, "transfer-withdrawn", event.to_email.lower(), event.from_id, event.show_id, event
        )
