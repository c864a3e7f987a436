"""The catcher shows every letter that can be written, whatever people and shows are called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from fairseat_common.testing.running import TLS
from fairseat_common.testing.serving import Serving
from fairseat_local.mail.app import MailApp
from fairseat_local.mail.letters import SCRIPTS
from fairseat_local.mail.samples import Samples
from fairseat_local.mail.store import MailStore
from notifications.actions_letters import WRITERS


@pytest_asyncio.fixture(loop_scope="session")
async def catcher(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    serving = Serving(MailApp(MailStore(tmp_path / "mail")))
    await serving.start()
    async with httpx.AsyncClient(base_url=serving.url, verify=TLS, timeout=60) as client:
        yield client
    await serving.stop()


async def test_every_letter_is_shown_in_every_script(catcher: httpx.AsyncClient) -> None:
    samples = await Samples().all()
    assert {(sample.kind, sample.script) for sample in samples} == {(kind, s) for kind in WRITERS for s in SCRIPTS}
    for sample in samples:
        assert max(len(line) for line in sample.text.splitlines()) < 600, sample.subject
        assert len(sample.subject) <= 150
        assert "None" not in sample.text
        assert sample.html.count("<h1") == 1
    page = await catcher.get("/dev/mail/templates")
    assert page.status_code == 200
    for kind in WRITERS:
        assert f"<code>{kind}</code>" in page.text
    german = await catcher.get("/dev/mail/templates?language=de")
    assert '<a href="/dev/mail/templates?language=de" lang="de" aria-current="true">Deutsch</a>' in german.text
    assert "Guten Tag Bea," in german.text
    assert "Hello" not in german.text
    alone = await catcher.get("/dev/mail/templates/0")
    assert "sandbox" in alone.headers["content-security-policy"]
    assert (await catcher.get(f"/dev/mail/templates/{len(samples)}")).status_code == 404
