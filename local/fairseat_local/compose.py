"""The whole system in containers on one machine: what compose.yaml starts beside the services themselves.

`python -m fairseat_local.compose secrets` makes every secret once, keeps them in /data, and lays out in /secrets what
containers read; `... databases` makes databases and roles, and migrates; `... gateway` sends requests to services.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fairseat_common.migrating import MigratingSettings, bring_up_to_date, migrations_of
from fairseat_common.serving import bound_socket, serve
from fairseat_common.testing.secret_file import SecretFile
from fairseat_common.testing.service_database import ensure_service_databases
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.gateway import gateway
from fairseat_local.routes import MAIL, PROVIDER, SERVICES

DATABASE_HOST = "postgres:5432"
PORT = 8000
WAIT_S = 60
PASSWORDS = "passwords.json"
OWN = {
    "auth": ("LETTER_SECRETS",),
    "tickets": ("QUOTE_SECRETS",),
    "orders": ("QUOTE_SECRETS",),
    "payments": ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"),
    "notifications": ("LETTER_SECRETS", "UNSUBSCRIBE_SECRETS", "WEBHOOK_SECRETS"),
    "web": ("WEB_SECRET", "STRIPE_PUBLISHABLE_KEY"),
    "provider": ("STRIPE_WEBHOOK_SECRETS",),
    "tools": ("STRIPE_SECRET_KEY",),
}
"""Which secrets a container reads, beside its logins at the database and the broker."""
PREFIXES = {
    "STRIPE_SECRET_KEY": "sk_test_",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_",
    "STRIPE_WEBHOOK_SECRETS": "whsec_",
}
KEYS = ("signing-keys", "ticket-keys")
BROKER_USERS = (*SERVICES, "operator", "system")
# Readable by the group as well: the database's and the broker's containers run as others, and join it.
FILE_MODE, FOLDER_MODE = 0o440, 0o750


def make_secrets(made: Path, folder: Path) -> None:
    """Make what is missing in `made`, and lay it out: `<container>.env`, `postgres-password`, and folders with keys."""
    known = SecretFile(made / PASSWORDS)
    for name in (*SERVICES, PROVIDER, "tools"):
        _write(folder / f"{name}.env", _lines(environment(name, known)))
    broker = {f"NATS_{user.upper()}_PASSWORD": _broker_password(user, known) for user in BROKER_USERS}
    _write(folder / "nats.env", _lines(broker))
    _write(folder / "postgres-password", known.get_or_create("postgres"))
    for name in KEYS:
        _make_key(folder / name)


def environment(name: str, known: SecretFile) -> dict[str, str]:
    """The secret settings of a container: its logins, and what OWN names."""
    found = {each: known.get_or_create(each, PREFIXES.get(each, "")) for each in OWN.get(name, ())}
    if name in SERVICES:
        found |= {"NATS_USER": name, "NATS_PASSWORD": _broker_password(name, known)}
    if name in WITH_DATABASE:
        found["DATABASE_URL"] = _database_url(name, f"fairseat_{name}", known)
    if name == "tools":
        found |= {"NATS_USER": "operator", "NATS_PASSWORD": _broker_password("operator", known)}
        owners = {f"DATABASE_URL_{each.upper()}": f"fairseat_{each}_owner" for each in WITH_DATABASE}
        found |= {each: _database_url(role.split("_")[1], role, known) for each, role in owners.items()}
    return found


async def make_databases(made: Path) -> None:
    """Make each service's database and roles where they are missing, and bring it up to date. asyncpg.PostgresError."""
    passwords = made / PASSWORDS
    admin = _database_url("", "postgres", SecretFile(passwords), "postgres")
    databases = await ensure_service_databases(admin, WITH_DATABASE, passwords)
    for name, database in databases.items():
        settings = MigratingSettings(owner_url=database.owner_url, runtime_role=f"fairseat_{name}", wait_s=WAIT_S)
        done = await bring_up_to_date(settings, migrations_of(name))
        sys.stdout.write(f"{name}: {len(done.applied)} migrations applied\n")


def serve_gateway() -> None:
    """Serve every path by the service whose it is, at the container's port, until a signal to stop."""
    urls: Mapping[str, str] = {name: f"http://{name}:{PORT}" for name in (*SERVICES, MAIL, PROVIDER)}
    serve(gateway(urls), [bound_socket("0.0.0.0", PORT)], date_header=False)  # noqa: S104 (inside a container)


def _database_url(service: str, role: str, known: SecretFile, database: str = "") -> str:
    """Passwords are URL-safe, and have the role's name among the others."""
    return f"postgresql://{role}:{known.get_or_create(role)}@{DATABASE_HOST}/{database or f'fairseat_{service}'}"


def _broker_password(user: str, known: SecretFile) -> str:
    """They begin with a letter: the broker's configuration takes what begins with a digit for a number."""
    return known.get_or_create(f"nats_{user}", "n")


def _lines(values: Mapping[str, str]) -> str:
    return "".join(f"{name}='{value}'\n" for name, value in sorted(values.items()))


def _write(path: Path, text: str) -> None:
    """Replace the file at once."""
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w") as file:
        file.write(text)
    fresh.replace(path)


def _make_key(folder: Path) -> None:
    if not list(folder.glob("*.pem")):
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(folder / "0001.pem", pem.decode())


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, and do one of the three."""
    parser = argparse.ArgumentParser(prog="fairseat_local.compose", description=__doc__)
    parser.add_argument("what", choices=("secrets", "databases", "gateway"))
    parser.add_argument("--made", type=Path, default=Path("/data"), help="where secrets are kept")
    parser.add_argument("--secrets", type=Path, default=Path("/secrets"), help="where containers read them")
    options = parser.parse_args(arguments)
    if options.what == "secrets":
        make_secrets(options.made, options.secrets)
    elif options.what == "databases":
        asyncio.run(make_databases(options.made))
    else:
        serve_gateway()


if __name__ == "__main__":
    main()
