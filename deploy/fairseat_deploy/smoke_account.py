"""The account with which automatic checks pass the edge of staging."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import NamedTuple

NAME = "smoke"
PASSWORD_BYTES = 32


class Account(NamedTuple):
    """One account, in two forms."""

    line: str
    """For the proxy's file."""
    account: str
    """For whoever uses it: NAME:PASSWORD."""


def make() -> Account:
    """A new account with a random password."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    # The file's oldest kind of digest is enough: nobody guesses 256 random bits, however fast the digest is.
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return Account(f"{NAME}:{{SHA}}{base64.b64encode(digest).decode()}", f"{NAME}:{password}")
