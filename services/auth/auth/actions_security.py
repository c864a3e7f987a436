"""Passwords that are changed by whoever knows them, and reset by whoever gets the account's mail."""

from __future__ import annotations

from contextlib import suppress
from math import ceil

import structlog

from auth import actions, actions_letters, actions_people, domain, store, store_api_keys, store_letters, store_people
from auth.actions import Asker, Limits
from auth.actions_passwords import Passwords
from auth.domain import User
from auth.domain_letters import LetterRules
from auth.domain_people import LinkInvalid, TooManyLetters
from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import Invalid
from fairseat_common.database import Connection, Database
from fairseat_common.web import SignedIn

log = structlog.get_logger(__name__)

REQUESTS_MAX = 20
"""Wishes to reset a password that one turn of the worker looks into."""


async def password_change(
    database: Database,
    passwords: Passwords,
    rules: LetterRules,
    limits: Limits,
    asker: Asker,
    who: SignedIn,
    current: str,
    wanted: str,
) -> None:
    """Take another password; all other sessions end. Raises WrongPassword, Invalid, TooManyAttempts, SessionEnded."""
    async with database.connection() as connection:
        user = await actions_people.session_owner(connection, who)
    secret = _checked(wanted, user)
    await actions.prove_password(database, passwords, user, current, asker, limits)
    hashed = await passwords.hash(secret)
    async with database.transaction() as tx:
        await actions_people.session_owner(tx, who)
        await _password_set(tx, rules, user, hashed, asker, "password-changed")
        await store.sessions_end(tx, user.id, "password-changed", but=who.session_id)


async def reset_ask(tx: Connection, rules: LetterRules, email: str, locale: str | None, asker: Asker) -> None:
    """Note that somebody wants to reset a password: one row, whoever it is; a worker sends the letter.

    Neither what is answered nor how long that takes depends on whether there is an account. Raises TooManyLetters for
    an address that asks too often, for whichever accounts.
    """
    wait_s = await store_letters.requests_wait_s(tx, asker.address, rules.window, rules.address_max)
    if wait_s > 0:
        raise TooManyLetters(retry_after_s=ceil(wait_s))
    typed = domain.clean_email(email)
    kept = typed if domain.sayable(typed, domain.EMAIL_LENGTH_MAX) else ""
    await store_letters.request_add(tx, domain.account_key(email), asker.address, kept, locale)


async def resets_send(database: Database, rules: LetterRules) -> bool:
    """Write to those of the requests that have an account; answers whether there may be more. Safe in two processes."""
    async with database.connection() as connection, connection.transaction():
        requests = await store_letters.requests_take(connection, rules.window, rules.account_max, REQUESTS_MAX)
        for request in requests:
            found = await store.user_by_email(connection, request["email"])
            if found is None or request["often"]:
                continue
            with suppress(TooManyLetters):
                user = found[0]
                await actions_letters.link_send(connection, rules, user, "reset", user.email, request["locale"])
    if requests:
        database.committed()
    return len(requests) == REQUESTS_MAX


async def reset_confirm(
    database: Database, passwords: Passwords, rules: LetterRules, token: str, wanted: str, asker: Asker
) -> User:
    """Take another password from whoever has the letter; every session ends. Raises LinkInvalid, Invalid, Unavailable.

    The token is looked at before the password is hashed, to save the work, and taken after it.
    """
    token_hash = domain.hash_of(token)
    async with database.transaction() as tx:
        known = await store_letters.token_look(tx, token_hash, "reset")
        found = await store_people.user_lock(tx, known["user_id"]) if known else None
    if found is None:
        raise LinkInvalid
    hashed = await passwords.hash(_checked(wanted, found[0]))
    async with database.transaction() as tx:
        taken = await store_letters.token_take(tx, token_hash, "reset")
        locked = await store_people.user_lock(tx, taken["user_id"]) if taken else None
        if taken is None or locked is None:
            raise LinkInvalid
        user = await actions_people.address_proved(tx, locked[0], taken["email"])
        await _password_set(tx, rules, user, hashed, asker, "password-reset")
        await store.sessions_end(tx, user.id, "password-reset")
        # Whoever had the account may have made keys to come back with.
        await store_api_keys.keys_end(tx, user.id)
        return user


async def _password_set(tx: Connection, rules: LetterRules, user: User, hashed: str, asker: Asker, deed: str) -> None:
    await store_people.password_set(tx, user.id, hashed)
    # Links that are on their way would undo this.
    await store_letters.tokens_forget(tx, user.id, "reset")
    await actions_letters.letter_send(tx, rules, user, "password_changed")
    await audit(tx, user.id, deed, str(user.id), address=asker.address)
    log.info("password.changed", user_id=str(user.id), how=deed)


def _checked(wanted: str, user: User) -> str:
    """The new password, cleaned; raises Invalid."""
    secret = domain.clean_password(wanted)
    errors = domain.password_errors(secret, user.email)
    if errors:
        raise Invalid(None, *errors)
    return secret
