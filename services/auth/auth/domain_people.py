"""The rules of what people say about themselves, and the facts that follow from it. Pure."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Literal, TypeAlias
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from auth import domain
from auth.domain import User
from fairseat_common.contracts import UserChanged, UserErased, UserRegistered, UserVerified
from fairseat_common.contracts.refusals import Conflict, FieldError, Forbidden, Invalid, LimitReached
from fairseat_common.fields import Email, Name
from fairseat_common.money import MINOR_UNITS

Language: TypeAlias = Literal["en", "de", "fr", "es"]
"""One of fairseat_common.languages.LANGUAGES; a test compares the two."""
Proof: TypeAlias = Annotated[str, Meta(min_length=1, max_length=domain.PASSWORD_LENGTH_MAX)]
"""A password that is typed to show who one is; nothing is checked but the size."""
ERASED_HOST = "erased.invalid"
PSEUDONYM_CHARACTERS = 12


class WrongPassword(Forbidden):
    """Whoever is signed in could not show that they know the password."""

    slug = "wrong-password"
    title = "The password is wrong"
    detail = "Enter the password that you sign in with."


class LinkInvalid(Invalid):
    """The token of a letter is none of ours, has been used, or is too old."""

    slug = "link-invalid"
    title = "This link does not work any more"
    detail = "A link works once and for a short time. Ask for another letter."


class AlreadyVerified(Conflict):
    """There is nothing to verify."""

    slug = "already-verified"
    title = "Your address is verified already"
    detail = "No letter is needed."


class TooManyLetters(LimitReached):
    """Letters have been asked for more often than anybody needs."""

    slug = "too-many-letters"
    title = "We have written several times already"
    detail = "Look into your mailbox, also among unwanted mail, or wait as long as Retry-After says."


class AccountInUse(Conflict):
    """Money or tickets are under way; `reasons` says what."""

    slug = "account-in-use"
    title = "Your account is still needed"
    detail = "You have tickets, sales or shows that are not over yet; `reasons` says which. Delete it afterwards."


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """An account with everything that its owner can see and change; `pending_email` waits to be verified."""

    id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    verified: bool
    locale: str | None
    timezone: str | None
    currency: str | None
    pending_email: str | None
    passkeys: int
    created_at: datetime
    version: int


class ProfileEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays, null takes a choice back. A new address needs the password."""

    name: Name | UnsetType = UNSET
    locale: Language | UnsetType | None = UNSET
    timezone: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType | None = UNSET
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")] | UnsetType | None = UNSET
    email: Email | UnsetType = UNSET
    password: Proof | None = None


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def edited(user: User, edit: ProfileEdit) -> User:
    """The account with the edit, without the address, which waits; raises Invalid with every field that is wrong."""
    errors = []
    changes: dict[str, str | None] = {}
    if edit.name is not UNSET:
        changes["name"] = domain.clean_name(edit.name)
        errors += domain.name_errors(domain.clean_name(edit.name))
    if edit.locale is not UNSET:
        changes["locale"] = edit.locale
    if edit.timezone is not UNSET:
        changes["timezone"] = edit.timezone
        if edit.timezone is not None and edit.timezone not in _timezones():
            errors.append(FieldError("timezone", "Is not a name of the time zone database, such as Europe/Berlin"))
    if edit.currency is not UNSET:
        changes["currency"] = edit.currency
        if edit.currency is not None and edit.currency not in MINOR_UNITS:
            errors.append(FieldError("currency", f"{edit.currency} is not a currency we trade in"))
    wished = wished_email(user, edit)
    if wished is not None:
        errors += domain.email_errors(wished)
        if edit.password is None:
            errors.append(FieldError("password", "Enter your password to change your address"))
    if errors:
        raise Invalid(None, *errors)
    return replace(user, **changes)


def wished_email(user: User, edit: ProfileEdit) -> str | None:
    """The address that the edit asks for, cleaned; None if it is the one that there is."""
    if edit.email is UNSET:
        return None
    cleaned = domain.clean_email(edit.email)
    return None if cleaned == user.email else cleaned


def pseudonym_of(user_id: UUID) -> str:
    """What is said in place of a name: the same for ever, and nothing that leads back to a person."""
    return f"erased-{domain.hash_of(f'pseudonym:{user_id}').hex()[:PSEUDONYM_CHARACTERS]}"


def erased_email(user_id: UUID) -> str:
    """An address that nobody can have."""
    return f"{user_id.hex}@{ERASED_HOST}"


def user_registered(user: User, now: datetime) -> UserRegistered:
    """The fact that somebody signed up."""
    return UserRegistered(
        user_id=user.id,
        email=user.email,
        name=user.name,
        roles=user.roles,
        locale=user.locale,
        timezone=user.timezone,
        version=1,
        occurred_at=now,
    )


def user_verified(user: User, version: int, now: datetime) -> UserVerified:
    """The fact that the account's address is its owner's."""
    return UserVerified(
        user_id=user.id,
        email=user.email,
        name=user.name,
        roles=user.roles,
        locale=user.locale,
        timezone=user.timezone,
        version=version,
        occurred_at=now,
    )


def user_changed(user: User, version: int, now: datetime) -> UserChanged:
    """The fact that something about the account is another now."""
    return UserChanged(
        user_id=user.id,
        email=user.email,
        name=user.name,
        roles=user.roles,
        locale=user.locale,
        timezone=user.timezone,
        version=version,
        occurred_at=now,
    )


def user_erased(user_id: UUID, version: int, now: datetime) -> UserErased:
    """The fact that everybody is to forget somebody."""
    return UserErased(user_id=user_id, pseudonym=pseudonym_of(user_id), version=version, occurred_at=now)
