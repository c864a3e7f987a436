"""From facts to a mail: the letter is chosen, rendered as text and HTML, and given its headers."""

from __future__ import annotations

from collections.abc import Callable
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from typing import TypeVar

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from fairseat_common.contracts import (
    OrderCancelled,
    OrderConfirmed,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    PaymentDisputed,
    PaymentRefunded,
    PayoutReversed,
    PayoutSent,
    TicketsIssued,
)
from notifications import domain, domain_buyers, domain_sellers
from notifications.domain import Agreed, Kind, Letter, Person, Show
from notifications.store import Due

T = TypeVar("T")

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
    return _WRITERS[due.kind](due, origin)


def _tickets(due: Due, origin: str) -> Letter:
    issued = _decode(due.fact, TicketsIssued)
    return domain_buyers.tickets_letter(due.person, _show(due), issued, _decode(due.order, OrderConfirmed), origin)


def _sold(due: Due, origin: str) -> Letter:
    return domain_sellers.sold_letter(due.person, _show(due), _decode(due.fact, OrderConfirmed), origin)


def _cancelled(due: Due, origin: str) -> Letter:
    order = _decode(due.fact, OrderCancelled)
    return domain_buyers.cancelled_letter(due.kind, due.person, _show(due), order, origin)


def _payment_refused(due: Due, origin: str) -> Letter:
    order = _decode(due.fact, OrderPaymentRefused)
    return domain_buyers.payment_refused_letter(due.person, _show(due), order, origin)


def _refunded(due: Due, origin: str) -> Letter:
    return domain_buyers.refunded_letter(due.person, _show(due), _decode(due.fact, OrderRefunded), origin)


def _sale_refunded(due: Due, origin: str) -> Letter:
    return domain_sellers.sale_refunded_letter(due.person, _show(due), _decode(due.fact, OrderRefundDue), origin)


def _charge_returned(due: Due, origin: str) -> Letter:
    payment = _decode(due.fact, PaymentRefunded)
    return domain_buyers.charge_returned_letter(due.person, _show(due), payment, _decode(due.order, Agreed), origin)


def _disputed(due: Due, origin: str) -> Letter:
    stage = _decode(due.fact, PaymentDisputed).stage
    return domain_sellers.disputed_letter(stage, due.person, _show(due), _decode(due.order, Agreed), origin)


def _payout_sent(due: Due, origin: str) -> Letter:
    return domain_sellers.payout_sent_letter(due.person, _decode(due.fact, PayoutSent), origin)


def _payout_reversed(due: Due, origin: str) -> Letter:
    return domain_sellers.payout_reversed_letter(due.person, _decode(due.fact, PayoutReversed), origin)


_WRITERS: dict[Kind, Callable[[Due, str], Letter]] = {
    "tickets": _tickets,
    "sold": _sold,
    "hold-expired": _cancelled,
    "payment-failed": _cancelled,
    "hold-show-cancelled": _cancelled,
    "payment-refused": _payment_refused,
    "refunded": _refunded,
    "sale-refunded": _sale_refunded,
    "charge-returned": _charge_returned,
    "dispute-opened": _disputed,
    "dispute-won": _disputed,
    "dispute-lost": _disputed,
    "payout-sent": _payout_sent,
    "payout-reversed": _payout_reversed,
}


def _show(due: Due) -> Show:
    assert due.show is not None, f"a {due.kind} mail was claimed without its show"
    return due.show


def _decode(fact: str | None, fact_type: type[T]) -> T:
    assert fact is not None, "a mail was claimed without its order"
    return msgspec.json.decode(fact, type=fact_type)


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
