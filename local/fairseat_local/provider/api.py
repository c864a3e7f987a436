"""The provider's API: authentication, parameters, idempotency keys, one transaction per request."""

from __future__ import annotations

import asyncio
import hashlib

import msgspec

from fairseat_local.provider import errors, expand, forms, routes
from fairseat_local.provider.errors import ProviderError
from fairseat_local.provider.exchange import Answer, HangUp, Request
from fairseat_local.provider.faults import CallFault
from fairseat_local.provider.journal import Journal, StoredAnswer
from fairseat_local.provider.webhooks import Sender
from fairseat_local.provider.work import Work

KEY_CHARS_MAX = 255
SECRET_KEY_PREFIX = "sk_test_"  # noqa: S105
PUBLISHABLE_KEY_PREFIX = "pk_test_"
PUBLIC = frozenset({("POST", "/v1/payment_methods")})
"""What a browser may ask for, with the key that everybody may see."""


class Api:
    """Everything under /v1. `network_s` is how long a card network takes to answer."""

    def __init__(self, journal: Journal, sender: Sender, *, public_url: str, network_s: float) -> None:
        self._journal = journal
        self._sender = sender
        self._public_url = public_url
        self._network_s = network_s
        self._keys_in_flight: set[str] = set()

    async def answer(self, request: Request, path: str) -> Answer:
        """What the provider answers at `path`. Raises ProviderError for a no, HangUp for no answer at all."""
        is_secret = _authenticate(request, path)
        fault: CallFault | None = None
        if is_secret and self._journal.faults.calls_fail:
            with self._journal.transaction():
                fault = self._journal.faults.next_call()
        if fault == "before":
            raise HangUp
        call = _Call(request, path, fault)
        answer = await self._keyed(call)
        if fault == "after":
            raise HangUp
        return answer

    async def _keyed(self, call: _Call) -> Answer:
        """The call's answer; for a repeated key the first one."""
        route, object_id = routes.find(call.method, call.path)
        key = call.key
        if key is None:
            return _told(await self._run(call, route, object_id), call)
        if key in self._keys_in_flight:
            raise errors.key_in_use(key)
        self._keys_in_flight.add(key)
        try:
            if first := self._journal.answer_find(key):
                if first.fingerprint != call.fingerprint:
                    raise errors.key_reused(key)
                return _told(first, call, replayed=True)
            return _told(await self._run(call, route, object_id), call)
        finally:
            self._keys_in_flight.discard(key)

    async def _run(self, call: _Call, route: routes.Route, object_id: str) -> StoredAnswer:
        """Effect, events and stored answer in one transaction. A `stored` error keeps what was written."""
        given = forms.decode(call.text)
        paths = expand.take_paths(given)
        params = forms.read(route.params, given)
        if self._network_s and call.method == "POST":
            await asyncio.sleep(self._network_s)
        with self._journal.transaction():
            try:
                if call.fault == "error":
                    raise errors.failed()
                work = Work(self._journal, call.id, call.key, self._public_url)
                shown = route.handler(work, object_id, params)
                status, body = 200, msgspec.json.encode(shown)
                if paths:
                    body = expand.expanded(self._journal, shown, paths)
                if call.fault == "error_after":
                    raise errors.failed()
            except ProviderError as error:
                if not error.stored:
                    raise
                status, body = error.status, msgspec.json.encode(error.body)
            stored = StoredAnswer(call.fingerprint, status, body)
            if call.key:
                self._journal.answer_insert(call.key, stored)
        self._sender.wake()
        return stored


class _Call:
    """A request to the API, understood as far as it is the same for all of them."""

    def __init__(self, request: Request, path: str, fault: CallFault | None) -> None:
        self.id = request.id
        self.method = request.method
        self.path = path
        self.fault = fault
        self.key = _key(request) if request.method == "POST" else None
        raw = request.body if request.method == "POST" else request.query
        try:
            self.text = raw.decode("ascii")
        except UnicodeDecodeError:
            raise errors.invalid("The parameters are not form-encoded.", code="parameter_invalid") from None

    @property
    def fingerprint(self) -> bytes:
        """Calls with the same fingerprint ask for the same thing."""
        return hashlib.sha256(f"{self.method} {self.path}\n{self.text}".encode()).digest()


def _authenticate(request: Request, path: str) -> bool:
    """Whether it is the platform itself that asks; raises ProviderError for a stranger."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.startswith(SECRET_KEY_PREFIX):
        return True
    is_public = (request.method, path) in PUBLIC
    if scheme.lower() == "bearer" and token.startswith(PUBLISHABLE_KEY_PREFIX) and is_public:
        return False
    raise errors.unauthorised()


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= KEY_CHARS_MAX:
        message = f"An idempotency key has 1 to {KEY_CHARS_MAX} characters."
        raise errors.invalid(message, code="idempotency_key_invalid")
    return key


def _told(stored: StoredAnswer, call: _Call, *, replayed: bool = False) -> Answer:
    headers = {"request-id": call.id}
    if call.key:
        headers["idempotency-key"] = call.key
    if replayed:
        headers["idempotent-replayed"] = "true"
    return Answer(stored.status, stored.body, headers=headers)
