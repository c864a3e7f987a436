"""What auth answers about accounts, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct, field


class Profile(Struct, frozen=True):
    """One's own account; `pending_email` waits for its letter to be answered."""

    id: str
    email: str
    name: str
    verified: bool
    created_at: datetime
    locale: str | None = None
    timezone: str | None = None
    currency: str | None = None
    pending_email: str | None = None
    passkeys: int = 0
    roles: list[str] = field(default_factory=list)


class Session(Struct, frozen=True):
    """A browser in which one is signed in."""

    id: str
    user_agent: str
    created_at: datetime
    used_at: datetime
    current: bool


class Passkey(Struct, frozen=True):
    """A passkey of the account."""

    id: str
    name: str
    backed_up: bool
    created_at: datetime
    used_at: datetime | None = None


class Verified(Struct, frozen=True):
    """An address that is verified now."""

    email: str
