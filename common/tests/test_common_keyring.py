"""Which of several keys signs."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairseat_common.keyring import key_files
from fairseat_common.settings import SettingsError


@pytest.mark.parametrize(
    ("signs", "names"),
    [
        (None, ["0001.pem", "0002.pem", "0003.pem"]),
        ("0003.pem", ["0001.pem", "0002.pem", "0003.pem"]),
        ("0001.pem\n", ["0002.pem", "0003.pem", "0001.pem"]),
    ],
)
def test_the_key_that_signs_comes_last(tmp_path: Path, signs: str | None, names: list[str]) -> None:
    for number in (2, 1, 3):
        (tmp_path / f"000{number}.pem").touch()
    if signs:
        (tmp_path / "signs").write_text(signs)
    assert [file.name for file in key_files(tmp_path)] == names


def test_a_key_that_is_not_there_cannot_sign(tmp_path: Path) -> None:
    (tmp_path / "0001.pem").touch()
    (tmp_path / "signs").write_text("0002.pem")
    with pytest.raises(SettingsError, match=r"names '0002\.pem'"):
        key_files(tmp_path)
