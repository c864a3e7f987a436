"""An organiser imports a file of shows; fans find them, and tickets can be listed for them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from fairseat_common.ids import new_id
from fairseat_common.testing.trading import PRICE, Trader
from fairseat_common.testing.waiting import eventually
from fairseat_local.demo.loader import PASSWORD
from fairseat_local.importing import ImportOptions, import_files
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)

ORGANISER = "organiser@fairseat.example"


def event(name: str, title: str, **changes: Any) -> dict[str, Any]:
    """An event as Discovery describes it, in a hall that nobody has heard of."""
    hall = {"name": f"Hall {name}", "id": f"V-{name}", "city": {"name": "Leipzig"}, "country": {"countryCode": "DE"}}
    start = {"localDate": f"{datetime.now(UTC).year + 1}-07-01", "localTime": "20:00:00"}
    return {
        "id": f"E-{name}",
        "name": title,
        "dates": {"start": start, "timezone": "Europe/Berlin", "status": {"code": "onsale"}},
        "_embedded": {"venues": [hall], "attractions": [{"name": f"Quartet {name}"}]},
    } | changes


async def test_imported_shows_are_found_and_traded(one_process: WholeSystem, tmp_path: Path) -> None:
    name = new_id().hex[-10:]
    file = tmp_path / "shows.json"
    options = ImportOptions(files=[file], url=one_process.url, credentials=lambda: (ORGANISER, PASSWORD))

    async def run(*events: dict[str, Any]) -> tuple[int, str]:
        file.write_text(json.dumps(events, indent=1))
        said = io.StringIO()
        return await import_files(options, Console(file=said, width=200)), said.getvalue()

    async def found(client: httpx.AsyncClient, words: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await client.get("/api/shows", params={"q": words})).json()["items"]
        return [show for show in items if show["venue"]["name"] == f"Hall {name}"]

    good, bad = event(name, f"Nocturne {name}"), event(f"{name}-2", " ")
    code, said = await run(good, bad)
    assert code == 1
    assert "shows.json:" in said
    assert "the title is empty" in said

    async with one_process.client() as client:
        (show,) = await found(client, f"quartet {name}")
        assert (show["title"], show["status"], show["version"]) == (f"Nocturne {name}", "scheduled", 1)
        seller = Trader(client)
        await seller.sign_up("Selma Seller")

        async def listed() -> dict[str, Any] | None:
            body = {
                "show_id": show["id"],
                "section": "General admission",
                "quantity": 2,
                "unit_price": {"amount": PRICE, "currency": "EUR"},
                "split": "any",
            }
            answer = await client.post("/api/listings", json=body)
            assert answer.status_code in (201, 404, 422), answer.text
            return answer.json() if answer.status_code == 201 else None

        listing = await eventually(listed)
        assert listing["available"] == 2

        assert (await run(good, bad))[0] == 1
        (again,) = await found(client, f"nocturne {name}")
        assert (again["id"], again["version"]) == (show["id"], 1)

        assert (await run(good | {"name": f"Aubade {name}"}))[0] == 0
        (changed,) = await found(client, f"aubade {name}")
        assert (changed["id"], changed["version"]) == (show["id"], 2)
