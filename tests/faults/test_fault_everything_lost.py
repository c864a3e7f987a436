"""The databases and the broker are gone: what a backup had comes back, and the market goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairseat_local.operations.backup import BackupError, restore
from fairseat_local.rehearsal import Rehearsal
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)


async def test_a_market_that_lost_everything_comes_back(few_shows: Path, tmp_path: Path) -> None:
    system = WholeSystem(tmp_path / "data", like=few_shows)
    try:
        await Rehearsal(system, tmp_path / "backup", print).run()
    finally:
        system.stop()
    with pytest.raises(BackupError, match="has databases already"):
        restore(tmp_path / "backup", tmp_path / "data")
    (tmp_path / "backup" / "postgres" / "PG_VERSION").write_text("changed")
    with pytest.raises(BackupError, match="pg_verifybackup"):
        restore(tmp_path / "backup", tmp_path / "data", replace=True)


def test_half_a_backup_is_none(tmp_path: Path) -> None:
    (tmp_path / "backup" / "postgres").mkdir(parents=True)
    with pytest.raises(BackupError, match="no complete backup"):
        restore(tmp_path / "backup", tmp_path / "data")
