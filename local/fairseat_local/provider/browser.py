"""What a buyer's or a seller's browser sees of the provider: a small Stripe.js, the card's frame, the bank's
challenge, the onboarding page. The pages work without scripts; every path begins with /dev/provider/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, PackageLoader

from fairseat_local.provider import errors
from fairseat_local.provider.accounts import account_settle
from fairseat_local.provider.api import Api
from fairseat_local.provider.charging import challenge_settle, newest_challenge, way_back
from fairseat_local.provider.exchange import Answer, Request
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import Account, Challenge, OnboardingLink, PaymentIntent
from fairseat_local.provider.payment_methods import card_of
from fairseat_local.provider.webhooks import Sender
from fairseat_local.provider.work import Work

PREFIX = "/dev/provider/"
API_PREFIX = f"{PREFIX}v1/"
ASSETS = {"stripe.js": "text/javascript; charset=utf-8", "card.js": "text/javascript; charset=utf-8"}
HTML = "text/html; charset=utf-8"
DECIMALS = {"jpy": 0, "krw": 0, "kwd": 3}
PAGE = re.compile(PREFIX + "(challenge|onboarding)/([A-Za-z0-9_]{1,100})")
HARDENING = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_templates = Environment(
    loader=PackageLoader("fairseat_local.provider"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


class Browser:
    """Everything under /dev/provider."""

    def __init__(self, journal: Journal, sender: Sender, api: Api) -> None:
        self._journal = journal
        self._sender = sender
        self._api = api
        folder = Path(__file__).parent / "assets"
        self._assets = {name: (folder / name).read_bytes() for name in ASSETS}

    async def answer(self, request: Request) -> Answer:
        """A page, a script, or what the API says to Stripe.js. Raises ProviderError for the latter."""
        name = request.path.removeprefix(PREFIX)
        if request.path.startswith(API_PREFIX):
            return await self._api.answer(request, request.path.removeprefix(PREFIX.rstrip("/")))
        if name in ASSETS and request.method == "GET":
            return Answer(200, self._assets[name], ASSETS[name], HARDENING)
        if name == "card" and request.method == "GET":
            return Answer(200, _render("card.html"), HTML, {**HARDENING, "content-security-policy": FRAME_POLICY})
        if (match := PAGE.fullmatch(request.path)) and request.method in ("GET", "POST"):
            page = self._challenge if match[1] == "challenge" else self._onboarding
            with self._journal.transaction():
                answer = page(Work(self._journal), match[2], request)
            self._sender.wake()
            return answer
        return _sorry(404, "There is nothing at this address.")

    def _challenge(self, work: Work, intent_id: str, request: Request) -> Answer:
        intent = self._journal.find(PaymentIntent, intent_id)
        challenge = newest_challenge(work, intent) if intent else None
        if intent is None or challenge is None:
            return _sorry(404, "The bank knows nothing of this payment.")
        outcome = _field(request.body, "outcome")
        if request.method == "POST" and outcome in ("passed", "failed"):
            intent = challenge_settle(work, intent, "passed" if outcome == "passed" else "failed")
        if intent.status != "requires_action":
            return _leave(way_back(intent, challenge)) if challenge.return_url else _sorry(200, _how_it_went(intent))
        values = {"amount": _amount(intent.amount, intent.currency), "last4": _last4(work, intent)}
        return _page("challenge.html", _origins(challenge), **values)

    def _onboarding(self, work: Work, account_id: str, request: Request) -> Answer:
        account = self._journal.find(Account, account_id)
        link = self._journal.find(OnboardingLink, _field(request.query, "link"))
        if account is None or link is None or link.account != account.id:
            return _sorry(404, "This link leads to no account. Please start again at the marketplace.")
        if link.used:
            return _leave(link.return_url)
        if link.expires_at < work.now:
            return _leave(link.refresh_url)
        action = _field(request.body, "action")
        if request.method == "POST" and action in ("finish", "later"):
            link.used = True
            work.journal.update(link)
            if action == "finish":
                account_settle(work, account, onboarded=True)
            return _leave(link.return_url)
        return _page("onboarding.html", [link.return_url], account=account)


def _page(template: str, leads_to: list[str], **values: Any) -> Answer:
    """A page whose form may lead to these addresses."""
    origins = " ".join(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, leads_to) if parts.netloc)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'self'; "
        f"form-action 'self' {origins}"
    )
    return Answer(200, _render(template, values), HTML, {**HARDENING, "content-security-policy": policy})


def _sorry(status: int, message: str) -> Answer:
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    body = _render("message.html", {"message": message})
    return Answer(status, body, HTML, {**HARDENING, "content-security-policy": policy})


def _leave(url: str) -> Answer:
    return Answer(303, b"", HTML, {**HARDENING, "location": url})


def _render(template: str, values: Mapping[str, Any] | None = None) -> bytes:
    return _templates.get_template(template).render(values or {}).encode()


def _field(form: bytes, name: str) -> str:
    return parse_qs(form.decode("latin-1")).get(name, [""])[0]


def _origins(challenge: Challenge) -> list[str]:
    return [challenge.return_url] if challenge.return_url else []


def _amount(amount: int, currency: str) -> str:
    decimals = DECIMALS.get(currency, 2)
    whole, part = divmod(amount, 10**decimals)
    return f"{currency.upper()} {whole:,}" + (f".{part:0{decimals}}" if decimals else "")


def _last4(work: Work, intent: PaymentIntent) -> str:
    try:
        return card_of(work, intent.payment_method or "").last4
    except errors.ProviderError:
        return "????"


def _how_it_went(intent: PaymentIntent) -> str:
    went_well = intent.status in ("requires_capture", "succeeded")
    return "The bank has confirmed the payment." if went_well else "The payment was not confirmed."
