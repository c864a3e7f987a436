"""`fairseat backup` and `fairseat restore`, and what `fairseat rebuild` is told after that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fairseat_local.plan import DATA_DIR_DEFAULT

DataDir = Annotated[Path, Parameter(env_var="DATA_DIR", help="Where the run keeps its data.")]
Anew = Annotated[
    bool, Parameter(negative=(), help="Delete the streams before: when databases were restored to an earlier moment.")
]
DATA_DIR = Path(DATA_DIR_DEFAULT)


def backup(folder: Path, *, data_dir: DataDir = DATA_DIR) -> None:
    """Copy all databases of the running system at one moment, with its keys, into a new folder."""
    from fairseat_local.operations.backup import backup as back_up

    figures = back_up(data_dir, folder)
    sys.stdout.write(f"{folder}: {figures.bytes / 1e6:.0f} MB in {figures.seconds} s, as of {figures.made_at}\n")


def restore(
    folder: Path,
    *,
    data_dir: DataDir = DATA_DIR,
    replace: Annotated[bool, Parameter(negative=(), help="The databases that are there may go.")] = False,
) -> None:
    """Put a backup in the place of the stopped system's data. Then start it, and run `fairseat rebuild`."""
    from fairseat_local.operations.backup import restore as put_back

    figures = put_back(folder, data_dir, replace)
    sys.stdout.write(f"restored as of {figures.made_at}, {figures.bytes / 1e6:.0f} MB in {figures.seconds} s\n")
    sys.stdout.write("next: start it, then `fairseat rebuild` and `fairseat check`\n")
