"""The provider's test cards: numbers, and names that stand for them, with a known behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Card:
    """A test card and what its bank does.

    `challenged`: the buyer has to prove who they are. `disputed`: the holder disputes the charge once it is captured.
    A card with `code` is declined (after its challenge, if it has one), with these two codes.
    """

    number: str
    code: str | None = None
    decline_code: str | None = None
    challenged: bool = False
    disputed: bool = False

    @property
    def brand(self) -> str:
        """Who issued it, by its first digits."""
        return brand_of(self.number)

    @property
    def last4(self) -> str:
        """What may be shown of it."""
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """The same for one number, whoever types it in, and no way back to it."""
        return sha256(f"card {self.number}".encode()).hexdigest()[:16]

    @property
    def declined(self) -> bool:
        """Whether every charge of this card is refused."""
        return self.code is not None


def brand_of(number: str) -> str:
    """`visa`, `mastercard`, `amex` or `unknown`."""
    if number.startswith("4"):
        return "visa"
    if number[:2] in ("34", "37"):
        return "amex"
    return "mastercard" if number[:1] in ("2", "5") else "unknown"


VISA = Card("4242424242424242")
DECLINED = Card("4000000000000002", "card_declined", "generic_decline")
NO_FUNDS = Card("4000000000009995", "card_declined", "insufficient_funds")
LOST = Card("4000000000009987", "card_declined", "lost_card")
STOLEN = Card("4000000000009979", "card_declined", "stolen_card")
CHALLENGED = Card("4000000000003220", challenged=True)
CHALLENGED_UNLESS_SET_UP = Card("4000002500003155", challenged=True)
CHALLENGED_ALWAYS = Card("4000002760003184", challenged=True)
CHALLENGED_NO_FUNDS = Card("4000008260003178", "card_declined", "insufficient_funds", challenged=True)
CHALLENGED_DECLINED = Card("4000008400001629", "card_declined", "generic_decline", challenged=True)
DISPUTED = Card("4000000000000259", disputed=True)

CARDS = {
    "pm_card_visa": VISA,
    "pm_card_visa_debit": Card("4000056655665556"),
    "pm_card_mastercard": Card("5555555555554444"),
    "pm_card_amex": Card("378282246310005"),
    "pm_card_chargeDeclined": DECLINED,
    "pm_card_visa_chargeDeclined": DECLINED,
    "pm_card_chargeDeclinedInsufficientFunds": NO_FUNDS,
    "pm_card_visa_chargeDeclinedInsufficientFunds": NO_FUNDS,
    "pm_card_chargeDeclinedLostCard": LOST,
    "pm_card_visa_chargeDeclinedLostCard": LOST,
    "pm_card_chargeDeclinedStolenCard": STOLEN,
    "pm_card_visa_chargeDeclinedStolenCard": STOLEN,
    "pm_card_chargeDeclinedExpiredCard": Card("4000000000000069", "expired_card", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": Card("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": Card("4000000000000119", "processing_error", "processing_error"),
    "pm_card_threeDSecure2Required": CHALLENGED,
    "pm_card_authenticationRequired": CHALLENGED_ALWAYS,
    "pm_card_authenticationRequiredOnSetup": CHALLENGED_UNLESS_SET_UP,
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": CHALLENGED_NO_FUNDS,
    "pm_card_threeDSecureRequiredChargeDeclined": CHALLENGED_DECLINED,
    "pm_card_createDispute": DISPUTED,
}
BY_LAST4 = {card.last4: card for card in CARDS.values()}
NUMBERS = {card.number for card in CARDS.values()}

MESSAGES = {
    "card_declined": "The card was declined.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code is wrong.",
    "processing_error": "The card could not be processed; try again in a moment.",
    "authentication_required": "The bank wants to ask the holder of this card first.",
    "payment_intent_authentication_failure": "The bank could not make sure that the holder of the card is paying.",
}
