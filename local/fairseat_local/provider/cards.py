"""The provider's test payment methods: names that stand for cards with a known behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """What a test card looks like and, where it is always declined, the two codes that it gives."""

    brand: str
    last4: str
    code: str | None = None
    decline_code: str | None = None

    @property
    def declined(self) -> bool:
        """Whether every charge of this card is refused."""
        return self.code is not None


CARDS = {
    "pm_card_visa": Card("visa", "4242"),
    "pm_card_visa_debit": Card("visa", "5556"),
    "pm_card_mastercard": Card("mastercard", "4444"),
    "pm_card_amex": Card("amex", "0005"),
    "pm_card_chargeDeclined": Card("visa", "0002", "card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclined": Card("visa", "0002", "card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": Card("visa", "9995", "card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Card("visa", "9995", "card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedLostCard": Card("visa", "9987", "card_declined", "lost_card"),
    "pm_card_visa_chargeDeclinedLostCard": Card("visa", "9987", "card_declined", "lost_card"),
    "pm_card_chargeDeclinedStolenCard": Card("visa", "9979", "card_declined", "stolen_card"),
    "pm_card_visa_chargeDeclinedStolenCard": Card("visa", "9979", "card_declined", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": Card("visa", "0069", "expired_card", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": Card("visa", "0127", "incorrect_cvc", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": Card("visa", "0119", "processing_error", "processing_error"),
}

MESSAGES = {
    "card_declined": "The card was declined.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code is wrong.",
    "processing_error": "The card could not be processed; try again in a moment.",
}
