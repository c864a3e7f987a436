"""`fairseat settings`: docs/settings.md says of every setting what the code asks for, and what a person has to know."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fairseat_common.environment import Asked, Reader, SettingsError
from fairseat_common.migrating import MigratingSettings
from fairseat_common.reloading import SETTING as RELOAD
from fairseat_common.serving import ServerSettings
from fairseat_local.operations.settings_meanings import MEANINGS
from fairseat_local.routes import SERVICES

ROOT = Path(__file__).parents[3]
"""The working tree: the page is checked and written where the project is developed."""
PAGE = Path("docs/settings.md")
MIGRATING = "migrating"
MOST = len(SERVICES) - 1
UNITS = {
    "SECONDS": "s",
    "DAYS": "days",
    "BYTES": "bytes",
    "PERCENT": "%",
    "PORT": "TCP port",
    "RATE": "requests a minute",
}
"""By the last word of a name, or its first."""
INTRODUCTION = """\
# Settings

Everything is set by the environment, read once at start, and named here: `fairseat settings write` writes this page
from the code, and `make check` compares. A service that lacks something, or whose settings contradict each other, does
not start: it ends with code 2 and one line on standard error that names everything that is wrong.

*Needed* settings have no default where `ENVIRONMENT` is `dev`, `staging` or `production`; on one machine (`local`) each
has one. Lists are separated by commas. A 🔑 is a secret, which belongs into a secret and never into a config map;
where it is a list, the first seals or signs, and all are accepted, so that they can be changed without a stop.

## What is refused

- `PUBLIC_URL` with a path, or without `https` in `staging` and `production`. It alone decides about cookies and HSTS.
- Live keys of the payment provider anywhere but in `production` behind `https`; test keys in `production`; a secret key
  where the publishable one belongs.
- In `production`: `STRIPE_API_URL`, `STRIPE_JS_URL`, `SENDGRID_URL` or `MAILCHIMP_URL` of a stand-in; `TEST_CARDS`.
- `MIGRATION_DATABASE_URL` in a service in `staging` and `production`: only `fairseat_common.migrating` is the owner.
- Secrets of our own with fewer than 32 characters outside of `local`; folders with keys that cannot be read, or whose
  keys can be read by everybody.
- `NATS_REPLICAS` that is even; `NATS_USER` without `NATS_PASSWORD`; `PRIVATE_PORT` that is `PORT`; `RELOAD` in
  `staging` and `production`.
"""
LOCAL = """
What `fairseat up` itself reads (`PORT`, `DATA_DIR`, `PROCESSES`, `DEMO_SHOWS`, ...) is in
[local/README.md](../local/README.md); it gives each service the settings that it needs.
"""


@dataclass(frozen=True)
class Row:
    """One setting: what the code asks for, on one machine and elsewhere, and who asks."""

    name: str
    local: Asked
    elsewhere: Asked
    services: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Whether somebody has to set it outside of one machine."""
        return self.elsewhere.default is None

    @property
    def is_secret(self) -> bool:
        """Whether nobody may see it."""
        return self.local.kind in ("secret", "secrets")


def rows() -> list[Row]:
    """Every setting that a service reads, by name."""
    return _rows(SERVICES)


def _rows(programs: Iterable[str]) -> list[Row]:
    local = {program: _asked(program, "local") for program in programs}
    elsewhere = {program: _asked(program, "production") for program in programs}
    return [
        Row(name, first[name], elsewhere[program][name], tuple(each for each in local if name in local[each]))
        for name, (program, first) in sorted(
            {name: (program, asked) for program, asked in reversed(local.items()) for name in asked}.items()
        )
    ]


def _asked(program: str, environment: str) -> Mapping[str, Asked]:
    """What a service asks for, or migrating, where nothing else is set."""
    reader = Reader({"ENVIRONMENT": environment})
    with suppress(SettingsError):
        if program == MIGRATING:
            MigratingSettings.read(SERVICES[0], reader)
        else:
            importlib.import_module(f"{program}.main").settings_of(reader)
    if program == MIGRATING:
        return {name: asked for name, asked in reader.asked.items() if name != "ENVIRONMENT"}
    with suppress(SettingsError):
        ServerSettings.read(reader)
    return {**reader.asked, RELOAD: Asked("text", "")}


def page() -> str:
    """The whole page."""
    found = rows()
    common = [row for row in found if len(row.services) >= MOST]
    rest = [row for row in found if row not in common]
    parts = [INTRODUCTION, "## Of every service", "", _table(common), "", "## Of some services", "", _table(rest), ""]
    parts += ["## Of `python -m fairseat_common.migrating`", "", _table(_rows([MIGRATING])), LOCAL]
    return "\n".join(parts)


def _table(found: Iterable[Row]) -> str:
    lines = ["| setting | default | unit or values | meaning | read by |", "|---|---|---|---|---|"]
    for row in found:
        name = f"`{row.name}`{' 🔑' if row.is_secret else ''}"
        cells = (name, _default(row), _unit(row), MEANINGS.get(row.name, ""), _who(row.services))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _default(row: Row) -> str:
    here = _value(row.local)
    if row.is_needed:
        return "**needed**" if here == "none" else f"**needed**; locally {here}"
    there = _value(row.elsewhere)
    return here if here == there else f"{there}; locally {here}"


def _value(asked: Asked) -> str:
    if not asked.default:
        return "none"
    return "a known one" if asked.kind == "secrets" else f"`{asked.default}`".replace(",", ", ")


def _unit(row: Row) -> str:
    words = row.name.split("_")
    unit = UNITS.get(words[-1]) or UNITS.get(words[0], "")
    limits = row.local.limits
    if row.local.kind == "number":
        return f"{unit}, {limits}" if unit else limits
    plain = {"list": "list", "secrets": "list", "address": "http(s) address", "folder": "folder"}
    return limits or plain.get(row.local.kind, "")


def _who(services: tuple[str, ...]) -> str:
    if len(services) == len(SERVICES):
        return "all"
    if len(services) == MOST:
        return f"all but {next(service for service in SERVICES if service not in services)}"
    return ", ".join(services)


def settings_check(root: Path = ROOT) -> list[str]:
    """What is wrong with the page, one sentence each; none when all is well."""
    names = {row.name for row in [*rows(), *_rows([MIGRATING])]}
    problems = [f"{name} has no meaning in settings_meanings.py." for name in sorted(names - MEANINGS.keys())]
    problems += [f"{name} has a meaning, and nobody reads it." for name in sorted(MEANINGS.keys() - names)]
    path = root / PAGE
    if not path.exists() or path.read_text() != page():
        problems.append(f"{PAGE} is out of date: `fairseat settings write` makes it anew.")
    return problems


def settings_write(root: Path = ROOT) -> list[str]:
    """Write the page; answers what was written."""
    path, text = root / PAGE, page()
    if path.exists() and path.read_text() == text:
        return []
    path.write_text(text)
    return [str(PAGE)]
