"""Letters about accounts, and people who are forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from fairseat_common.contracts import UserErased, UserLetterDue, encode
from fairseat_common.database import Connection
from fairseat_common.sealing import opened
from notifications import store_account
from notifications.domain_account import ACCOUNT_KINDS, KIND_OF
from notifications.store import Due

SEALED_FOR = "letter"
"""What auth binds the tokens of letters to."""


async def tell(tx: Connection, event: UserLetterDue) -> None:
    """Queue a letter to the address that auth says, whatever is known of the account here."""
    await store_account.letter_add(tx, KIND_OF[event.kind], event)


async def forget(tx: Connection, event: UserErased) -> None:
    """Forget somebody's address and name, what they follow, and what they were told."""
    await store_account.user_forget(tx, event)


def unsealed(due: Due, secrets: Sequence[str]) -> Due:
    """The mail with its token legible, for the moment in which it is written; raises SealBroken.

    In the database it stays sealed.
    """
    if due.kind not in ACCOUNT_KINDS:
        return due
    fact = msgspec.json.decode(due.fact, type=UserLetterDue)
    if fact.sealed is None:
        return due
    token = opened(fact.sealed, SEALED_FOR, secrets)
    return replace(due, fact=encode(replace(fact, sealed=token)).decode())
