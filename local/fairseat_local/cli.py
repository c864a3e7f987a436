"""The `fairseat` command. Each command imports what it needs when it runs, so that none pays for the others."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from cyclopts import App, Parameter
from cyclopts.validators import Number

from fairseat_local import cli_api, cli_backup
from fairseat_local.cli_backup import DATA_DIR, Anew, DataDir
from fairseat_local.plan import PORT_DEFAULT

if TYPE_CHECKING:
    from fairseat_local.operations.dead_letters import DeadLetter

Consumer = Annotated[str, Parameter(help="Only this durable consumer's.")]
EventId = Annotated[UUID | None, Parameter(help="Only this event.")]
Port = Annotated[int, Parameter(env_var="PORT", validator=Number(gte=1, lte=65_535))]
# By name, since importing them all would cost each command the imports of the others.
SAID_IN_ONE_LINE = frozenset({
    "AlreadyRunningError", "BackupError", "BrokerUnavailable", "CheckError", "ConnectionRefusedError", "DemoRefused",
    "NotRunningError", "PortTakenError", "RebuildError", "ServerFailedError", "SettingsError",
})  # fmt: skip
SETTINGS = ("PORT", "DATA_DIR", "PROCESSES")

app = App(name="fairseat", help="Fairseat on one machine: start it, look into it, repair it.", version_flags=[])
letters = App(name="dead-letters", help="Events that a consumer could not digest.")
contracts = App(name="contracts", help="The frozen shapes of events.")
app.command(letters)
languages = App(name="languages", help="The catalogues of translations.")
settings = App(name="settings", help="The page about all settings.")
app.command(contracts)
app.command(settings)
app.command(cli_api.client)
app.command(cli_api.fuzz)
app.command(cli_backup.backup)
app.command(cli_backup.restore)
app.command(languages)


@app.command
def up(
    *,
    port: Port = PORT_DEFAULT,
    data_dir: DataDir = DATA_DIR,
    processes: Annotated[
        bool, Parameter(env_var="PROCESSES", help="Run each service in a process of its own, behind a gateway.")
    ] = False,
    with_parent: Annotated[bool, Parameter(help="Stop when the process that started this one ends.")] = False,
) -> None:
    """Start everything, and stay until Ctrl-C.

    DATABASE_URL and NATS_URL name servers to use in place of private ones; PUBLIC_URL is what browsers see.
    """
    from fairseat_local.plan import Plan
    from fairseat_local.progress import Progress
    from fairseat_local.system import System

    plan = Plan.make(os.environ, port, data_dir, processes)
    asyncio.run(System(plan, Progress(), with_parent).run())


@app.command
def serve(service: str, *, port: Port = PORT_DEFAULT) -> None:
    """Run one service, with its settings from the environment."""
    from fairseat_local.routes import SERVICES
    from fairseat_local.serve import serve as serve_service

    if service not in SERVICES:
        raise SystemExit(f"There is no service {service!r}; there are {', '.join(SERVICES)}.")
    serve_service(service, port)


@app.command
def demo(
    *,
    data_dir: DataDir = DATA_DIR,
    cluster: Annotated[
        bool, Parameter(negative=(), help="Into the services that AUTH_URL and so on name, from inside a cluster.")
    ] = False,
) -> None:
    """Load the demo catalogue into the running system."""
    from fairseat_local.demo import load
    from fairseat_local.plan import Running

    if cluster:
        from fairseat_local.demo.cluster import load_into_cluster

        asyncio.run(load_into_cluster(os.environ, _say))
    else:
        asyncio.run(load(Running.read(data_dir).base_url, _say))


@app.command(name="import")
def import_shows(
    file: Annotated[Path, Parameter(help="Discovery JSON, JSON-LD (an HTML page or JSON), or iCalendar.")],
    *files: Annotated[Path, Parameter(help="More files.")],
    format: Annotated[Literal["auto", "discovery", "jsonld", "ics"], Parameter(help="What the files are.")] = "auto",  # noqa: A002 (the name of the option)
    source: Annotated[
        str | None, Parameter(help="Under which name the ids of the files are kept: the same one each time.")
    ] = None,
    url: Annotated[str, Parameter(env_var="FAIRSEAT_URL", help="The marketplace.")] = "http://localhost:8000",
    email: Annotated[str | None, Parameter(env_var="FAIRSEAT_EMAIL", help="An organiser's or operator's.")] = None,
    timezone: Annotated[
        str | None, Parameter(help="For new venues in countries with several time zones whose zone no file tells.")
    ] = None,
    dry_run: Annotated[bool, Parameter(negative=(), help="Say what would happen, and write nothing.")] = False,
    report: Annotated[Path | None, Parameter(help="Write what became of each record into this CSV file.")] = None,
) -> None:
    """Import shows from files, as often as you like: what has not changed is left alone.

    The password is asked for, or taken from FAIRSEAT_PASSWORD. Exit status: 0 all good, 1 some records were bad,
    2 nothing could be read or the marketplace said no. docs/guides/import.md says what is taken over.
    """
    from fairseat_local.importing import ImportOptions, ImportStopped, import_files

    options = ImportOptions(
        files=(file, *files),
        url=url,
        credentials=lambda: _credentials(email),
        format=None if format == "auto" else format,
        source=source,
        timezone=timezone,
        dry_run=dry_run,
        report=report,
    )
    try:
        sys.exit(asyncio.run(import_files(options)))
    except ImportStopped as stopped:
        sys.stderr.write(f"{stopped}\n")
        sys.exit(2)


def _credentials(email: str | None) -> tuple[str, str]:
    """E-mail and password: from the environment, or from whoever sits at the terminal."""
    from getpass import getpass

    from fairseat_local.importing import ImportStopped

    password = os.environ.get("FAIRSEAT_PASSWORD")
    if (email is None or password is None) and not sys.stdin.isatty():
        raise ImportStopped("Say who imports: set FAIRSEAT_EMAIL and FAIRSEAT_PASSWORD.")
    email = email or input("E-mail address: ")
    return email, password or getpass("Password: ")


@app.command
def check(
    *, data_dir: DataDir = DATA_DIR, json: Annotated[bool, Parameter(help="Print JSON in place of a table.")] = False
) -> None:
    """Check the invariants over the databases of the running system; exit 1 if one is broken."""
    from fairseat_local.check import as_json, print_table
    from fairseat_local.check import check as check_system
    from fairseat_local.operations.reach import system

    findings = asyncio.run(check_system(system(data_dir)))
    if json:
        _say(as_json(findings))
    else:
        print_table(findings)
    sys.exit(any(finding.breaks for finding in findings))


@app.command
def rebuild(
    *,
    data_dir: DataDir = DATA_DIR,
    anew: Anew = False,
) -> None:
    """Fill the broker's streams again from the services' outboxes; safe at any time."""
    from fairseat_local.operations.reach import reach
    from fairseat_local.operations.rebuild import rebuild as rebuild_streams

    there = reach(data_dir)
    for service, count in asyncio.run(rebuild_streams(there.databases, there.broker, anew=anew)).items():
        _say(f"{service:<14} {count:>8} events")


@letters.command(name="list")
def dead_letters_list(*, consumer: Consumer = "", event_id: EventId = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the events that consumers could not digest, and why."""
    from fairseat_local.operations.dead_letters import dead_letters
    from fairseat_local.operations.reach import reach

    found = asyncio.run(dead_letters(reach(data_dir).databases, consumer, event_id))
    _print_letters(found, "parked")


@letters.command(name="replay")
def dead_letters_replay(*, consumer: Consumer = "", event_id: EventId = None, data_dir: DataDir = DATA_DIR) -> None:
    """Give parked events to their consumers again: all, or those of one consumer, or one event."""
    from fairseat_local.operations.dead_letters import dead_letters_replay as replay
    from fairseat_local.operations.reach import reach

    there = reach(data_dir)
    _print_letters(asyncio.run(replay(there.databases, there.broker, consumer, event_id)), "replayed")


def _print_letters(found: Sequence[DeadLetter], what: str) -> None:
    for letter in found:
        _say(f"{letter.parked_at:%Y-%m-%d %H:%M:%S}  {letter.event_id}  {letter.subject}  {letter.consumer}")
        _say(f"  after {letter.attempts} attempts: {letter.error}")
    _say(f"{len(found)} events {what}")


@contracts.command(name="check")
def contracts_check() -> None:
    """Compare the events with their frozen golden files and their pages; exit 1 if they differ."""
    from fairseat_local.operations.contracts import contracts_check as differences

    problems = differences()
    for problem in problems:
        _say(problem)
    if problems:
        sys.exit(1)
    _say("contracts: unchanged")


@contracts.command(name="write")
def contracts_write() -> None:
    """Write golden files for new events, and the pages about events; what is frozen stays."""
    from fairseat_local.operations.contracts import contracts_write as write

    for name in write():
        _say(f"wrote {name}")


@settings.command(name="check")
def settings_check() -> None:
    """Compare docs/settings.md with what the code reads; exit 1 if it is out of date."""
    from fairseat_local.operations.settings import settings_check as differences

    problems = differences()
    for problem in problems:
        _say(problem)
    if problems:
        sys.exit(1)
    _say("settings: up to date")


@settings.command(name="write")
def settings_write() -> None:
    """Write docs/settings.md from what the code reads."""
    from fairseat_local.operations.settings import settings_write as write

    for name in write():
        _say(f"wrote {name}")


@languages.command(name="extract")
def languages_extract() -> None:
    """Bring the catalogues up to date with the texts in the code, and say how many still lack a translation."""
    from fairseat_local.catalogues import extract

    for name, count in extract().items():
        _say(f"{name}: {count} texts to translate")


@languages.command(name="check")
def languages_check() -> None:
    """Look for texts that are not translated, or not marked for it; exit 1 if there are any."""
    from fairseat_local.catalogues import check as faults_of_catalogues
    from fairseat_local.unmarked import unmarked

    faults = [*faults_of_catalogues(), *unmarked()]
    for fault in faults:
        _say(fault)
    if faults:
        sys.exit(1)
    _say("languages: complete")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Run the command; what people can mend is said in one line."""
    for name in SETTINGS:
        if os.environ.get(name) == "":  # `make up PORT=` means the default
            del os.environ[name]
    try:
        app()
    except Exception as problem:
        if type(problem).__name__ not in SAID_IN_ONE_LINE:
            raise
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
