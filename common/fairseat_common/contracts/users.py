"""Facts that auth publishes."""

from typing import ClassVar, Literal
from uuid import UUID

from fairseat_common.contracts.base import Event, published

LetterKind = Literal[
    "verify_email",
    "reset_password",
    "password_changed",
    "email_changed",
    "passkey_added",
    "passkey_removed",
    "sign_in_new",
    "account_banned",
    "account_restored",
    "account_erased",
    "key_created",
]


class _User(Event, frozen=True, kw_only=True):
    """What most user events carry: the account as it is after the fact.

    ``locale`` is a language tag such as ``de``, ``timezone`` a name of the time zone database; None: not chosen.
    """

    user_id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    locale: str | None = None
    timezone: str | None = None


@published
class UserRegistered(_User, frozen=True, kw_only=True):
    """Somebody signed up."""

    subject: ClassVar[str] = "users.registered.v1"
    aggregate: ClassVar[str] = "user_id"


@published
class UserVerified(_User, frozen=True, kw_only=True):
    """Somebody has shown that the account's e-mail address is theirs."""

    subject: ClassVar[str] = "users.verified.v1"
    aggregate: ClassVar[str] = "user_id"


@published
class UserChanged(_User, frozen=True, kw_only=True):
    """Name, roles, language or time zone changed, or the address, which is to be verified again then."""

    subject: ClassVar[str] = "users.changed.v1"
    aggregate: ClassVar[str] = "user_id"


@published
class UserDeactivated(Event, frozen=True, kw_only=True):
    """An operator banned the account: its sessions have ended, its listings leave the sale."""

    subject: ClassVar[str] = "users.deactivated.v1"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
    reason: str


@published
class UserReactivated(Event, frozen=True, kw_only=True):
    """A ban was lifted. Listings that were withdrawn stay so."""

    subject: ClassVar[str] = "users.reactivated.v1"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID


@published
class UserErased(Event, frozen=True, kw_only=True):
    """Somebody had their account deleted: everybody forgets their name and addresses; ``pseudonym`` stays."""

    subject: ClassVar[str] = "users.erased.v1"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
    pseudonym: str


@published
class UserLetterDue(Event, frozen=True, kw_only=True):
    """Auth wants a letter sent about somebody's account.

    ``sealed`` is what only notifications may read, such as the token of a link (fairseat_common.sealing); ``detail``
    says what may be read by all, such as the name of a passkey.
    """

    subject: ClassVar[str] = "users.letter_due.v1"
    aggregate: ClassVar[str] = "letter_id"

    letter_id: UUID
    user_id: UUID
    kind: LetterKind
    email: str
    name: str
    locale: str | None = None
    sealed: str | None = None
    detail: str = ""
