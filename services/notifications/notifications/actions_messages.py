"""From a letter to a message: rendered as text and HTML, and given its headers."""

from __future__ import annotations

from email import policy
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from email.utils import formatdate

from jinja2 import Environment, PackageLoader, StrictUndefined

from fairseat_common.languages import gettext, language, ngettext
from notifications import domain
from notifications.domain import Letter, Person
from notifications.domain_preferences import Footer
from notifications.store import Due

_html = Environment(
    loader=PackageLoader("notifications"),
    autoescape=True,
    extensions=["jinja2.ext.i18n"],
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_html.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
# Plain text has nothing to escape: every line of a letter is free of control characters.
_text = _html.overlay(autoescape=False)


class LinkHeader(UnstructuredHeader, BaseHeader):
    """A header with an address of the web, which must not be broken or encoded, however long its line is."""

    def fold(self, *, policy: Policy) -> str:
        """The header on one line."""
        return f"{self.name}: {self}{policy.linesep}"


_registry = HeaderRegistry()
_registry.map_to_type("list-unsubscribe", LinkHeader)
_ascii = policy.SMTP.clone(header_factory=_registry)
_any_script = policy.SMTPUTF8.clone(header_factory=_registry)


def compose(due: Due, letter: Letter, footer: Footer, sender: Address) -> EmailMessage:
    """The message; each copy of it is the same to the byte. Raises ValueError for an address that is none."""
    recipient = _recipient(due.person)
    message = EmailMessage(_ascii if recipient.addr_spec.isascii() else _any_script)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = formatdate(due.created_at_s)
    message["Message-ID"] = due.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language()
    if footer.unsubscribe:
        # RFC 8058: one click ends it, without a visit and without a sign-in.
        message["List-Unsubscribe"] = f"<{footer.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_text.get_template("letter.txt").render(letter=letter, footer=footer))
    html = _html.get_template("letter.html").render(letter=letter, footer=footer, language=language())
    message.add_alternative(html, subtype="html")
    message.set_boundary(f"part-{due.id.hex}")
    return message


def _recipient(person: Person) -> Address:
    """Domains have a form in ASCII for servers that know nothing else; the part before the @ has none."""
    local, _, host = person.email.rpartition("@")
    return Address(domain.one_line(person.name), local, host if host.isascii() else host.encode("idna").decode())
