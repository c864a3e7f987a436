"""What operators can do to accounts: ban with a reason, lift a ban, give and take roles."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from auth import actions_letters, domain, domain_bans, domain_people, store, store_bans
from auth.domain import User
from auth.domain_bans import Account, AccountDetail, AlreadyBanned, Role
from auth.domain_letters import LetterRules
from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.bans import AccountBanned
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection

BANS_MAX = 20


async def check_not_banned(tx: Connection, user_id: UUID) -> None:
    """Raise AccountBanned for somebody who is. Until the transaction ends nobody bans them: what is begun is ended."""
    if await store_bans.is_banned(tx, user_id):
        raise AccountBanned


async def ban(tx: Connection, operator_id: UUID, user_id: UUID, reason: str, letters: LetterRules) -> AccountDetail:
    """Shut an account out: its sessions end, everybody hears of it, and so does its owner.

    Raises NotFound, OwnAccount, OperatorAccount, AlreadyBanned.
    """
    user = await _locked(tx, user_id)
    domain_bans.check_bannable(operator_id, user_id, user.roles)
    if not await store_bans.ban_add(tx, user_id, reason, operator_id):
        raise AlreadyBanned
    ended = await store_bans.sessions_end_all(tx, user_id)
    version, now = await store.version_next(tx, user_id)
    await outbox.append(tx, domain_bans.deactivated(user_id, reason, version, now))
    await actions_letters.letter_send(tx, letters, user, "account_banned", detail=reason)
    await audit(tx, operator_id, "user-banned", str(user_id), reason=reason, sessions_ended=ended)
    return await account(tx, user_id)


async def lift_ban(tx: Connection, operator_id: UUID, user_id: UUID, letters: LetterRules) -> None:
    """Let an account in again; may be repeated. Its listings stay withdrawn. Raises NotFound."""
    user = await _locked(tx, user_id)
    if not await store_bans.ban_lift(tx, user_id, operator_id):
        return
    version, now = await store.version_next(tx, user_id)
    await outbox.append(tx, domain_bans.reactivated(user_id, version, now))
    await actions_letters.letter_send(tx, letters, user, "account_restored")
    await audit(tx, operator_id, "user-restored", str(user_id))


async def set_roles(tx: Connection, operator_id: UUID, user_id: UUID, wanted: Sequence[Role]) -> AccountDetail:
    """Give an account other roles; tokens say so within their life. Raises NotFound, OwnAccount."""
    user = await _locked(tx, user_id)
    await _roles_change(tx, operator_id, user, domain_bans.roles_given(operator_id, user_id, wanted))
    return await account(tx, user_id)


async def _roles_change(tx: Connection, operator_id: UUID | None, user: User, roles: tuple[Role, ...]) -> None:
    if set(roles) == set(user.roles):
        return
    await store_bans.roles_set(tx, user.id, roles)
    version, now = await store.version_next(tx, user.id)
    changed = msgspec.structs.replace(user, roles=roles)
    await outbox.append(tx, domain_people.user_changed(changed, version, now))
    await audit(tx, operator_id, "roles-set", str(user.id), before=list(user.roles), after=list(roles))


async def appoint(tx: Connection, email: str, another: bool) -> AccountDetail:
    """Make somebody an operator by hand: the first one, or with `another` one more when no operator can do it.

    What is done is written down with no actor, since nobody was signed in. May be repeated. Raises NotFound where the
    address has no account, NotAppointed.
    """
    operators = await store_bans.operators_lock(tx)
    user = await store_bans.user_by_email_lock(tx, email)
    if user is None:
        raise NotFound("No account has this address: sign up with it first.")
    is_banned = await store_bans.is_banned(tx, user.id)
    await _roles_change(tx, None, user, domain_bans.roles_appointed(user, is_banned, operators, another))
    return await account(tx, user.id)


async def accounts(
    tx: Connection, text: str, role: Role | None, banned: bool, before: UUID | None, limit: int
) -> list[Account]:
    """Accounts that fit, newest first."""
    return await store_bans.accounts_search(tx, text.strip(), role, banned, before, limit)


async def account(tx: Connection, user_id: UUID) -> AccountDetail:
    """One account with its bans and sessions; raises NotFound."""
    found = await store_bans.account_read(tx, user_id)
    if found is None:
        raise NotFound("There is no such account.")
    return AccountDetail(
        **msgspec.structs.asdict(found),
        sessions=await store_bans.sessions_count(tx, user_id),
        bans=await store_bans.bans_of(tx, user_id, BANS_MAX),
        failures_subject=domain.account_key(found.email).hex(),
    )


async def _locked(tx: Connection, user_id: UUID) -> User:
    user = await store_bans.user_lock(tx, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user
