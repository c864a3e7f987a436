"""Running a server as root without being root: which account, where its files go, and a copy that it can read.

PostgreSQL refuses to run as root, and a checkout or a data directory may lie where no other account can look
(/root, a temporary folder with mode 0700). Parents are never opened up for it: the files go to a folder of our own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

STORE = Path("/var/lib/fairseat")
ACCOUNTS = ("postgres", "nobody")
ORIGIN = "origin"


@dataclass(frozen=True)
class Account:
    """An account to drop to."""

    uid: int
    gid: int

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}"


def account_for(folder: Path) -> Account | None:
    """The account for a server whose data is (or will be) in `folder`: None (the present one) unless we are root;
    then whoever owns the data already, else one of `ACCOUNTS`."""
    if os.geteuid() != 0:
        return None
    if folder.is_dir() and folder.stat().st_uid != 0:
        return Account(folder.stat().st_uid, folder.stat().st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError(f"running as root needs one of the accounts {', '.join(ACCOUNTS)}")


def reachable(path: Path, who: Account | None) -> bool:
    """Whether `who` may enter `path` (which may not exist yet) and every folder above it."""
    if who is None:
        return True
    return all(_may_enter(folder, who) for folder in (path, *path.resolve().parents) if folder.is_dir())


def _may_enter(folder: Path, who: Account) -> bool:
    found = folder.stat()
    if found.st_uid == who.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == who.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def owned_folder(wanted: Path, who: Account | None) -> Path:
    """A folder with mode 0700 that belongs to `who`: `wanted` itself, or where `who` cannot get there, one in the
    store that `wanted` then links to. Folders in the store whose link is gone are removed."""
    if not reachable(wanted.parent, who) and not wanted.is_dir():
        _remove_orphans()
        STORE.mkdir(mode=0o755, parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix="data-", dir=STORE))
        home.chmod(0o711)
        (home / wanted.name).mkdir()
        wanted.parent.mkdir(parents=True, exist_ok=True)
        wanted.unlink(missing_ok=True)
        wanted.symlink_to(home / wanted.name)
        # Last, because a folder with this file and without its link counts as an orphan.
        (home / ORIGIN).write_text(str(wanted.absolute()))
    folder = wanted.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if who is not None:
        os.chown(folder, who.uid, who.gid)
    folder.chmod(0o700)
    return folder


def remove_folder(wanted: Path) -> None:
    """Delete what `owned_folder` made, wherever it is."""
    if wanted.is_symlink():
        shutil.rmtree(wanted.resolve().parent, ignore_errors=True)
        wanted.unlink()
    shutil.rmtree(wanted, ignore_errors=True)


def _remove_orphans() -> None:
    for origin in STORE.glob(f"data-*/{ORIGIN}"):
        link = Path(origin.read_text())
        if link.resolve().parent != origin.parent:
            shutil.rmtree(origin.parent, ignore_errors=True)


def readable_copy(root: Path, parts: Sequence[str], name: str, who: Account | None) -> Path:
    """`root` itself if `who` can read it, else a copy of its `parts` (files or folders) under `name` in the store."""
    if all(reachable((root / part).parent, who) for part in parts):
        return root
    copy = STORE / name
    if copy.exists():
        return copy
    STORE.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=STORE))
    for part in parts:
        _copy(root / part, fresh / part)
    for found in (fresh, *fresh.rglob("*")):
        runnable = found.is_dir() or found.stat().st_mode & stat.S_IXUSR
        found.chmod(0o755 if runnable else 0o644)
    try:
        fresh.rename(copy)
    except OSError:  # another start was faster
        shutil.rmtree(fresh)
    return copy


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)
