"""The rules of the switch of all sales."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fairseat_common.contracts import SalesSwitched
from fairseat_common.contracts.refusals import Unavailable

SWITCH_ID = UUID("00000000-0000-7000-8000-000000000001")
"""The one switch, as an aggregate."""
RETRY_S = 30


class SalesStopped(Unavailable):
    """An operator has stopped all sales."""

    slug = "sales-stopped"
    title = "Sales are paused"
    detail = "Nothing can be bought at this moment. Nobody has been charged for anything that they do not get."

    def __init__(self) -> None:
        super().__init__(retry_after_s=RETRY_S)


def switched(version: int, reason: str, now: datetime, *, is_open: bool) -> SalesSwitched:
    """The fact that the switch was moved."""
    return SalesSwitched(switch_id=SWITCH_ID, open=is_open, reason=reason, version=version, occurred_at=now)
