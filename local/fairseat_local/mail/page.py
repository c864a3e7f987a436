"""The catcher's pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader

from fairseat_common.languages import NAMES
from fairseat_local.mail.samples import Sample
from fairseat_local.mail.store import Mail

HTML = "text/html; charset=utf-8"

_templates = Environment(
    loader=PackageLoader("fairseat_local.mail"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def listing(mails: Sequence[Mail]) -> str:
    """The page with the newest mails."""
    return _templates.get_template("listing.html").render(mails=mails)


def single(mail: Mail) -> str:
    """The page with one mail."""
    return _templates.get_template("mail.html").render(mail=mail)


def samples(found: Sequence[Sample], language: str) -> str:
    """The page with every letter that can be written, in a language."""
    return _templates.get_template("samples.html").render(samples=found, language=language, languages=NAMES)


def based(html: str) -> str:
    """A mail's own HTML, whose links open outside of the frame."""
    return re.sub(r"(?i)(<head[^>]*>)", r'\1<base target="_top">', html, count=1)


def framed(mail: Mail) -> str:
    """The mail's own HTML: inline pictures point at where we serve them, links open outside of the frame."""
    html = based(mail.html)
    for number, part in enumerate(mail.parts):
        if part.content_id:
            html = html.replace(f"cid:{part.content_id}", f"/dev/mail/{mail.id}/parts/{number}")
    return html
