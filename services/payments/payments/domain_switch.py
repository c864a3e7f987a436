"""The rules of the two switches: no payment begins while sales are stopped, no payout while payouts are."""

from __future__ import annotations

from datetime import datetime

import msgspec

from fairseat_common.contracts.refusals import Unavailable

SALES_RETRY_S = 30
SILENCE_MAX_S = 4.0
"""For how long the broker may say nothing before it counts as unknown whether sales are stopped."""


class SalesStopped(Unavailable):
    """An operator has stopped all sales."""

    slug = "sales-stopped"
    title = "Sales are paused"
    detail = "No payment can begin at this moment, and none has: you have not been charged."

    def __init__(self) -> None:
        super().__init__(retry_after_s=SALES_RETRY_S)


class SalesUnknown(Unavailable):
    """Orders cannot be heard, so nobody knows whether it has stopped the sales: nothing begins."""

    slug = "sales-unknown"
    title = "No payment can begin right now"
    detail = "A part of Fairseat cannot be reached. You have not been charged; please try again in a moment."


class SalesHeard(msgspec.Struct, frozen=True, kw_only=True):
    """Where the switch of sales stands, as payments has heard; `heard_at` is when. Version 0 was never moved."""

    open: bool
    version: int = 0
    changed_at: datetime | None = None
    heard_at: datetime | None = None
