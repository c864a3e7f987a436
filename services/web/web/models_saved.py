"""What notifications answers about favourites, alerts, mails and preferences, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct

from fairseat_common.contracts import Money


class Favourite(Struct, frozen=True):
    """A show that the reader has saved."""

    show_id: str
    created_at: datetime


class Alert(Struct, frozen=True):
    """What the reader waits for; `state` is watching, muted or ended, `fitting` counts the listings that fit now."""

    id: str
    show_id: str
    max_price: Money
    quantity: int
    state: str
    created_at: datetime
    section: str | None = None
    fitting: int = 0
    mailed_at: datetime | None = None


class Preferences(Struct, frozen=True):
    """Whether the reader wants mails, by topic."""

    sales: bool = True
    transfers: bool = True
    alerts: bool = True
    waiting: bool = True
    favourites: bool = True


class SentMail(Struct, frozen=True):
    """A mail to the reader; `status` is queued, sent, skipped or parked."""

    id: str
    kind: str
    subject: str
    status: str
    created_at: datetime


class Subscription(Struct, frozen=True):
    """What the link of a letter is about, and whether such mails still go out to the address, which is half hidden."""

    topic: str
    wanted: bool
    address: str
