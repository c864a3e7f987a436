"""`fairseat-deploy monitoring write|check`: the files of Prometheus and Grafana that are written by code."""

from __future__ import annotations

import json
from pathlib import Path

from cyclopts import App

from fairseat_deploy.monitoring import rules
from fairseat_deploy.monitoring.dashboards import DASHBOARDS
from fairseat_deploy.tree import DEPLOY

app = App(name="monitoring", help="Alerts and dashboards.")
FOLDER = DEPLOY / "monitoring"


def files() -> dict[Path, str]:
    """What should be there: the contents by path."""
    wanted = {FOLDER / "rules.yaml": rules.written()}
    for dashboard in DASHBOARDS:
        path = FOLDER / "dashboards" / f"{dashboard.uid.removeprefix('fairseat-')}.json"
        wanted[path] = json.dumps(dashboard.document(), indent=1, ensure_ascii=False) + "\n"
    return wanted


def stale() -> list[Path]:
    """Files that are not what they should be, or should not be there."""
    wanted = files()
    found = {*FOLDER.joinpath("dashboards").glob("*.json"), FOLDER / "rules.yaml"}
    changed = [path for path, text in wanted.items() if not path.is_file() or path.read_text() != text]
    return sorted({*changed, *(found - wanted.keys())})


@app.command
def write() -> None:
    """Write the rules and the dashboards anew."""
    for path in stale():
        path.unlink(missing_ok=True)
    for path, text in files().items():
        path.write_text(text)


@app.command
def check() -> None:
    """Say which of them are not what the code says."""
    if found := stale():
        names = ", ".join(str(path.relative_to(DEPLOY)) for path in found)
        raise SystemExit(f"Not as the code has them: {names}. Run `fairseat-deploy monitoring write`.")
