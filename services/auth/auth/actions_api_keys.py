"""What auth can do about API keys: make and end them, and exchange them for short-lived tokens."""

from __future__ import annotations

from uuid import UUID

import msgspec
import structlog

from auth import actions_bans, domain, domain_api_keys, store, store_api_keys
from auth.actions_keys import Signer
from auth.actions_letters import letter_send
from auth.domain_api_keys import KEYS_MAX, KeyInvalid, KeyLimit, KeyMade, KeyToken, KeyView, NewKey
from auth.domain_letters import LetterRules
from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.web.scopes import SCOPES

log = structlog.get_logger(__name__)


async def make_key(tx: Connection, letters: LetterRules, user_id: UUID, session_id: UUID, wanted: NewKey) -> KeyMade:
    """Make a key for an account, whose owner is told by mail.

    Raises KeyLimit, Invalid, and SessionEnded for a token that outlived its session.
    """
    scopes = domain_api_keys.scopes_of(wanted.scopes, SCOPES)
    user = await store.session_user(tx, user_id, session_id)
    if user is None:
        raise domain.SessionEnded
    await store_api_keys.owner_lock(tx, user_id)
    if await store_api_keys.keys_count(tx, user_id) >= KEYS_MAX:
        raise KeyLimit
    secret = domain_api_keys.new_secret()
    hint = secret[: domain_api_keys.HINT_LENGTH]
    key = await store_api_keys.key_add(tx, new_id(), user_id, wanted, scopes, hint, domain.hash_of(secret))
    await audit(tx, user_id, "key-made", str(key.id), scopes=list(scopes), expires_at=key.expires_at)
    await letter_send(tx, letters, user, "key_created", detail=key.name)
    return KeyMade(secret=secret, **msgspec.structs.asdict(key))


async def list_keys(tx: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[KeyView]:
    """An account's keys, newest first."""
    return await store_api_keys.key_list(tx, user_id, before, rows_max)


async def end_key(tx: Connection, user_id: UUID, key_id: UUID) -> None:
    """End a key: it gets no further token. Again changes nothing; raises NotFound for a key of somebody else."""
    ended = await store_api_keys.key_end(tx, user_id, key_id)
    if ended is None:
        raise NotFound
    if ended:
        await audit(tx, user_id, "key-ended", str(key_id))


async def exchange(tx: Connection, secret: str, signer: Signer, now_s: float) -> KeyToken:
    """An access token for a key, for minutes and no longer than the key is good; raises KeyInvalid, AccountBanned."""
    key_hash = domain_api_keys.secret_hash(secret)
    owner = await store_api_keys.key_use(tx, key_hash) if key_hash else None
    if owner is None:
        log.info("key.refused")
        raise KeyInvalid
    await actions_bans.check_not_banned(tx, owner.user_id)
    token, lifetime_s = signer.issue_for_key(owner, now_s)
    return KeyToken(
        access_token=token,
        token_type="Bearer",  # noqa: S106 -- the kind of token, not a token
        expires_in=lifetime_s,
        scope=" ".join(owner.scopes),
        user_id=owner.user_id,
    )
