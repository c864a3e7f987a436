"""Passkeys: added by whoever is signed in, and as good as a password from then on.

Every challenge is taken once, in a transaction of its own, before its answer is looked at: an answer that was refused
cannot be tried again.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import get_args
from uuid import UUID

import structlog
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from auth import actions, actions_letters, actions_people, domain, store_letters, store_passkeys, store_people
from auth.actions import Asker, Limits, Opened
from auth.domain import User
from auth.domain_letters import LetterRules
from auth.domain_passkeys import (
    CHALLENGE_BYTES,
    CHALLENGE_S,
    PASSKEYS_MAX,
    Assertion,
    ChallengePurpose,
    NewPasskey,
    PasskeyInvalid,
    PasskeyKnown,
    PasskeyLimit,
    PasskeyRefused,
    PasskeyView,
    Site,
    Transport,
    binary,
)
from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import LimitReached, NotFound
from fairseat_common.database import Connection, Database, Record
from fairseat_common.ids import new_id
from fairseat_common.web import SignedIn

log = structlog.get_logger(__name__)

LASTS = timedelta(seconds=CHALLENGE_S)
OPEN_MAX = 200
"""Challenges of one address that may wait for an answer; hardly anybody needs two."""
SITE_NAME = "Fairseat"
REQUIRED = UserVerificationRequirement.REQUIRED
# The parser of what an authenticator wrote raises these for bytes that are none of its formats.
UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError)
TRANSPORTS = frozenset(get_args(Transport))


async def registration_options(tx: Connection, site: Site, who: SignedIn, address: str) -> bytes:
    """What the browser's authenticator is asked to make, as JSON; raises SessionEnded, PasskeyLimit."""
    user = await actions_people.session_owner(tx, who)
    known = await store_passkeys.credentials_of(tx, user.id)
    if len(known) >= PASSKEYS_MAX:
        raise PasskeyLimit
    challenge = await _challenge(tx, who.session_id.bytes, "register", address)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=SITE_NAME,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name or user.email,
        challenge=challenge,
        timeout=CHALLENGE_S * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
    )
    return options_to_json(options).encode()


async def passkey_add(
    database: Database, site: Site, rules: LetterRules, who: SignedIn, wanted: NewPasskey
) -> PasskeyView:
    """Keep a new passkey. Raises PasskeyInvalid, PasskeyKnown, PasskeyLimit, SessionEnded."""
    async with database.transaction() as tx:
        await actions_people.session_owner(tx, who)
        challenge = await store_passkeys.challenge_take(tx, who.session_id.bytes, "register")
    verified = _attested(site, challenge, wanted)
    async with database.transaction() as tx:
        user = await actions_people.session_owner(tx, who)
        await store_people.user_lock(tx, user.id)
        if len(await store_passkeys.credentials_of(tx, user.id)) >= PASSKEYS_MAX:
            raise PasskeyLimit
        passkey_id = new_id()
        transports = tuple(sorted(TRANSPORTS.intersection(wanted.transports)))
        name = domain.clean_name(wanted.name) or SITE_NAME
        now = await store_letters.clock(tx)
        view = PasskeyView(passkey_id, name, transports, verified.credential_backed_up, now, None)
        key, count = verified.credential_public_key, verified.sign_count
        if not await store_passkeys.passkey_add(tx, user.id, verified.credential_id, key, count, view):
            raise PasskeyKnown
        await actions_letters.letter_send(tx, rules, user, "passkey_added", detail=name)
        await audit(tx, user.id, "passkey-added", str(passkey_id))
    return view


def _attested(site: Site, challenge: bytes | None, wanted: NewPasskey) -> VerifiedRegistration:
    """The new credential, if it was made here, now, by somebody who was verified; raises PasskeyInvalid."""
    credential = RegistrationCredential(
        id=wanted.id,
        raw_id=binary(wanted.id, "id"),
        response=AuthenticatorAttestationResponse(
            client_data_json=binary(wanted.client_data, "client_data"),
            attestation_object=binary(wanted.attestation, "attestation"),
        ),
    )
    if challenge is None:
        log.info("passkey.refused", why="no challenge")
        raise PasskeyInvalid
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except UNREADABLE as error:
        log.info("passkey.refused", why=repr(error)[:200])
        raise PasskeyInvalid from error
    if verified.credential_id != credential.raw_id:
        raise PasskeyInvalid
    return verified


async def passkey_remove(tx: Connection, rules: LetterRules, who: SignedIn, passkey_id: UUID) -> None:
    """Forget a passkey; raises NotFound, SessionEnded."""
    user = await actions_people.session_owner(tx, who)
    name = await store_passkeys.passkey_remove(tx, who.id, passkey_id)
    if name is None:
        raise NotFound
    await actions_letters.letter_send(tx, rules, user, "passkey_removed", detail=name)
    await audit(tx, who.id, "passkey-removed", str(passkey_id))


async def passkeys_list(tx: Connection, who: SignedIn, before: UUID | None, rows_max: int) -> list[PasskeyView]:
    """An account's passkeys, newest first; raises SessionEnded."""
    await actions_people.session_owner(tx, who)
    return await store_passkeys.passkeys_of(tx, who.id, before, rows_max)


async def signin_options(tx: Connection, site: Site, address: str) -> tuple[bytes, str]:
    """What any passkey of this site is asked to sign, as JSON, and the token of a cookie that alone may answer it."""
    if await store_passkeys.challenges_many(tx, address, OPEN_MAX):
        raise LimitReached(retry_after_s=CHALLENGE_S)
    token = secrets.token_urlsafe(CHALLENGE_BYTES)
    challenge = await _challenge(tx, domain.hash_of(token), "signin", address)
    options = generate_authentication_options(
        rp_id=site.host, challenge=challenge, timeout=CHALLENGE_S * 1000, user_verification=REQUIRED
    )
    return options_to_json(options).encode(), token


async def sign_in(
    database: Database,
    site: Site,
    assertion: Assertion,
    challenge_token: str,
    asker: Asker,
    limits: Limits,
    letters: LetterRules,
) -> Opened:
    """Open a session for whoever has the passkey; raises PasskeyRefused, TooManyAttempts."""
    user = await identify(database, site, assertion, challenge_token, asker, limits)
    async with database.transaction() as tx:
        await actions_letters.browser_noticed(tx, letters, user, asker.user_agent)
        return await actions.open_session(tx, user, asker, limits)


async def identify(
    database: Database, site: Site, assertion: Assertion, challenge_token: str, asker: Asker, limits: Limits
) -> User:
    """Whose passkey has signed this challenge; raises PasskeyRefused, TooManyAttempts."""
    async with database.transaction() as tx:
        await actions.expect_few_failures(tx, domain.PASSKEY_FAILURES, asker.address, limits)
        challenge = await store_passkeys.challenge_take(tx, domain.hash_of(challenge_token), "signin")
        found = await store_passkeys.passkey_owner(tx, binary(assertion.id, "id"))
    try:
        return await _identified(database, site, assertion, challenge, found)
    except PasskeyRefused:
        await actions.note_failure(database, domain.PASSKEY_FAILURES, asker, limits)
        raise


async def _identified(
    database: Database, site: Site, assertion: Assertion, challenge: bytes | None, found: tuple[Record, User] | None
) -> User:
    if challenge is None or found is None:
        log.info("passkey.refused", why="no challenge" if challenge is None else "not known")
        raise PasskeyRefused
    passkey, user = found
    handle = binary(assertion.user_handle, "user_handle") if assertion.user_handle else None
    if handle not in (None, user.id.bytes):
        log.warning("passkey.refused", why="the handle is somebody else's", user_id=str(user.id))
        raise PasskeyRefused
    verified = _signed(site, assertion, challenge, passkey["public_key"])
    async with database.transaction() as tx:
        if await store_passkeys.passkey_use(
            tx, passkey["passkey_id"], verified.new_sign_count, verified.credential_backed_up
        ):
            return user
        await audit(tx, user.id, "passkey-cloned", str(passkey["passkey_id"]), count=verified.new_sign_count)
    log.warning("passkey.cloned", user_id=str(user.id), passkey_id=str(passkey["passkey_id"]))
    raise PasskeyRefused


def _signed(site: Site, assertion: Assertion, challenge: bytes, public_key: bytes) -> VerifiedAuthentication:
    """What the passkey signed, if it was for this site and this challenge; raises PasskeyRefused.

    The count is compared where it is written, so that two answers at once cannot both be the next.
    """
    credential = AuthenticationCredential(
        id=assertion.id,
        raw_id=binary(assertion.id, "id"),
        response=AuthenticatorAssertionResponse(
            client_data_json=binary(assertion.client_data, "client_data"),
            authenticator_data=binary(assertion.authenticator_data, "authenticator_data"),
            signature=binary(assertion.signature, "signature"),
        ),
    )
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except UNREADABLE as error:
        log.info("passkey.refused", why=repr(error)[:200])
        raise PasskeyRefused from error


async def _challenge(tx: Connection, holder: bytes, purpose: ChallengePurpose, address: str) -> bytes:
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    await store_passkeys.challenge_keep(tx, holder, purpose, challenge, address, LASTS)
    return challenge
