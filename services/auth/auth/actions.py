"""What auth can do: open accounts, and open, renew and end the sessions of those who know their password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

import msgspec
import structlog

from auth import actions_bans, actions_letters, domain, domain_people, store, store_letters, store_passkeys
from auth.actions_passwords import Passwords
from auth.domain import Registration, TokenState, User
from auth.domain_letters import LetterRules
from auth.domain_people import WrongPassword
from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from fairseat_common.ids import new_id

log = structlog.get_logger(__name__)

TOKEN_BYTES = 32
SESSIONS_KEEP = timedelta(days=7)
LETTERS_KEEP = timedelta(days=1)
PRUNE_MAX = 1000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long sessions last, and how many sign-ins may fail within `window`."""

    session: timedelta
    grace: timedelta
    window: timedelta
    account_failures_max: int
    """For one account from one address."""
    address_failures_max: int


@dataclass(frozen=True)
class Opened:
    """An open session. `token` is its new token, None if the browser keeps the one that it has."""

    user: User
    session_id: UUID
    token: str | None = None


@dataclass(frozen=True)
class Asker:
    """Who asks: the line that the request came by, the browser, and the session token that it carried, or ""."""

    address: str
    user_agent: str
    token: str


class SessionView(msgspec.Struct, frozen=True):
    """A live session, as its owner sees it."""

    id: UUID
    user_agent: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool


async def sign_up(
    tx: Connection, wanted: Registration, password_hash: str, asker: Asker, limits: Limits, letters: LetterRules
) -> Opened:
    """Open an account and its first session, and write to its address; raises EmailTaken."""
    user = User(new_id(), wanted.email, wanted.name, wanted.roles, wanted.verified, wanted.locale)
    now = await store.user_add(tx, user, password_hash)
    if now is None:
        raise domain.EmailTaken
    await outbox.append(tx, domain_people.user_registered(user, now))
    if user.verified:
        version, now = await store.version_next(tx, user.id)
        await outbox.append(tx, domain_people.user_verified(user, version, now))
    else:
        await actions_letters.link_send(tx, letters, user, "verify", user.email)
    return await open_session(tx, user, asker, limits)


async def sign_in(
    database: Database,
    passwords: Passwords,
    email: str,
    password: str,
    asker: Asker,
    limits: Limits,
    letters: LetterRules,
) -> Opened:
    """Open a session for whoever knows the password; raises BadCredentials, TooManyAttempts or Unavailable.

    Failures are looked at before the password, to save the work, and again after it: of many guesses sent at
    once, a right one that comes after too many wrong ones is refused like any other.
    """
    account = domain.account_key(email)
    async with database.connection() as connection:
        await expect_few_failures(connection, account, asker.address, limits)
        typed = domain.clean_email(email)
        known_form = domain.sayable(typed, domain.EMAIL_LENGTH_MAX)
        found = await store.user_by_email(connection, typed) if known_form else None
    secret = domain.clean_password(password)
    if found is None or not await passwords.verify(found[1], secret):
        if found is None:
            await passwords.verify(None, secret)
        await note_failure(database, account, asker, limits)
        raise domain.BadCredentials
    user, known = found
    renewed = await passwords.hash(secret) if passwords.outdated(known) else None
    async with database.transaction() as tx:
        await store.attempts_lock(tx, account, asker.address)
        await expect_few_failures(tx, account, asker.address, limits)
        await store.failures_forget(tx, account, asker.address)
        if renewed is not None:
            await store.password_replace(tx, user.id, known, renewed)
        await actions_letters.browser_noticed(tx, letters, user, asker.user_agent)
        return await open_session(tx, user, asker, limits)


async def prove_password(
    database: Database, passwords: Passwords, user: User, password: str, asker: Asker, limits: Limits
) -> None:
    """Have somebody who is signed in show that they know the password, with the limits of a sign-in.

    Raises WrongPassword, TooManyAttempts or Unavailable.
    """
    account = domain.account_key(user.email)
    async with database.connection() as connection:
        await expect_few_failures(connection, account, asker.address, limits)
        found = await store.user_by_email(connection, user.email)
    if not await passwords.verify(found[1] if found else None, domain.clean_password(password)):
        await note_failure(database, account, asker, limits)
        raise WrongPassword
    async with database.transaction() as tx:
        await store.attempts_lock(tx, account, asker.address)
        await expect_few_failures(tx, account, asker.address, limits)
        await store.failures_forget(tx, account, asker.address)


async def expect_few_failures(tx: Connection, account: bytes, address: str, limits: Limits) -> None:
    """Raise TooManyAttempts where too many attempts have failed."""
    wait_s = await store.failures_wait_s(
        tx, account, address, limits.window, limits.account_failures_max, limits.address_failures_max
    )
    if wait_s > 0:
        log.info("signin.limited", address=address)
        raise domain.TooManyAttempts(retry_after_s=ceil(wait_s))


async def note_failure(database: Database, account: bytes, asker: Asker, limits: Limits) -> None:
    """Count a failed attempt; raises TooManyAttempts if it was one too many."""
    async with database.transaction() as tx:
        await store.attempts_lock(tx, account, asker.address)
        await expect_few_failures(tx, account, asker.address, limits)
        await store.failure_add(tx, account, asker.address)
        # Bounded by the limit itself: what comes after it is not written.
        await audit(tx, None, "sign-in-refused", account.hex(), address=asker.address)
    log.info("signin.failed", address=asker.address)


async def open_session(tx: Connection, user: User, asker: Asker, limits: Limits) -> Opened:
    """Sign somebody in who has shown who they are; a session that this browser had ends. Raises AccountBanned."""
    await actions_bans.check_not_banned(tx, user.id)
    if asker.token:
        await end_session_of_token(tx, asker.token, "replaced")
    session_id, token = new_id(), secrets.token_urlsafe(TOKEN_BYTES)
    await store.session_add(tx, session_id, user.id, asker.user_agent, limits.session, domain.hash_of(token))
    await audit(tx, user.id, "signed-in", str(session_id), address=asker.address)
    log.info("session.opened", user_id=str(user.id), session_id=str(session_id))
    return Opened(user, session_id, token)


async def renew_session(tx: Connection, token: str, limits: Limits) -> Opened | None:
    """Exchange a session token for the next one; None if the session has ended.

    A token that was replaced a moment ago keeps its session but gets no successor: another tab has that one. One
    that was replaced before that is in two hands, so its session ends here, for both.
    """
    token_hash = domain.hash_of(token)
    if not await store.session_lock(tx, token_hash):
        return None
    row = await store.session_by_token(tx, token_hash)
    if row is None:
        return None
    session_id, user = row["session_id"], store.user_of(row)
    state = domain.token_state(row["ended_at"], row["expires_at"], row["replaced_at"], row["now"], limits.grace)
    if state is TokenState.REUSED:
        await store.session_end(tx, session_id, user.id, "token-reused")
        log.warning("session.token_reused", user_id=str(user.id), session_id=str(session_id))
    if state in (TokenState.REUSED, TokenState.ENDED):
        return None
    if state is TokenState.REPLACED:
        return Opened(user, session_id)
    following = secrets.token_urlsafe(TOKEN_BYTES)
    await store.token_replace(tx, token_hash)
    await store.token_add(tx, session_id, domain.hash_of(following))
    await store.session_use(tx, session_id)
    return Opened(user, session_id, following)


async def session_of_token(tx: Connection, token: str, limits: Limits) -> Opened | None:
    """Whose session a token belongs to, without a trace; None unless the token is good."""
    row = await store.session_by_token(tx, domain.hash_of(token))
    if row is None:
        return None
    state = domain.token_state(row["ended_at"], row["expires_at"], row["replaced_at"], row["now"], limits.grace)
    if state not in (TokenState.CURRENT, TokenState.REPLACED):
        return None
    return Opened(store.user_of(row), row["session_id"])


async def session_user(tx: Connection, user_id: UUID, session_id: UUID) -> User | None:
    """The owner of a session, None once it has ended."""
    return await store.session_user(tx, user_id, session_id)


async def end_session_of_token(tx: Connection, token: str, reason: str) -> None:
    """End the session that a token belongs to, if there is one."""
    row = await store.session_by_token(tx, domain.hash_of(token))
    if row is not None:
        await store.session_end(tx, row["session_id"], row["id"], reason)


async def end_session(tx: Connection, user_id: UUID, session_id: UUID, reason: str) -> None:
    """End a session of an account; raises NotFound if it is not its own."""
    if not await store.session_end(tx, session_id, user_id, reason):
        raise NotFound


async def list_sessions(
    tx: Connection, user_id: UUID, current: UUID, before: UUID | None, rows_max: int
) -> list[SessionView]:
    """An account's live sessions, newest first; raises SessionEnded when the asking one is not among them."""
    if await store.session_user(tx, user_id, current) is None:
        raise domain.SessionEnded
    rows = await store.session_list(tx, user_id, before, rows_max)
    return [SessionView(**row, current=row["id"] == current) for row in rows]


async def tidy(database: Database, limits: Limits) -> bool:
    """Delete what no longer matters; answers whether there may be more."""
    async with database.transaction() as tx:
        gone = await store.prune(tx, limits.window, SESSIONS_KEEP, PRUNE_MAX)
        gone += await store_letters.prune(tx, LETTERS_KEEP, PRUNE_MAX)
        gone += await store_passkeys.prune(tx, PRUNE_MAX)
        return gone >= PRUNE_MAX
