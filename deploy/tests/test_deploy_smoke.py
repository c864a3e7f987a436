"""What a smoke test must not overlook: each fault of a deployment, planted in a small server, is in its table."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from rich.console import Console

from fairseat_common.testing.trading import Trader
from fairseat_deploy.smoke import Failed, Seen, Target, passed, print_table, visitor
from fairseat_deploy.smoke_steps import STEPS, WEBHOOK, _listed, certificate, closed
from fairseat_local.routes import PREFIXES, PRIVATE

SAFE = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Request-Id": "abcdefgh",
}


@dataclass
class Site:
    """A small https server that answers as a good deployment does, until something is changed."""

    folder: Path
    days: float = 60
    head: dict[str, str] = field(default_factory=lambda: dict(SAFE))
    robots: str = "User-agent: *\nDisallow: /api/\n"
    account: str = ""
    believes: bool = False
    """Whether the door takes X-Forwarded-Uri for the path that is asked for."""
    public: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def do_POST(self) -> None:
                site.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate = self.signed()
        context.load_cert_chain(self.certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def signed(self) -> Path:
        """A key and a certificate that it has signed itself, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Authority")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=self.days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = self.folder / "site.pem"
        plain = serialization.NoEncryption()
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
        return path

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        path, kind, status, body = asked.path, "text/html", 200, "<title>Fairseat</title></html>"
        if asked.command == "POST":
            asked.rfile.read(int(asked.headers.get("Content-Length", 0)))
        believed = asked.headers.get("X-Forwarded-Uri", path) if self.believes else path
        open_to_all = asked.command == "POST" and believed == WEBHOOK
        if self.account and "Authorization" not in asked.headers and not open_to_all:
            asked.send_response(302)
            asked.end_headers()
            return
        if asked.command == "POST":
            status = 400
        elif path == "/robots.txt":
            kind, body = "text/plain", self.robots
        elif path in PRIVATE and path not in self.public:
            status = 404
        elif any(path.startswith(prefix) for prefix in PREFIXES) and path not in self.silent:
            kind, body = "application/json", "{}"
        asked.send_response(status)
        for name, value in {**self.head, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            asked.send_header(name, value)
        asked.end_headers()
        asked.wfile.write(body.encode())

    def target(self, environment: str = "production") -> Target:
        name, _, password = self.account.partition(":")
        return Target(
            url=f"https://localhost:{self.server.server_port}",
            environment=environment,
            ca=str(self.certificate),
            basic=(name, password) if name else None,
        )

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.stop()


async def sees(site: Site, step: str, environment: str = "production") -> str:
    """What a step says; Failed goes through."""
    who = visitor(site.target(environment))
    try:
        return await dict(STEPS)[step](who)
    finally:
        await who.client.aclose()


async def test_a_good_deployment_passes(site: Site) -> None:
    assert await sees(site, "certificate") == "by Test Authority, 59 days left"
    assert await sees(site, "headers") == "open to search engines, HSTS 31536000"
    assert await sees(site, "services") == "7 services answer, 4 private paths do not"


async def test_a_certificate_that_ends_soon_is_seen(tmp_path: Path) -> None:
    site = Site(tmp_path, days=13.5)
    try:
        with pytest.raises(Failed, match="the certificate of Test Authority ends in 13 days"):
            await sees(site, "certificate")
    finally:
        site.stop()


async def test_a_certificate_that_nobody_trusts_is_seen(site: Site) -> None:
    who = visitor(Target(url=site.target().url, environment="production"))
    with pytest.raises(ssl.SSLCertVerificationError):
        await certificate(who)
    await who.client.aclose()


@pytest.mark.parametrize(
    ("environment", "change", "says"),
    [
        ("production", {"Strict-Transport-Security": "max-age=600"}, "without strict-transport-security of a year"),
        ("production", {"X-Robots-Tag": "noindex"}, "search engines are kept out"),
        ("production", {"X-Content-Type-Options": ""}, "x-content-type-options is ''"),
        ("staging", {}, "search engines are let in: noindex False"),
        (
            "staging",
            {"X-Robots-Tag": "noindex"},
            "search engines are let in: noindex True, robots.txt forbids all False",
        ),
    ],
)
async def test_headers_that_are_wrong_are_seen(site: Site, environment: str, change: dict[str, str], says: str) -> None:
    site.head |= change
    with pytest.raises(Failed, match=says):
        await sees(site, "headers", environment)


async def test_a_service_that_others_answer_for_and_a_public_metric_are_seen(site: Site) -> None:
    site.silent = {"/api/orders"}
    with pytest.raises(Failed, match="/api/orders is not answered by orders but with 200 text/html"):
        await sees(site, "services")
    site.silent, site.public = set(), {"/metrics"}
    with pytest.raises(Failed, match="/metrics is public: 200"):
        await sees(site, "services")


async def test_staging_that_lets_strangers_in_is_seen(site: Site) -> None:
    site.account = "smoke:secret"
    assert await sees(site, "team only") == "strangers get 302; events of the payment provider get through"
    target = site.target()
    site.account = ""  # the door is open
    who = visitor(target)
    with pytest.raises(Failed, match=r"strangers can read /, /api/shows, /robots\.txt"):
        await closed(who)
    await who.client.aclose()
    site.account, site.believes = "smoke:secret", True
    with pytest.raises(Failed, match="strangers get in by saying X-Forwarded-Uri"):
        await sees(site, "team only")


async def test_a_seat_is_found_as_long_as_there_is_one() -> None:
    """Each run takes a seat for good, and a staging without shows has none: it says so instead of passing."""
    free: set[str] = {"7"}
    shows = [{"title": f"Show {n}", "id": n, "currency": "EUR", "venue": {"id": n}} for n in range(2)]

    def answer(asked: httpx.Request) -> httpx.Response:
        if asked.url.path == "/api/shows":
            return httpx.Response(200, json={"items": shows})
        if asked.url.path.startswith("/api/venues/"):
            rows = [{"name": row, "seats": [str(seat) for seat in range(8)]} for row in "AB"]
            return httpx.Response(200, json={"chart": {"sections": [{"name": "Stalls", "rows": rows}]}})
        told = json.loads(asked.content)
        if (told["show_id"], told["row"]) == (1, "A") and set(told["seats"]) <= free:
            free.difference_update(told["seats"])
            return httpx.Response(201, json={"id": "sold"})
        return httpx.Response(409, json={"type": "seat-already-listed"})

    async with httpx.AsyncClient(base_url="http://fairseat", transport=httpx.MockTransport(answer)) as client:
        assert await _listed(Trader(client)) == {"id": "sold"}
        with pytest.raises(Failed, match="no seat is left to sell; the last of 'Show 1' was refused: seat-already"):
            await _listed(Trader(client))
        shows.clear()
        with pytest.raises(Failed, match="no show has numbered seats"):
            await _listed(Trader(client))


def test_the_table_says_what_was_wrong_and_the_whole_fails() -> None:
    found = [Seen("pages", "ok", "5 pages", 0.1), Seen("headers", "failed", "[no] header", 0.2)]
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115 - only its record is read
    print_table(Target(url="https://fairseat.example", environment="production"), found, console)
    text = console.export_text()
    assert "[no] header" in text
    assert "https://fairseat.example (production)" in text
    assert not passed(found)
    assert passed(found[:1])
    assert passed([Seen("buy", "skipped", "", 0)])
