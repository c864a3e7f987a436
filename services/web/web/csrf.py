"""Tokens against forged forms: an HMAC tied to a random cookie, written anew on every page.

Each token carries its own salt, so that a compressed page never repeats the same secret bytes.
"""

import hashlib
import hmac
import re
import secrets

COOKIE = "fairseat_csrf"
FIELD = "csrf"
_COOKIE_BYTES = 24
_SALT_BYTES = 12
_COOKIE = re.compile(r"[A-Za-z0-9_-]{32}")


def new_cookie() -> str:
    """A random value for a browser that has none yet."""
    return secrets.token_urlsafe(_COOKIE_BYTES)


def cookie_ok(value: str) -> bool:
    """Whether a cookie looks like one of ours; anything else is replaced."""
    return _COOKIE.fullmatch(value) is not None


def token(secret: bytes, cookie: str) -> str:
    """A token for a form on a page that goes to the holder of the cookie."""
    salt = secrets.token_hex(_SALT_BYTES)
    return f"{salt}.{_seal(secret, cookie, salt)}"


def token_ok(secret: bytes, cookie: str, given: str) -> bool:
    """Whether a form's token belongs to the cookie it came with."""
    salt, dot, seal = given.partition(".")
    if not dot or not cookie_ok(cookie) or len(salt) != _SALT_BYTES * 2:
        return False
    return hmac.compare_digest(_seal(secret, cookie, salt).encode(), seal.encode())


def _seal(secret: bytes, cookie: str, salt: str) -> str:
    return hmac.new(secret, f"csrf:{salt}:{cookie}".encode(), hashlib.sha256).hexdigest()
