"""What people can do with their accounts: look, change what they say of themselves, verify an address."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import msgspec

from auth import actions_letters, domain, domain_people, store, store_letters, store_passkeys, store_people
from auth.actions import Asker, Limits, prove_password
from auth.actions_passwords import Passwords
from auth.domain import EmailTaken, User
from auth.domain_letters import LetterRules
from auth.domain_passkeys import PasskeyView
from auth.domain_people import AlreadyVerified, LinkInvalid, Profile, ProfileEdit
from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.database import Connection, Database
from fairseat_common.web import SignedIn

EXPORT_MAX = 1000
"""Rows of each kind in an export."""


class ExportedSession(msgspec.Struct, frozen=True):
    """A session in an export."""

    user_agent: str
    created_at: datetime
    used_at: datetime


class ExportedDeed(msgspec.Struct, frozen=True):
    """A line of the audit log in an export."""

    action: str
    details: msgspec.Raw
    happened_at: datetime


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that auth keeps about somebody."""

    profile: Profile
    sessions: list[ExportedSession]
    passkeys: list[PasskeyView]
    deeds: list[ExportedDeed]


async def profile(tx: Connection, who: SignedIn) -> Profile:
    """The account of whoever is signed in; raises SessionEnded."""
    found = await store_people.profile(tx, who.id, who.session_id)
    if found is None:
        raise domain.SessionEnded
    return found


async def profile_edit(
    database: Database,
    passwords: Passwords,
    rules: LetterRules,
    limits: Limits,
    asker: Asker,
    who: SignedIn,
    edit: ProfileEdit,
) -> tuple[Profile, User]:
    """Change an account. A new address waits until the letter to it was answered, and needs the password now.

    Raises Invalid, EmailTaken, WrongPassword, TooManyAttempts, TooManyLetters, SessionEnded.
    """
    async with database.connection() as connection:
        before = await session_owner(connection, who)
    domain_people.edited(before, edit)
    if domain_people.wished_email(before, edit) is not None:
        await prove_password(database, passwords, before, edit.password or "", asker, limits)
    async with database.transaction() as tx:
        locked = await store_people.user_lock(tx, who.id)
        if locked is None:
            raise domain.SessionEnded
        current, _, pending = locked
        after = domain_people.edited(current, edit)
        if after != current:
            await store_people.user_save(tx, after)
            version, now = await store.version_next(tx, who.id)
            await outbox.append(tx, domain_people.user_changed(after, version, now))
        await _address_wish(tx, rules, after, edit, pending)
        return await profile(tx, who), after


async def _address_wish(tx: Connection, rules: LetterRules, user: User, edit: ProfileEdit, pending: str | None) -> None:
    """Begin to change the address, or forget a change that was begun."""
    if isinstance(edit.email, msgspec.UnsetType):
        return
    wished = domain_people.wished_email(user, edit)
    if wished is not None and await store_people.email_taken(tx, user.id, wished):
        raise EmailTaken
    if wished != pending:
        await store_people.email_await(tx, user.id, wished)
    if wished is None:
        return
    if rules.known(wished):
        await _verified(tx, rules, user, wished)
    else:
        await actions_letters.link_send(tx, rules, user, "verify", wished)


async def verification_send(tx: Connection, rules: LetterRules, who: SignedIn) -> None:
    """Write to the address that waits, else to the account's own. Raises AlreadyVerified, TooManyLetters."""
    await session_owner(tx, who)
    locked = await store_people.user_lock(tx, who.id)
    if locked is None:
        raise domain.SessionEnded
    user, _, pending = locked
    if user.verified and pending is None:
        raise AlreadyVerified
    await actions_letters.link_send(tx, rules, user, "verify", pending or user.email)


async def verification_confirm(database: Database, rules: LetterRules, token: str) -> User:
    """Take an address for its owner's; raises LinkInvalid, or EmailTaken if another account was faster."""
    try:
        async with database.transaction() as tx:
            taken = await store_letters.token_take(tx, domain.hash_of(token), "verify")
            locked = await store_people.user_lock(tx, taken["user_id"]) if taken else None
            if taken is None or locked is None:
                raise LinkInvalid
            return await _verified(tx, rules, locked[0], taken["email"])
    except asyncpg.UniqueViolationError as error:
        raise EmailTaken from error


async def _verified(tx: Connection, rules: LetterRules, user: User, email: str) -> User:
    """The account with an address that is its owner's; the one before hears of it. Raises LinkInvalid."""
    if not await store_people.email_verify(tx, user.id, email):
        raise LinkInvalid
    after = msgspec.structs.replace(user, email=email, verified=True)
    version, now = await store.version_next(tx, user.id)
    await outbox.append(tx, domain_people.user_verified(after, version, now))
    if user.verified and email.casefold() != user.email.casefold():
        await actions_letters.letter_send(tx, rules, user, "email_changed", detail=email)
    await audit(tx, user.id, "email-verified", str(user.id), changed=email != user.email)
    return after


async def address_proved(tx: Connection, user: User, email: str) -> User:
    """Whoever followed a link in a letter to the account's address has shown that it is theirs."""
    if user.verified or user.email != email or not await store_people.email_verify(tx, user.id, email):
        return user
    after = msgspec.structs.replace(user, verified=True)
    version, now = await store.version_next(tx, user.id)
    await outbox.append(tx, domain_people.user_verified(after, version, now))
    return after


async def session_owner(tx: Connection, who: SignedIn) -> User:
    """The account of a session that lives; raises SessionEnded."""
    user = await store.session_user(tx, who.id, who.session_id)
    if user is None:
        raise domain.SessionEnded
    return user


async def export(tx: Connection, who: SignedIn) -> Export:
    """Everything that auth keeps about whoever is signed in, but no secrets; raises SessionEnded."""
    own = await profile(tx, who)
    sessions = await store.session_list(tx, who.id, None, EXPORT_MAX)
    deeds = await store_people.audit_of(tx, who.id, EXPORT_MAX)
    return Export(
        profile=own,
        sessions=[ExportedSession(row["user_agent"], row["created_at"], row["used_at"]) for row in sessions],
        passkeys=await store_passkeys.passkeys_of(tx, who.id, None, EXPORT_MAX),
        deeds=[ExportedDeed(row["action"], msgspec.Raw(row["details"].encode()), row["happened_at"]) for row in deeds],
    )
