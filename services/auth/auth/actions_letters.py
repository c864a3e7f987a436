"""Letters about accounts: auth says that one is due, notifications writes and sends it."""

from __future__ import annotations

import secrets
from math import ceil

from auth import domain, store, store_letters
from auth.domain import User
from auth.domain_letters import LetterRules, Purpose, letter_due
from auth.domain_people import TooManyLetters
from fairseat_common import outbox
from fairseat_common.contracts.users import LetterKind
from fairseat_common.database import Connection
from fairseat_common.ids import new_id

TOKEN_BYTES = 32
KINDS: dict[Purpose, LetterKind] = {"verify": "verify_email", "reset": "reset_password"}


async def letter_send(
    tx: Connection, rules: LetterRules, user: User, kind: LetterKind, *, detail: str = "", email: str | None = None
) -> None:
    """Have a letter without a secret sent, to `email` or to the account's address."""
    now = await store_letters.clock(tx)
    await outbox.append(tx, letter_due(rules, user, kind, new_id(), now, detail=detail, email=email))


async def link_send(
    tx: Connection, rules: LetterRules, user: User, purpose: Purpose, email: str, locale: str | None = None
) -> None:
    """Have a letter sent whose link works once. Raises TooManyLetters."""
    wait_s = await store_letters.tokens_wait_s(tx, user.id, purpose, rules.window, rules.account_max)
    if wait_s > 0:
        raise TooManyLetters(retry_after_s=ceil(wait_s))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await store_letters.token_add(tx, domain.hash_of(token), user.id, purpose, email, rules.lasts(purpose))
    now = await store_letters.clock(tx)
    due = letter_due(rules, user, KINDS[purpose], new_id(), now, token=token, email=email, locale=locale)
    await outbox.append(tx, due)


async def browser_noticed(tx: Connection, rules: LetterRules, user: User, user_agent: str) -> None:
    """Have a letter sent if somebody signs in with a browser that the account has not been used with."""
    if await store.browser_is_new(tx, user.id, user_agent):
        await letter_send(tx, rules, user, "sign_in_new", detail=user_agent)
