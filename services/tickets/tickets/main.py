"""Tickets put together: routes, consumers, and the keys that sign ticket codes."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fairseat_common.ids import new_id
from fairseat_common.keyring import key_files
from fairseat_common.quotes import quote_secrets
from fairseat_common.settings import Environ, Reader, Settings, SettingsError
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.workers import Worker
from tickets import (
    routes_browsing,
    routes_claims,
    routes_delivery,
    routes_gates,
    routes_guidance,
    routes_listings,
    routes_onsales,
    routes_operations,
    routes_reports,
    routes_tickets,
    routes_transfers,
)
from tickets.actions_bans import withdraw_banned
from tickets.actions_delivery import promises_lapse
from tickets.actions_fees import FeeRules
from tickets.actions_passes import Sheets
from tickets.actions_resales import resales_end
from tickets.actions_transfers import transfers_due
from tickets.consumers import consumers
from tickets.domain_codes import CodeKeys
from tickets.domain_prices import Quoting
from tickets.store_invariants import INVARIANTS

MIGRATIONS = Path(__file__).parent.parent / "migrations"
POLL_S = 1.0
BANS_POLL_S = 0.5


@dataclass(frozen=True, kw_only=True)
class TicketsSettings(Settings):
    """What tickets reads beside the common settings."""

    fee_percent: int
    """What a buyer pays on top of a seat's price."""
    seller_fee_percent: int
    """What is kept of a seat's price from its seller."""
    quoting: Quoting
    keys_dir: str
    """Directory of the Ed25519 keys for ticket codes, `<key id>.pem`; the last by name signs."""

    @classmethod
    def of(cls, environ: Environ) -> TicketsSettings:
        """Read everything; raises SettingsError."""
        reader = Reader.of(environ)
        return cls.read(
            reader,
            fee_percent=reader.number("SERVICE_FEE_PERCENT", 10, 0, 100),
            seller_fee_percent=reader.number("SELLER_FEE_PERCENT", 5, 0, 100),
            quoting=Quoting(quote_secrets(reader)[0], reader.number("QUOTE_SECONDS", 900, 1, 86_400)),
            keys_dir=reader.folder("TICKET_KEYS_DIR"),
        )


def settings_of(environ: Environ) -> TicketsSettings:
    """The settings of tickets; raises SettingsError."""
    return TicketsSettings.of(environ)


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The tickets service; settings come from `environ`, by default the process's own."""
    settings = settings_of(environ)
    service = Service("tickets", settings, MIGRATIONS)
    keys = code_keys(settings)
    return service.app(
        [
            *routes_browsing.ROUTES,
            *routes_claims.ROUTES,
            *routes_delivery.ROUTES,
            *routes_gates.ROUTES,
            *routes_guidance.ROUTES,
            *routes_listings.ROUTES,
            *routes_onsales.ROUTES,
            *routes_operations.ROUTES,
            *routes_reports.ROUTES,
            *routes_tickets.ROUTES,
            *routes_transfers.ROUTES,
        ],
        consumers=consumers,
        bodies=routes_onsales.BODIES,
        invariants=INVARIANTS,
        workers=[
            Worker("bans", lambda: withdraw_banned(service.database), BANS_POLL_S),
            Worker("promises", lambda: promises_lapse(service.database), POLL_S),
            Worker("resales", lambda: resales_end(service.database), POLL_S),
            Worker("transfers", lambda: transfers_due(service.database), POLL_S),
        ],
        provide={
            "access_cookie": settings.access_cookie,
            "code_keys": keys,
            "fee_rules": FeeRules(settings.fee_percent, settings.seller_fee_percent),
            "quoting": settings.quoting,
            "sheets": Sheets(keys),
            "verifier": service.verifier,
        },
    )


def code_keys(settings: TicketsSettings) -> CodeKeys:
    """The keys in `keys_dir`; in local runs one is made where there is none, elsewhere that is a SettingsError."""
    local = settings.environment == "local"
    if not settings.keys_dir:
        # The codes of a page live for a minute; what is on paper, or on a phone for a day, ends with the process.
        return _keys({"local": Ed25519PrivateKey.generate()})
    directory = Path(settings.keys_dir)
    if local and not any(directory.glob("*.pem")):
        _key_create(directory)
    keys = {file.stem: _key_read(file) for file in key_files(directory)}
    if not keys:
        raise SettingsError("TICKET_KEYS_DIR has no *.pem file")
    return _keys(keys)


def _keys(keys: Mapping[str, Ed25519PrivateKey]) -> CodeKeys:
    key_id = list(keys)[-1]
    return CodeKeys(key_id, keys[key_id], {name: key.public_key() for name, key in keys.items()})


def _key_read(file: Path) -> Ed25519PrivateKey:
    try:
        if stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO:
            raise SettingsError(f"{file} can be read by everybody: chmod 600")
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file.name} in TICKET_KEYS_DIR cannot be read") from error
    if not isinstance(key, Ed25519PrivateKey) or "." in file.stem:
        raise SettingsError(f"{file.name} in TICKET_KEYS_DIR is no Ed25519 key with a name without dots")
    return key


def _key_create(directory: Path) -> None:
    """Make a key; of two processes that do so at once, the first wins."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    fresh = directory / f".{new_id().hex}.new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    with suppress(FileExistsError):
        os.link(fresh, directory / "ticket-1.pem")
    fresh.unlink()
