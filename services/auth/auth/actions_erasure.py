"""Accounts that are deleted: everybody forgets the person, and what has to be kept says a pseudonym."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from auth import (
    actions,
    actions_letters,
    actions_passkeys,
    actions_people,
    domain,
    domain_people,
    store,
    store_api_keys,
    store_people,
    store_ties,
)
from auth.actions import Asker, Limits
from auth.actions_passwords import Passwords
from auth.domain import User
from auth.domain_letters import LetterRules
from auth.domain_passkeys import Identification, PasskeyRefused, Site
from auth.domain_people import AccountInUse
from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.contracts import OrderConfirmed, OrderRefunded, ShowChanged, ShowPublished, TicketsTransferred
from fairseat_common.contracts.refusals import FieldError, Invalid
from fairseat_common.database import Connection, Database
from fairseat_common.web import SignedIn

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class ErasureRules:
    """How long after a show its people are still needed: for payouts, refunds and complaints."""

    after_show: timedelta


async def erase(
    database: Database,
    passwords: Passwords,
    site: Site,
    rules: LetterRules,
    erasure: ErasureRules,
    limits: Limits,
    asker: Asker,
    who: SignedIn,
    shown: Identification,
    challenge_token: str,
) -> None:
    """Delete the account of whoever is signed in and shows it once more.

    Raises SessionEnded, AccountInUse, Invalid, WrongPassword, PasskeyRefused, TooManyAttempts.
    """
    async with database.connection() as connection:
        user = await actions_people.session_owner(connection, who)
        await _check_free(connection, user, erasure)
    if shown.passkey is not None:
        owner = await actions_passkeys.identify(database, site, shown.passkey, challenge_token, asker, limits)
        if owner.id != user.id:
            raise PasskeyRefused
    elif shown.password is not None:
        await actions.prove_password(database, passwords, user, shown.password, asker, limits)
    else:
        raise Invalid(None, FieldError("password", "Enter your password, or use a passkey"))
    async with database.transaction() as tx:
        if await store_people.user_lock(tx, user.id) is None:
            raise domain.SessionEnded
        await _check_free(tx, user, erasure)
        await _forget(tx, rules, user)


async def _forget(tx: Connection, rules: LetterRules, user: User) -> None:
    # The last letter goes to the address as it is now.
    await actions_letters.letter_send(tx, rules, user, "account_erased")
    await store_api_keys.keys_end(tx, user.id)
    await store_people.user_erase(tx, user.id, domain_people.erased_email(user.id))
    version, now = await store.version_next(tx, user.id)
    await outbox.append(tx, domain_people.user_erased(user.id, version, now))
    await audit(tx, user.id, "account-erased", str(user.id))
    log.info("account.erased", user_id=str(user.id))


async def _check_free(tx: Connection, user: User, erasure: ErasureRules) -> None:
    """Raise AccountInUse while somebody would miss the account."""
    orders, shows = await store_ties.ties_of(tx, user.id, erasure.after_show)
    reasons = [name for name, count in (("orders", orders), ("shows", shows)) if count]
    if reasons:
        raise AccountInUse(reasons=reasons)


async def show_heard(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Know when a show is over, and whose it is."""
    await store_ties.show_apply(tx, event)


async def order_heard(tx: Connection, event: OrderConfirmed | OrderRefunded) -> None:
    """Know who needs whom: buyer and seller of an order, until all of it was refunded."""
    await store_ties.order_apply(tx, event, live=isinstance(event, OrderConfirmed) or not event.entire)


async def transfer_heard(tx: Connection, event: TicketsTransferred) -> None:
    """Know who was given tickets."""
    await store_ties.transfer_apply(tx, event)
