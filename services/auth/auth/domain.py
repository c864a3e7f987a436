"""The rules of accounts and sessions: who may sign up, with which password, and when a session token is good."""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum
from itertools import product
from uuid import UUID

import msgspec

from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid, LimitReached, Refusal, SignInRequired

PASSWORD_LENGTH_MIN = 8
PASSWORD_LENGTH_MAX = 128
EMAIL_LENGTH_MAX = 254
LOCAL_PART_LENGTH_MAX = 64
NAME_LENGTH_MAX = 200
USER_AGENT_LENGTH_MAX = 200
TOKEN_LENGTH_MAX = 128
IPV6_SITE_BITS = 64

_EMAIL_FORBIDDEN = frozenset('<>()[]\\,;:"')
_WORDS = (
    "password", "passw0rd", "p@ssword", "p@ssw0rd", "pass", "qwerty", "qwertz", "azerty", "asdf", "asdfgh", "zxcvbn",
    "qwertyuiop", "asdfghjkl", "letmein", "welcome", "admin", "administrator", "login", "hello", "secret", "changeme",
    "default", "guest", "root", "user", "test", "testtest", "dragon", "monkey", "football", "baseball", "basketball",
    "superman", "batman", "princess", "sunshine", "shadow", "master", "michael", "jennifer", "charlie", "jordan",
    "iloveyou", "trustno1", "starwars", "whatever", "freedom", "computer", "internet", "samsung", "google", "liverpool",
    "arsenal", "chelsea", "summer", "winter", "spring", "autumn", "fairseat", "ticket", "tickets", "concert", "abc",
    "abcd", "abcdef", "q1w2e3r4", "1q2w3e4r", "zaq12wsx", "1qaz2wsx", "qazwsx",
)  # fmt: skip
_ENDINGS = (
    "", "1", "01", "12", "123", "1234", "12345", "123456", "123456789", "!", "1!", "123!", "2024", "2025", "2026",
)  # fmt: skip
_RUNS = (
    "01234567", "012345678", "0123456789", "12345678", "123456789", "1234567890", "87654321", "987654321",
    "9876543210", "11223344", "12341234", "123123123", "12121212", "abcdefgh", "abcdefghi", "abcd1234", "abc12345",
    "1234qwer", "qwer1234", "a1b2c3d4", "asdfasdf", "qwerqwer", "passpass", "adminadmin", "1q2w3e4r5t", "qwe123qwe",
)  # fmt: skip
COMMON_PASSWORDS = frozenset(
    password
    for password in (*(word + ending for word, ending in product(_WORDS, _ENDINGS)), *_RUNS)
    if len(password) >= PASSWORD_LENGTH_MIN
)
"""What everybody tries first, in lower case."""


class EmailTaken(Conflict):
    """Somebody signed up with this e-mail before."""

    slug = "email-taken"
    title = "This e-mail has an account already"
    detail = "Sign in with it, or use another e-mail."


class BadCredentials(Refusal):
    """No account has this e-mail and password. Which of the two is wrong is nobody's business."""

    status = 401
    slug = "bad-credentials"
    title = "E-mail or password is wrong"
    detail = "Check both and try again."


class SessionEnded(SignInRequired):
    """The session does not exist, has expired, or was ended."""

    slug = "session-ended"
    title = "Your session has ended"
    detail = "Sign in again: POST /api/users/signin."


class TooManyAttempts(LimitReached):
    """Too many sign-ins have failed for this account or from this address."""

    slug = "too-many-attempts"
    title = "Too many failed sign-ins"
    detail = "Wait as long as Retry-After says, then try again."


class User(msgspec.Struct, frozen=True):
    """An account, as its owner sees it."""

    id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    verified: bool = False
    """Whether the address has been shown to be theirs."""
    locale: str | None = None
    """The language that they read, where they chose one."""
    timezone: str | None = None
    currency: str | None = None


class Registration(msgspec.Struct, frozen=True):
    """A checked request for an account."""

    email: str
    name: str
    password: str
    roles: tuple[str, ...]
    locale: str | None = None
    verified: bool = False
    """The address needs no letter: in local runs, or where letters are switched off."""


class TokenState(Enum):
    """What a session token is worth."""

    CURRENT = "current"
    REPLACED = "replaced"
    """Replaced a moment ago: another tab was faster."""
    REUSED = "reused"
    """Replaced long ago: two parties have had it."""
    ENDED = "ended"


def registration(
    email: str,
    password: str,
    name: str | None,
    roles: tuple[str, ...],
    locale: str | None = None,
    verified: bool = False,
) -> Registration:
    """A request for an account, cleaned; raises Invalid with every field that is wrong."""
    cleaned, called, secret = clean_email(email), clean_name(name), clean_password(password)
    errors = [*email_errors(cleaned), *name_errors(called), *password_errors(secret, cleaned)]
    if errors:
        raise Invalid(None, *errors)
    return Registration(cleaned, called, secret, roles, locale, verified)


def clean_email(email: str) -> str:
    """One form for e-mails that look the same; the case stays as it was typed."""
    return unicodedata.normalize("NFC", email.strip())


def clean_name(name: str | None) -> str:
    """The name without white space around it, "" if there is none."""
    return unicodedata.normalize("NFC", (name or "").strip())


def clean_password(password: str) -> str:
    """One form for passwords that are typed the same on different keyboards (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def sayable(text: str, length_max: int) -> bool:
    """Whether a text fits on a line: no control characters, and no longer than it may be."""
    return text.isprintable() and len(text) <= length_max


def email_errors(email: str) -> list[FieldError]:
    """What is wrong with a cleaned address, if anything."""
    local, _, domain = email.partition("@")
    fits = 0 < len(local) <= LOCAL_PART_LENGTH_MAX and not local.startswith(".") and not local.endswith(".")
    printable = sayable(email, EMAIL_LENGTH_MAX) and not _EMAIL_FORBIDDEN.intersection(email)
    if fits and printable and ".." not in local and "-" not in (domain[:1], domain[-1:]):
        return []
    return [FieldError("email", "Is not an e-mail address that mail can be sent to")]


def name_errors(name: str) -> list[FieldError]:
    """What is wrong with a cleaned name, if anything."""
    return [] if sayable(name, NAME_LENGTH_MAX) else [FieldError("name", "Is too long or cannot be shown")]


def password_errors(password: str, email: str) -> list[FieldError]:
    """What is wrong with a new password for the account of an address, if anything."""
    folded = password.casefold()
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        message = f"Must have {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters"
    elif folded in COMMON_PASSWORDS or len(set(folded)) == 1:
        message = "Is one of the passwords that are tried first; choose another"
    elif folded in (email.casefold(), email.partition("@")[0].casefold()):
        message = "Must not be your e-mail"
    else:
        return []
    return [FieldError("password", message)]


def roles_at_signup(email: str, organisers: Collection[str], operators: Collection[str]) -> tuple[str, ...]:
    """Everybody is a user; the listed e-mails are more."""
    folded = clean_email(email).casefold()
    given = [("organiser", organisers), ("operator", operators)]
    return ("user", *(role for role, emails in given if folded in {listed.casefold() for listed in emails}))


def token_state(
    ended_at: datetime | None, expires_at: datetime, replaced_at: datetime | None, now: datetime, grace: timedelta
) -> TokenState:
    """What a session's token is worth at `now`; for `grace` after its replacement it still counts."""
    if ended_at is not None or expires_at <= now:
        return TokenState.ENDED
    if replaced_at is None:
        return TokenState.CURRENT
    return TokenState.REPLACED if now <= replaced_at + grace else TokenState.REUSED


def hash_of(text: str) -> bytes:
    """SHA-256 of a text: how tokens, which are long and random, and typed e-mails are kept."""
    return hashlib.sha256(text.encode()).digest()


def account_key(email: str) -> bytes:
    """What failed sign-ins of one account have in common, whether the account exists or not."""
    return hash_of(clean_email(email).casefold())


def address_key(host: str) -> str:
    """What requests of one line have in common: the IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address.packed, IPV6_SITE_BITS), strict=False))
    return str(address)


PASSKEY_FAILURES = hash_of("passkeys")
"""What failed sign-ins with passkeys have in common: they name no account."""
