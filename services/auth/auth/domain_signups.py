"""How many accounts may be opened from one address. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fairseat_common.contracts.refusals import LimitReached


@dataclass(frozen=True)
class SignUpRules:
    """At most `address_max` accounts from one address within `window`; 0: as many as one likes."""

    window: timedelta
    address_max: int


class TooManySignUps(LimitReached):
    """So many accounts have been opened from this address that the next has to wait."""

    slug = "too-many-sign-ups"
    title = "Many accounts have been opened from here"
    detail = "Wait as long as Retry-After says, then try again; or sign in with the account that you have."
