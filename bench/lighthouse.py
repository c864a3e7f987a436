"""Lighthouse over the pages that people see first: accessibility, best practices and SEO, each at least 95 of 100.

`python -m bench.lighthouse PROGRAM` with the lighthouse program of npm; `make lighthouse` installs it. A marketplace of
its own is started, and a person who has signed up looks at the pages. Its performance scores are no gate: they tell
more about the machine than about the pages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from fairseat_common.testing.browser import BROWSERS, FLAGS, program
from fairseat_common.testing.trading import Trader
from fairseat_local.testing import WholeSystem

SCORE_MIN = 95
CATEGORIES = ("accessibility", "best-practices", "seo")
ONE_PAGE_MAX_S = 180
SETTINGS = {"DEMO_SHOWS": "60", "ACCESS_TOKEN_SECONDS": "3600"}
# Pages about one person's money ask search engines to stay away, which is right, and not what SEO means here.
FOR_NOBODY_ELSE = "is-crawlable"


@dataclass(frozen=True)
class Page:
    """A page, what it is called in the table, and whether it is one person's own."""

    name: str
    path: str
    own: bool = False


async def pages_of(system: WholeSystem) -> tuple[list[Page], str]:
    """The pages, one of them with seats held, and the cookies of the person who holds them."""
    async with system.client() as client:
        person = Trader(client)
        await person.sign_up()
        shows = (await client.get("/api/shows", params={"limit": 50})).json()["items"]
        show = next(show for show in shows if show["listings_count"])
        listings = (await client.get("/api/listings", params={"show_id": show["id"], "quantity": 2})).json()["items"]
        order = await person.held(listings[0], 2)
        path = f"/shows/{show['id']}"
        pages = [
            Page("home", "/"),
            Page("search", "/shows"),
            Page("show", path),
            Page("checkout", f"/checkout/{order['id']}", own=True),
            Page("sell", f"{path}/sell", own=True),
        ]
        return pages, "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def look_at(lighthouse: str, url: str, cookies: str, own: bool) -> dict[str, Any]:
    """Lighthouse's report on a page as a phone sees it."""
    command = [
        lighthouse,
        url,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
        f"--extra-headers={json.dumps({'Cookie': cookies})}",
        *([f"--skip-audits={FOR_NOBODY_ELSE}"] if own else []),
    ]
    environ = {**os.environ, "CHROME_PATH": str(program(BROWSERS) or program() or "")}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=ONE_PAGE_MAX_S, check=False)
    if done.returncode:
        raise RuntimeError(f"lighthouse failed for {url}:\n{done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    if report["finalDisplayedUrl"] != url:
        raise RuntimeError(f"{url} led to {report['finalDisplayedUrl']}")
    return report


def faults_of(report: dict[str, Any]) -> list[str]:
    """What costs points, with the first place where."""
    names = {
        audit["id"] for category in report["categories"].values() for audit in category["auditRefs"] if audit["weight"]
    }
    found = []
    for name in sorted(names & report["audits"].keys()):
        audit = report["audits"][name]
        if audit["score"] is not None and audit["score"] < 1:
            items = audit.get("details", {}).get("items", [])
            where = json.dumps(items[0])[:300] if items else ""
            found.append(f"{name}: {audit['title']} {where}")
    return found


def main() -> None:
    """Print the scores; exit with 1 if one is too low."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="node_modules/.bin/lighthouse")
    lighthouse = parser.parse_args().program
    console = Console(width=120, soft_wrap=True)
    table = Table("page", *CATEGORIES, title="Lighthouse, as seen on a phone")
    lowest = 100
    with tempfile.TemporaryDirectory() as folder:
        system = WholeSystem(Path(folder) / "data", settings=SETTINGS)
        system.start()
        try:
            pages, cookies = asyncio.run(pages_of(system))
            for page in pages:
                report = look_at(lighthouse, f"{system.url}{page.path}", cookies, page.own)
                scores = [round(100 * report["categories"][name]["score"]) for name in CATEGORIES]
                table.add_row(page.name, *map(str, scores))
                lowest = min(lowest, *scores)
                for fault in faults_of(report):
                    console.print(f"{page.name}: {fault}", markup=False)
        finally:
            system.stop()
    console.print(table)
    sys.exit(f"a score is below {SCORE_MIN}" if lowest < SCORE_MIN else 0)


if __name__ == "__main__":
    main()
