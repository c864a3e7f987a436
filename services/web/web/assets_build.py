"""The build of web's assets and templates: `python -m web.assets_build` writes them beside their sources.

Every start then reads them: most of what a start would do otherwise is to compile templates.
"""

import shutil
from pathlib import Path

from fairseat_common.languages import BUILT
from web.assets import Assets, make, write
from web.templates import Templates

HERE = Path(__file__).parent


def build(folder: Path) -> None:
    """Make `static` and `templates` of a folder ready in its folder `built`, and leave nothing there from before."""
    target = folder / BUILT
    shutil.rmtree(target, ignore_errors=True)
    write(make(folder / "static"), target)
    Templates(folder / "templates", Assets(folder / "static")).build(target / "templates")


if __name__ == "__main__":
    build(HERE)
