"""What a seat costs and what of it is kept, by numbered rules; and the signed quotes of it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.money import percent_of
from fairseat_common.quotes import Quote, quote_sign

QUOTE_ROUND_S = 10
"""Quotes end at full tens of seconds, so that whoever reads a listing twice in a row reads the same text."""
RULE_UNKNOWN = 0
"""What a quote says of a listing that is older than the rules."""


class FeeRule(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform takes of a sale, from its buyer and from its seller, in per cent of the price."""

    version: int
    buyer_percent: int
    seller_percent: int


class Fees(NamedTuple):
    """The fees for one seat, and the number of the rule that they follow."""

    unit_fee: Money
    unit_seller_fee: Money
    fee_rule: int


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """What a quote is about: a listing at one of its versions, for one seat."""

    listing_id: UUID
    listing_version: int
    unit_price: Money
    unit_fee: Money
    unit_seller_fee: Money
    fee_rule: int | None


class Quoting(NamedTuple):
    """How quotes are signed, and for how many seconds they hold at least."""

    secret: str
    lifetime_s: int

    def __repr__(self) -> str:
        """Without the secret, which must not reach a log."""
        return f"Quoting(lifetime_s={self.lifetime_s})"

    def sign(self, prices: Prices, now: datetime) -> str:
        """The quote of these prices, as text that orders keeps to."""
        ends_at = int(now.timestamp()) + self.lifetime_s
        quote = Quote(
            listing_id=prices.listing_id,
            listing_version=prices.listing_version,
            unit_price=prices.unit_price,
            unit_fee=prices.unit_fee,
            unit_seller_fee=prices.unit_seller_fee,
            fee_rule=RULE_UNKNOWN if prices.fee_rule is None else prices.fee_rule,
            expires_at=-(-ends_at // QUOTE_ROUND_S) * QUOTE_ROUND_S,
        )
        return quote_sign(quote, self.secret)


def fees_of(price: Money, rule: FeeRule) -> Fees:
    """The fees for a seat at this price, each rounded half up to the smallest step of its currency."""
    return Fees(percent_of(price, rule.buyer_percent), percent_of(price, rule.seller_percent), rule.version)
