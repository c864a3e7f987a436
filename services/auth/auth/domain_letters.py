"""Letters about accounts: how long their links work, how many are sent, and the fact that one is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from auth.domain import User
from fairseat_common.contracts import UserLetterDue
from fairseat_common.contracts.users import LetterKind
from fairseat_common.sealing import seal

Purpose: TypeAlias = Literal["verify", "reset"]
SEALED_FOR = "letter"
"""What sealed texts are bound to; notifications opens them for the same."""


@dataclass(frozen=True, kw_only=True)
class LetterRules:
    """What letters go by. `secrets` seal tokens on their way to notifications, the newest first."""

    secrets: tuple[str, ...]
    verify: bool
    """Whether addresses are verified at all; off, everybody's is taken for theirs."""
    verified: frozenset[str]
    """Addresses, in lower case, that need no letter: those of the demo, in local runs only."""
    verify_for: timedelta
    reset_for: timedelta
    window: timedelta
    """Letters and requests are counted within it."""
    account_max: int
    """Letters of one kind to one account."""
    address_max: int
    """Resets asked for from one address."""

    def lasts(self, purpose: Purpose) -> timedelta:
        """How long a link of this kind works."""
        return self.verify_for if purpose == "verify" else self.reset_for

    def known(self, email: str) -> bool:
        """Whether an address needs no letter."""
        return not self.verify or email.casefold() in self.verified


def letter_due(
    rules: LetterRules,
    user: User,
    kind: LetterKind,
    letter_id: UUID,
    now: datetime,
    *,
    token: str | None = None,
    detail: str = "",
    email: str | None = None,
    locale: str | None = None,
) -> UserLetterDue:
    """The fact that somebody is to get a letter: at `email`, else at the account's address; in the account's language,
    else in `locale`.
    """
    return UserLetterDue(
        letter_id=letter_id,
        user_id=user.id,
        kind=kind,
        email=email or user.email,
        name=user.name,
        locale=user.locale or locale,
        sealed=None if token is None else seal(token, SEALED_FOR, rules.secrets),
        detail=detail,
        version=1,
        occurred_at=now,
    )
