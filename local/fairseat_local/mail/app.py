"""The catcher over HTTP: JSON for programs, pages for people."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from fairseat_common.languages import DEFAULT, known_language
from fairseat_local.answers import answer, answer_not_found, answer_problem
from fairseat_local.mail import page, samples
from fairseat_local.mail.mailchimp import MailchimpStandIn
from fairseat_local.mail.sendgrid import SendGridStandIn
from fairseat_local.mail.standin import DEEDS, journal_of
from fairseat_local.mail.store import Mail, MailStore, Part

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import Receive, Scope, Send

LISTED_MAX = 200
PATH = re.compile(r"^/dev/mail/(?P<id>[0-9]+-[0-9a-f]+)(?:/(?P<view>html|text|source|parts/[0-9]+))?$")
SAMPLE = re.compile(r"^/dev/mail/templates(?:/(?P<number>[0-9]{1,3}))?$")
CONTROL = re.compile(r"^/control/mail/(?P<name>[a-z]+)$")
NO_STORE = ("cache-control", "no-store")
PLAIN = "text/plain; charset=utf-8"
# A mail's HTML is a stranger's: nothing runs, nothing is fetched but its own pictures, links open outside the frame.
MAIL_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; base-uri 'none'"
HARDENING = (NO_STORE, ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"))


class MailApp:
    """`/dev/mail.json`, `/dev/mail`, one address per mail and view of it, and samples of every letter.

    At its own port, which is not the public one, it also stands in for providers with an HTTP API, and takes orders how
    these misbehave: `POST /control/mail/sendgrid` with a list of deeds; `GET /control/mail/journal` has what came.
    """

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self.providers = {"sendgrid": SendGridStandIn(store), "mailchimp": MailchimpStandIn(store)}
        self._apis = {path: provider for provider in self.providers.values() for path in provider.paths}
        self._samples = samples.Samples()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http" and scope["path"] in self._apis:
            await self._apis[scope["path"]].serve(scope, receive, send)
        elif scope["type"] == "http" and (found := CONTROL.match(scope["path"])):
            await self._control(found["name"], scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, send)

    async def _serve(self, scope: Scope, send: Send) -> None:
        allowed = ("GET", "HEAD", "DELETE") if scope["path"] == "/dev/mail.json" else ("GET", "HEAD")
        if scope["method"] not in allowed:
            detail = f"Allowed here: {', '.join(allowed)}."
            await answer_problem(scope, send, 405, "method-not-allowed", "Method not allowed", detail)
        elif scope["path"] == "/dev/mail.json":
            await self._json(scope, send)
        elif scope["path"] in ("/dev/mail", "/dev/mail/"):
            mails = await asyncio.to_thread(self._store.newest, LISTED_MAX)
            await _answer_page(send, page.listing(mails))
        elif found := SAMPLE.match(scope["path"]):
            await self._sample(int(found["number"] or -1), scope, send)
        elif found := PATH.match(scope["path"]):
            await self._one(found["id"], found["view"] or "", scope, send)
        else:
            await answer_not_found(scope, send)

    async def _control(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET" and name == "journal":
            await answer(send, 200, journal_of(list(self.providers.values())), "application/json", [NO_STORE])
            return
        try:
            deeds = json.loads((await receive()).get("body", b""))
            assert all(deed in DEEDS for deed in deeds)
            self.providers[name].deeds.extend(deeds)
        except (ValueError, KeyError, TypeError, AssertionError):
            detail = f"POST a list of {', '.join(DEEDS)} for {' or '.join(self.providers)}."
            await answer_problem(scope, send, 422, "invalid", "That is no list of deeds", detail)
        else:
            await answer(send, 204, b"", "application/json", [NO_STORE])

    async def _sample(self, number: int, scope: Scope, send: Send) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("language", [""])[0]
        language = known_language(asked) or DEFAULT
        found = await self._samples.all(language)
        if number < 0:
            await _answer_page(send, page.samples(found, language))
        elif number < len(found):
            headers = [*HARDENING, ("content-security-policy", MAIL_POLICY)]
            await answer(send, 200, page.based(found[number].html).encode(), page.HTML, headers)
        else:
            await answer_not_found(scope, send)

    async def _json(self, scope: Scope, send: Send) -> None:
        if scope["method"] == "DELETE":
            await asyncio.to_thread(self._store.clear)
            await answer(send, 204, b"", "application/json", [NO_STORE])
            return
        to = parse_qs(scope["query_string"].decode("latin-1")).get("to", [""])[0]
        body = await asyncio.to_thread(lambda: _encoded(self._store.newest(to=to)))
        await answer(send, 200, body, "application/json", [NO_STORE])

    async def _one(self, mail_id: str, view: str, scope: Scope, send: Send) -> None:
        mail = await asyncio.to_thread(self._store.get, mail_id)
        if mail is None:
            await answer_not_found(scope, send)
        elif view == "":
            await _answer_page(send, page.single(mail))
        elif view == "html":
            headers = [*HARDENING, ("content-security-policy", MAIL_POLICY)]
            await answer(send, 200, page.framed(mail).encode(), page.HTML, headers)
        elif view == "text":
            await answer(send, 200, mail.text.encode(), PLAIN, HARDENING)
        elif view == "source":
            await answer(send, 200, self._store.source(mail_id), PLAIN, HARDENING)
        else:
            await _answer_part(mail.parts, int(view.removeprefix("parts/")), scope, send)


async def _answer_page(send: Send, body: str) -> None:
    await answer(send, 200, body.encode(), page.HTML, [*HARDENING, ("content-security-policy", PAGE_POLICY)])


async def _answer_part(parts: tuple[Part, ...], number: int, scope: Scope, send: Send) -> None:
    if number >= len(parts):
        await answer_not_found(scope, send)
        return
    part = parts[number]
    # Only pictures that cannot hold a script are shown in place; everything else is a download.
    shown = "inline" if part.media_type in ("image/png", "image/jpeg", "image/gif") else "attachment"
    disposition = ("content-disposition", f"{shown}; filename*=UTF-8''{quote(part.filename)}")
    await answer(send, 200, part.content, part.media_type, [*HARDENING, disposition])


def _encoded(mails: Iterable[Mail]) -> bytes:
    keys = ("id", "to", "subject", "text", "html", "message_id", "at")
    listed: list[dict[str, Any]] = [{key: getattr(mail, key) for key in keys} for mail in mails]
    return json.dumps(listed, ensure_ascii=False).encode()


async def _live(receive: Receive, send: Send) -> None:
    for moment in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{moment}.complete"})
