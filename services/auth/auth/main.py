"""Auth put together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from auth import (
    actions,
    actions_security,
    actions_signups,
    routes,
    routes_api_keys,
    routes_passkeys,
    routes_people,
    routes_people_admin,
)
from auth.actions import Limits
from auth.actions_erasure import ErasureRules
from auth.actions_keys import OwnVerifier, Signer, load_keys
from auth.actions_passwords import Passwords
from auth.consumers import consumers
from auth.domain_letters import LetterRules
from auth.domain_passkeys import Site
from auth.domain_signups import SignUpRules
from auth.store_invariants import INVARIANTS
from fairseat_common.settings import Environ, Reader, Settings
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker

MIGRATIONS = Path(__file__).parent.parent / "migrations"
TIDY_POLL_S = 60.0
HASHING_THREADS_MAX = 4
RESETS_POLL_S = 0.5
DAY_S = 24 * 3600
LOCAL_SECRET = "fairseat-local-letters"  # noqa: S105 - seals tokens on one's own machine only


@dataclass(frozen=True, kw_only=True)
class AuthSettings(Settings):
    """What auth reads beside the common settings."""

    signing_keys_dir: str
    access_token_s: int
    hashing_threads: int
    hashing_waiting_max: int
    organiser_emails: tuple[str, ...]
    operator_emails: tuple[str, ...]
    limits: Limits
    signups: SignUpRules
    letters: LetterRules
    erasure: ErasureRules

    @classmethod
    def of(cls, environ: Environ) -> AuthSettings:
        """Read everything; raises SettingsError. Roles are given away by e-mail in local runs only."""
        reader = Reader.of(environ)
        local = reader.local
        organisers, operators = reader.listed("ORGANISER_EMAILS"), reader.listed("OPERATOR_EMAILS")
        return cls.read(
            reader,
            signing_keys_dir=reader.folder("SIGNING_KEYS_DIR"),
            access_token_s=reader.number("ACCESS_TOKEN_SECONDS", 300, 1, 3600),
            hashing_threads=reader.number("HASHING_THREADS", 0, 0, 64) or min(HASHING_THREADS_MAX, os.cpu_count() or 1),
            hashing_waiting_max=reader.number("HASHING_WAITING_MAX", 512, 0, 10_000),
            organiser_emails=organisers if local else (),
            operator_emails=operators if local else (),
            limits=Limits(
                session=timedelta(seconds=reader.number("SESSION_SECONDS", 30 * DAY_S, 1, 400 * DAY_S)),
                grace=timedelta(seconds=reader.number("SESSION_GRACE_SECONDS", 10, 0, 300)),
                window=timedelta(seconds=reader.number("SIGNIN_WINDOW_SECONDS", 600, 1, DAY_S)),
                account_failures_max=reader.number("SIGNIN_ACCOUNT_FAILURES_MAX", 10, 1),
                address_failures_max=reader.number("SIGNIN_ADDRESS_FAILURES_MAX", 100, 1),
            ),
            signups=SignUpRules(
                window=timedelta(seconds=reader.number("SIGNUPS_WINDOW_SECONDS", 3600, 1, 30 * DAY_S)),
                # On one machine everybody has the same address.
                address_max=reader.number("SIGNUPS_ADDRESS_MAX", 0 if local else 20),
            ),
            letters=_letters(reader),
            erasure=ErasureRules(
                after_show=timedelta(seconds=reader.number("ERASE_AFTER_SHOW_SECONDS", 14 * DAY_S, 0, 400 * DAY_S))
            ),
        )


def _letters(reader: Reader) -> LetterRules:
    """What letters go by. Addresses count as verified without a letter in local runs only."""
    verified = frozenset(email.casefold() for email in reader.listed("VERIFIED_EMAILS"))
    return LetterRules(
        secrets=reader.secrets("LETTER_SECRETS", (LOCAL_SECRET,)),
        verify=reader.switch("VERIFY_EMAILS", True),
        verified=verified if reader.local else frozenset(),
        verify_for=timedelta(seconds=reader.number("VERIFY_SECONDS", DAY_S, 1, 30 * DAY_S)),
        reset_for=timedelta(seconds=reader.number("RESET_SECONDS", 1800, 1, DAY_S)),
        window=timedelta(seconds=reader.number("LETTERS_WINDOW_SECONDS", 3600, 1, DAY_S)),
        account_max=reader.number("LETTERS_ACCOUNT_MAX", 5, 1),
        address_max=reader.number("RESETS_ADDRESS_MAX", 50, 1),
    )


def settings_of(environ: Environ) -> AuthSettings:
    """The settings of auth; raises SettingsError."""
    return AuthSettings.of(environ)


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The auth service; settings come from `environ`, by default the process's own."""
    settings = settings_of(environ)
    service = Service("auth", settings, MIGRATIONS)
    signer = Signer(load_keys(settings.signing_keys_dir, settings.environment), settings.access_token_s)
    service.verifier = OwnVerifier(signer)
    passwords = Passwords(settings.hashing_threads, settings.hashing_waiting_max)

    async def resets() -> bool:
        return await actions_security.resets_send(service.database, settings.letters)

    return service.app(
        [
            routes.user_signup,
            routes.user_signin,
            routes.user_signout,
            routes.user_refresh,
            routes.user_current,
            routes.session_list,
            routes.session_end,
            routes.key_list,
            *routes_passkeys.ROUTES,
            *routes_people.ROUTES,
            *routes_people_admin.ROUTES,
            *routes_api_keys.ROUTES,
        ],
        consumers=consumers,
        workers=[
            Worker("tidy", lambda: actions.tidy(service.database, settings.limits), TIDY_POLL_S),
            Worker("resets", resets, RESETS_POLL_S),
            Worker("signups", lambda: actions_signups.tidy(service.database, settings.signups), TIDY_POLL_S),
        ],
        provide={
            "signer": signer,
            "passwords": passwords,
            "limits": settings.limits,
            "signups": settings.signups,
            "letters": settings.letters,
            "erasure": settings.erasure,
            "site": Site.of(settings.public_url),
            "jar": routes.Jar(settings, signer, settings.limits),
            "granted": routes.Roles(settings.organiser_emails, settings.operator_emails),
        },
        invariants=INVARIANTS,
        lifespans=[passwords.running],
    )
