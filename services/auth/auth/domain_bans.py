"""The rules of bans and roles: what operators may do to accounts, their own left alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from auth.domain import User
from fairseat_common.contracts import UserDeactivated, UserReactivated
from fairseat_common.contracts.refusals import Conflict

Role: TypeAlias = Literal["user", "organiser", "operator"]
ROLES: tuple[Role, ...] = ("user", "organiser", "operator")


class OwnAccount(Conflict):
    """Operators cannot shut themselves out, nor take their own role away: somebody must be left to undo it."""

    slug = "own-account"
    title = "This is your own account"
    detail = "Ask another operator."


class OperatorAccount(Conflict):
    """An operator is not banned by mistake."""

    slug = "operator-account"
    title = "This account is an operator's"
    detail = "Take the role operator away first, then ban the account."


class AlreadyBanned(Conflict):
    """The account is banned, perhaps for another reason."""

    slug = "already-banned"
    title = "This account is banned already"
    detail = "Lift the ban first if it is to have another reason."


class NotAppointed(Conflict):
    """An account that cannot be made an operator's by hand."""

    slug = "not-appointed"
    title = "This account was not made an operator's"


class Ban(msgspec.Struct, frozen=True):
    """A ban; it is in force while `lifted_at` is null."""

    reason: str
    banned_by: UUID
    banned_at: datetime
    lifted_by: UUID | None
    lifted_at: datetime | None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as operators see it; `ban` is the one in force."""

    id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    verified: bool
    created_at: datetime
    version: int
    ban: Ban | None


class AccountDetail(Account, frozen=True, kw_only=True):
    """One account with its history; `failures_subject` is what its failed sign-ins are about in the audit log."""

    sessions: int
    bans: list[Ban]
    failures_subject: str


def check_bannable(operator_id: UUID, user_id: UUID, roles: Sequence[str]) -> None:
    """Raise OwnAccount or OperatorAccount for accounts that cannot be banned."""
    if operator_id == user_id:
        raise OwnAccount
    if "operator" in roles:
        raise OperatorAccount


def roles_given(operator_id: UUID, user_id: UUID, wanted: Sequence[Role]) -> tuple[Role, ...]:
    """The roles that somebody has from now on: everybody is a user. Raises OwnAccount."""
    if operator_id == user_id and "operator" not in wanted:
        raise OwnAccount
    return tuple(role for role in ROLES if role == "user" or role in wanted)


def roles_appointed(user: User, is_banned: bool, operators: int, another: bool) -> tuple[Role, ...]:
    """The roles of an operator by hand. Raises NotAppointed: operators are made by operators, once there are some."""
    if not user.verified:
        raise NotAppointed("The e-mail address is not verified: follow the link in the letter first.")
    if is_banned:
        raise NotAppointed("The account is banned.")
    if operators and not another and "operator" not in user.roles:
        raise NotAppointed(
            f"There are operators already ({operators}): ask one to give the role, or say --another if none can."
        )
    return tuple(role for role in ROLES if role == "operator" or role in user.roles)


def deactivated(user_id: UUID, reason: str, version: int, now: datetime) -> UserDeactivated:
    """The fact that somebody was banned."""
    return UserDeactivated(user_id=user_id, reason=reason, version=version, occurred_at=now)


def reactivated(user_id: UUID, version: int, now: datetime) -> UserReactivated:
    """The fact that a ban was lifted."""
    return UserReactivated(user_id=user_id, version=version, occurred_at=now)
