"""A check that cannot fail is none: a payer that sends blindly again is caught by killing it at every moment."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from fairseat_common.testing.running import TLS
from fairseat_common.testing.server_process import free_port
from fairseat_local.faults import Explorer, HttpLine
from fairseat_local.provider.process import ProviderProcess

# Pays what is due and notes it, until nothing is due; the note is a file.
PAYER = """
import pathlib, sys, urllib.parse, urllib.request

url, note, order, keyed = sys.argv[1:]
asked = {
    "amount": 4950, "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true",
    "allowed_payment_method_types[]": "card", "metadata[order_id]": order,
}
headers = {"Authorization": "Bearer sk_test_planted"} | ({"Idempotency-Key": order} if keyed == "yes" else {})
if not pathlib.Path(note).exists():
    body = urllib.parse.urlencode(asked).encode()
    urllib.request.urlopen(urllib.request.Request(f"{url}/v1/payment_intents", body, headers)).read()
    pathlib.Path(note).write_text("paid")
"""


class Payer:
    """A process that is started again when it was killed."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None

    def kill(self) -> None:
        assert self.process
        self.process.kill()

    async def pay(self, *arguments: str) -> None:
        code: int | None = None
        while code != 0:
            self.process = await asyncio.create_subprocess_exec(sys.executable, "-c", PAYER, *arguments)
            code = await self.process.wait()
            assert code in (0, -9)


@pytest.mark.parametrize(("keyed", "charges_most"), [("yes", 1), ("no", 2)])
async def test_only_a_payer_with_keys_charges_once(tmp_path: Path, keyed: str, charges_most: int) -> None:
    provider = ProviderProcess(tmp_path / "provider.sqlite")
    await provider.start()
    payer = Payer()
    explorer = Explorer(payer.kill)
    line = HttpLine(free_port(), lambda: provider.port, explorer)
    await line.open()
    try:
        life = explorer.begin()
        while life.killed_at or not life.lived:
            order = f"order-{len(explorer.past)}"
            life.names.add(order.encode())
            await payer.pay(f"http://127.0.0.1:{line.port}", str(tmp_path / order), order, keyed)
            if life.killed_at:
                life = explorer.begin()
        async with httpx.AsyncClient(verify=TLS) as client:
            journal = (await client.get(f"{provider.url}/control/journal?kind=captured")).json()
    finally:
        await line.close()
        await provider.stop()
    assert [str(kill) for kill in explorer.kills] == [
        "before POST /v1/payment_intents (1)",
        "after POST /v1/payment_intents (1)",
    ]
    charges = Counter(effect["metadata"]["order_id"] for effect in journal)
    assert (len(charges), max(charges.values())) == (3, charges_most)
