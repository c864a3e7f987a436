"""A mail that was accepted is on disk, in the JSON and on the page, and can do nothing there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest_asyncio

from fairseat_common.testing.server_process import free_port
from fairseat_local.processes import PythonProcess
from fairseat_local.supervisor import Supervisor


@dataclass
class Catcher:
    """The real process, and a client of its HTTP side."""

    process: PythonProcess
    smtp_port: int
    client: httpx.AsyncClient

    async def send(self, message: EmailMessage) -> None:
        await aiosmtplib.send(message, hostname="127.0.0.1", port=self.smtp_port)


@pytest_asyncio.fixture(loop_scope="session")
async def catcher(tmp_path: Path) -> AsyncIterator[Catcher]:
    port, smtp_port = free_port(), free_port()
    arguments = ["--port", port, "--smtp-port", smtp_port, "--directory", tmp_path / "mail"]
    process = PythonProcess("mail", port, "fairseat_local.mail", arguments, log=tmp_path / "mail.log")
    supervisor = Supervisor(lambda: None, print)
    await supervisor.start([process])
    async with httpx.AsyncClient(base_url=process.url) as client:
        yield Catcher(process, smtp_port, client)
    await supervisor.stop()


def mail(to: str = "fan@fairseat.example", subject: str = "Your tickets for Ünder") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Fairseat <tickets@fairseat.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = "<order-1@fairseat.example>"
    message.set_content("Row B, seats 12 and 13 – enjoy.")
    message.add_alternative('<head></head><p>Row <b>B</b> <img src="cid:code"></p>', subtype="html")
    html = message.get_payload()[1]  # type: ignore[index]
    html.add_related(b"\x89PNG", "image", "png", cid="<code>")  # type: ignore[union-attr]
    return message


async def test_mail_comes_out_as_it_went_in(catcher: Catcher) -> None:
    await catcher.send(mail())
    [caught] = (await catcher.client.get("/dev/mail.json")).json()
    assert caught["to"] == "fan@fairseat.example"
    assert caught["subject"] == "Your tickets for Ünder"
    assert caught["message_id"] == "<order-1@fairseat.example>"
    assert caught["text"].strip() == "Row B, seats 12 and 13 – enjoy."
    assert "<b>B</b>" in caught["html"]
    assert caught["at"].endswith("Z")


async def test_newest_comes_first_and_a_reader_can_ask_for_one_address(catcher: Catcher) -> None:
    await catcher.send(mail(subject="first"))
    await catcher.send(mail(to="seller@fairseat.example", subject="second"))
    everything = (await catcher.client.get("/dev/mail.json")).json()
    assert [caught["subject"] for caught in everything] == ["second", "first"]
    mine = (await catcher.client.get("/dev/mail.json", params={"to": "Seller@fairseat.example"})).json()
    assert [caught["subject"] for caught in mine] == ["second"]
    assert (await catcher.client.delete("/dev/mail.json")).status_code == 204
    assert (await catcher.client.get("/dev/mail.json")).json() == []


async def test_mail_survives_the_process(catcher: Catcher) -> None:
    await catcher.send(mail())
    catcher.process.kill()
    catcher.process.start()
    assert len((await catcher.client.get("/dev/mail.json")).json()) == 1


async def test_pages_show_the_mail_and_let_it_do_nothing(catcher: Catcher) -> None:
    await catcher.send(mail(subject="<script>alert(1)</script>"))
    [caught] = (await catcher.client.get("/dev/mail.json")).json()
    listing = await catcher.client.get("/dev/mail")
    assert "<script>" not in listing.text
    assert f"/dev/mail/{caught['id']}" in listing.text
    single = await catcher.client.get(f"/dev/mail/{caught['id']}")
    assert "Row B, seats 12 and 13" in single.text
    html = await catcher.client.get(f"/dev/mail/{caught['id']}/html")
    assert "sandbox" in html.headers["content-security-policy"]
    picture = await catcher.client.get(f"/dev/mail/{caught['id']}/parts/0")
    assert f"/dev/mail/{caught['id']}/parts/0" in html.text
    assert picture.content == b"\x89PNG"
    text = await catcher.client.get(f"/dev/mail/{caught['id']}/text")
    assert text.headers["content-type"].startswith("text/plain")


async def test_unknown_addresses_and_methods_are_problems(catcher: Catcher) -> None:
    for path in ("/dev/mail/1-a", "/dev/mail/../secrets.json", "/dev/mail/1-a/parts/9", "/elsewhere"):
        answer = await catcher.client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
    answer = await catcher.client.post("/dev/mail.json")
    assert (answer.status_code, answer.json()["type"]) == (405, "method-not-allowed")
