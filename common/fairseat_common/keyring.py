"""A folder of private keys: one signs, all are accepted."""

from __future__ import annotations

from pathlib import Path

from fairseat_common.settings import SettingsError

SIGNS = "signs"
"""A file beside the keys with the name of the one that signs; without it, the last one by name does. So a new key can
be known everywhere before anything is signed with it."""


def key_files(directory: Path) -> list[Path]:
    """The files ``*.pem`` by name, the one that signs last; raises SettingsError if that one is not there."""
    files = sorted(directory.glob("*.pem"))
    chosen = directory / SIGNS
    if not files or not chosen.exists():
        return files
    name = chosen.read_text().strip()
    if name not in {file.name for file in files}:
        raise SettingsError(f"{chosen} names {name!r}, which is no key beside it")
    return sorted(files, key=lambda file: (file.name == name, file.name))
