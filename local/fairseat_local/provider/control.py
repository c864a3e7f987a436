"""The controls, for tests: misbehaviour, what happens outside of our sight, and the outside truth. JSON both ways.

They are reached at the process's own port only; the public origin leads nobody here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

from fairseat_local.provider import accounts, charging, disputes, errors, intents, transfers
from fairseat_local.provider.effects import EffectQuery
from fairseat_local.provider.exchange import Answer, Request, json_answer
from fairseat_local.provider.faults import Faults
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import Account, Charge, Dispute, PaymentIntent
from fairseat_local.provider.webhooks import Sender
from fairseat_local.provider.work import Work


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """How much; by default all that is left."""

    amount: int | None = None


class DisputeOutcome(msgspec.Struct, forbid_unknown_fields=True):
    """What the bank decides."""

    outcome: Literal["won", "lost"]


class ChallengeOutcome(msgspec.Struct, forbid_unknown_fields=True):
    """What the holder answers."""

    outcome: charging.Outcome


class Onboarded(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the account may be paid."""

    onboarded: bool


def faults_ask(work: Work, _: str, params: Faults) -> Faults:
    """Misbehave like this from now on."""
    work.journal.faults.ask(params)
    return params


def intent_capture(work: Work, intent_id: str, params: Part) -> PaymentIntent:
    """Somebody captures at the provider's dashboard."""
    return intents.intent_capture(work, intent_id, intents.CaptureIntent(amount_to_capture=params.amount))


def intent_cancel(work: Work, intent_id: str, _: Nothing) -> PaymentIntent:
    """Somebody cancels at the provider's dashboard."""
    return intents.intent_cancel(work, intent_id, intents.CancelIntent())


def intent_dispute(work: Work, intent_id: str, params: Part) -> Dispute:
    """The holder disputes what was captured and not refunded."""
    intent = work.load(PaymentIntent, "payment_intent", intent_id)
    charge = work.load(Charge, "charge", intent.latest_charge or "")
    left = charge.amount_captured - charge.amount_refunded
    amount = left if params.amount is None else params.amount
    if not 0 < amount <= left or charge.disputed:
        raise errors.refused(f"{left} can be disputed, once.", code="amount_too_large", param="amount")
    return disputes.dispute_open(work, charge, amount)


def dispute_settle(work: Work, dispute_id: str, params: DisputeOutcome) -> Dispute:
    """The bank decides. The dispute may also be named by its intent."""
    of_intent = work.journal.children(Dispute, dispute_id)
    dispute = of_intent[-1] if of_intent else work.load(Dispute, "dispute", dispute_id)
    return disputes.dispute_settle(work, dispute, params.outcome)


def challenge_settle(work: Work, intent_id: str, params: ChallengeOutcome) -> PaymentIntent:
    """The holder answers the bank, without a browser."""
    intent = work.load(PaymentIntent, "payment_intent", intent_id)
    if intent.status != "requires_action":
        raise errors.refused(f"The intent {intent.id} is {intent.status}.", code="payment_intent_unexpected_state")
    return charging.challenge_settle(work, intent, params.outcome)


def transfer_reverse(work: Work, transfer_id: str, params: Part) -> Any:
    """Somebody reverses a transfer at the provider's dashboard."""
    return transfers.reversal_create(work, transfer_id, transfers.CreateReversal(amount=params.amount))


def account_settle(work: Work, account_id: str, params: Onboarded) -> Account:
    """The provider has checked the account, or found something wrong."""
    account = work.load(Account, "account", account_id)
    return accounts.account_settle(work, account, onboarded=params.onboarded)


COMMANDS: dict[str, tuple[type[msgspec.Struct], Callable[[Work, str, Any], Any]]] = {
    "/control/faults": (Faults, faults_ask),
    "/control/payment_intents/{id}/capture": (Part, intent_capture),
    "/control/payment_intents/{id}/cancel": (Nothing, intent_cancel),
    "/control/payment_intents/{id}/dispute": (Part, intent_dispute),
    "/control/disputes/{id}": (DisputeOutcome, dispute_settle),
    "/control/challenges/{id}": (ChallengeOutcome, challenge_settle),
    "/control/transfers/{id}/reverse": (Part, transfer_reverse),
    "/control/accounts/{id}": (Onboarded, account_settle),
}


class Control:
    """Everything under /control."""

    def __init__(self, journal: Journal, sender: Sender) -> None:
        self._journal = journal
        self._sender = sender

    def answer(self, request: Request) -> Answer:
        """Do or show what is asked for. Raises ProviderError."""
        try:
            if request.method == "POST":
                return json_answer(self._command(request.path, request.body or b"{}"))
            return json_answer(self._view(request))
        except msgspec.DecodeError as error:
            raise errors.invalid(str(error), code="parameter_invalid") from None

    def _command(self, path: str, body: bytes) -> Any:
        for pattern, (kind, command) in COMMANDS.items():
            if match := re.fullmatch(pattern.replace("{id}", "([A-Za-z0-9_]{1,100})"), path):
                params = msgspec.json.decode(body, type=kind)
                with self._journal.transaction():
                    done = command(Work(self._journal), match[1] if match.groups() else "", params)
                self._sender.wake()
                return done
        raise errors.unknown_url("POST", path)

    def _view(self, request: Request) -> Any:
        if request.path == "/control/faults":
            return self._journal.faults.wanted
        if request.path == "/control/journal":
            query = dict(parse_qsl(request.query.decode("latin-1")))
            return self._journal.effects.select(msgspec.convert(query, EffectQuery, strict=False))
        if request.path == "/control/counts":
            return {
                "effects": self._journal.effects.counts(),
                "webhooks": self._journal.deliveries.counts(),
                "faults": self._journal.faults.counts(),
            }
        raise errors.unknown_url(request.method, request.path)
