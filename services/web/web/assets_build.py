"""The build of web's assets: `python -m web.assets_build` writes them beside their sources, for every start."""

import shutil
from pathlib import Path

from fairseat_common.languages import BUILT
from web.assets import make, write

HERE = Path(__file__).parent


def build(folder: Path) -> None:
    """Make everything in `folder`/static ready in `folder`/built, and leave nothing there from before."""
    target = folder / BUILT
    shutil.rmtree(target, ignore_errors=True)
    write(make(folder / "static"), target)


if __name__ == "__main__":
    build(HERE)
