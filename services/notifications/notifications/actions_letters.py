"""From facts to a mail: the letter is chosen, rendered as text and HTML, and given its headers."""

from __future__ import annotations

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from fairseat_common.contracts import OrderCancelled, OrderConfirmed, TicketsIssued
from notifications import domain
from notifications.domain import Letter, Person
from notifications.store import Due

_html = Environment(
    loader=PackageLoader("notifications"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# Plain text has nothing to escape: every line of a letter is free of control characters.
_text = _html.overlay(autoescape=False)


def write_letter(due: Due, origin: str) -> Letter:
    """The words of a mail; `origin` is where links lead."""
    if due.kind == "tickets":
        assert due.receipt is not None, "a tickets mail was claimed without its receipt"
        issued = msgspec.json.decode(due.fact, type=TicketsIssued)
        order = msgspec.json.decode(due.receipt, type=OrderConfirmed)
        return domain.tickets_letter(due.person, due.show, issued, order, origin)
    if due.kind == "sold":
        order = msgspec.json.decode(due.fact, type=OrderConfirmed)
        return domain.sold_letter(due.person, due.show, order, origin)
    cancelled = msgspec.json.decode(due.fact, type=OrderCancelled)
    return domain.cancelled_letter(due.kind, due.person, due.show, cancelled, origin)


def compose(due: Due, letter: Letter, sender: Address) -> EmailMessage:
    """The message; each copy of it is the same to the byte. Raises ValueError for an address that is none."""
    recipient = _recipient(due.person)
    message = EmailMessage(policy.SMTP if recipient.addr_spec.isascii() else policy.SMTPUTF8)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = formatdate(due.created_at_s)
    message["Message-ID"] = due.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text.get_template("letter.txt").render(letter=letter))
    message.add_alternative(_html.get_template("letter.html").render(letter=letter), subtype="html")
    message.set_boundary(f"part-{due.id.hex}")
    return message


def _recipient(person: Person) -> Address:
    """Domains have a form in ASCII for servers that know nothing else; the part before the @ has none."""
    local, _, host = person.email.rpartition("@")
    return Address(domain.one_line(person.name), local, host if host.isascii() else host.encode("idna").decode())
