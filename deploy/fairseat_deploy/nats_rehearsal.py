"""The broker of the components on this machine: the same configuration files, with other ports and folders.

For tests, which so try the very permissions, routes and certificates that a cluster gets.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fairseat_common.bus import Login
from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.server_process import POLL_S, free_port
from fairseat_deploy.nats_accounts import USERS, password_variable
from fairseat_deploy.tree import DEPLOY

ALONE = DEPLOY / "components" / "nats"
CLUSTER = DEPLOY / "components" / "nats-cluster" / "cluster.conf"
SIZE = 3


@dataclass(frozen=True)
class Place:
    """One of three servers: its number, the ports of all for each other, and the folder with certificates."""

    number: int
    route_ports: Sequence[int]
    certificates: Path


class ComponentServer(NatsServer):
    """A server with the component's configuration; `place` makes it one of three."""

    def __init__(self, data_dir: Path, passwords: Mapping[str, str], place: Place | None = None) -> None:
        super().__init__(data_dir)
        self.passwords = passwords
        self.monitor_port = free_port()
        self._place = place

    @property
    def address(self) -> str:
        """The URL without a login."""
        scheme = "tls" if self._place else "nats"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def name_in_cluster(self) -> str:
        """What the server calls itself, as its pod would."""
        return f"nats-{self._place.number if self._place else 0}"

    def login(self, user: str) -> Login:
        """The login of one of the users."""
        folder = self._place.certificates if self._place else None
        return Login(user=user, password=self.passwords[user], ca_file=str(folder / "ca.crt") if folder else "")

    def environment(self) -> Mapping[str, str]:
        """As in the pod: its name, and the passwords."""
        named = {password_variable(user): password for user, password in self.passwords.items()}
        return {**os.environ, **named, "POD_NAME": self.name_in_cluster}

    def await_ready(self) -> None:
        """Block until a server that was launched before answers. Raises ServerFailedError."""
        deadline = time.monotonic() + self.ready_max_s
        while not self.is_ready():
            self.go_on(deadline)
            time.sleep(POLL_S)

    def _write_configuration(self, pid_file: Path) -> None:
        main = filled(
            (ALONE / "nats.conf").read_text(),
            {
                "0.0.0.0:4222": f"127.0.0.1:{self.port}",
                "0.0.0.0:8222": f"127.0.0.1:{self.monitor_port}",
                "/run/nats/nats.pid": str(pid_file),
                '"/data"': f'"{self._home}"',
            },
        )
        files = {
            "nats.conf": main,
            "accounts.conf": (ALONE / "accounts.conf").read_text(),
            "cluster.conf": self._cluster() if self._place else (ALONE / "cluster.conf").read_text(),
        }
        if self._place:
            files |= {file.name: file.read_text() for file in self._place.certificates.iterdir()}
        for name, text in files.items():
            (self._home / name).write_text(text)
            if self._account:
                os.chown(self._home / name, self._account.uid, self._account.gid)

    def _cluster(self) -> str:
        place = self._place
        assert place is not None
        routes = {f"nats-{n}.nats-headless:6222": f"127.0.0.1:{port}" for n, port in enumerate(place.route_ports)}
        text = filled(CLUSTER.read_text(), {"0.0.0.0:6222": f"127.0.0.1:{place.route_ports[place.number]}", **routes})
        return text.replace("/etc/nats-tls", str(self._home))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each of the values in place of what it has; raises ValueError for what it does not have once."""
    for old, new in values.items():
        if text.count(old) != 1:
            raise ValueError(f"{old} is there {text.count(old)} times")
        text = text.replace(old, new)
    return text


def made_passwords() -> dict[str, str]:
    """A password for each user, as `fairseat-deploy secrets make` makes them."""
    return {user: f"n{secrets.token_urlsafe(24)}" for user in USERS}


def three(folder: Path, certificates: Path) -> list[ComponentServer]:
    """Three servers that know of each other; not started."""
    passwords, ports = made_passwords(), [free_port() for _ in range(SIZE)]
    return [
        ComponentServer(folder / f"nats-{number}", passwords, Place(number, ports, certificates))
        for number in range(SIZE)
    ]


def certificates(folder: Path) -> Path:
    """A CA, and a certificate for this machine with its key, named as cert-manager names them."""
    folder.mkdir(parents=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fairseat-nats-ca")])
    ca = _certificate(name, name, ca_key, ca_key, x509.BasicConstraints(ca=True, path_length=None))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nats")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = _certificate(subject, name, key, ca_key, here)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for file, content in (
        ("ca.crt", ca.public_bytes(Encoding.PEM)),
        ("tls.crt", leaf.public_bytes(Encoding.PEM)),
        ("tls.key", pem),
    ):
        (folder / file).write_bytes(content)
    return folder


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    )
    return builder.sign(issuer_key, hashes.SHA256())
