"""Makes installed packages ready for an image: nothing that no server needs, byte code, and the same bytes every time.

`/opt/venv/bin/python finish.py /opt/venv /app`, as the last step of every build.
"""

from __future__ import annotations

import compileall
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

MADE_AT_S = 315_532_800
"""The time of every file, 1980-01-01: a layer depends on what is in it and not on when it was made."""
FOLDERS = frozenset({"__pycache__", "tests"})
SUFFIXES = frozenset({".a", ".c", ".cc", ".cpp", ".h", ".hpp", ".pxd", ".pxi", ".pyi", ".pyx"})
SCRIPTS = ("activate*", "Activate*", "pip*")


def main(roots: list[Path]) -> int:
    """Finish every folder in `roots`; 1 if a module does not compile."""
    for root in roots:
        for path in list(superfluous(root)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in list(strange_locales()):
        path.unlink()
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    compiled = [compileall.compile_dir(root, quiet=1, invalidation_mode=unchecked) for root in roots]
    for root in roots:
        for path in (root, *root.rglob("*")):
            os.utime(path, (MADE_AT_S, MADE_AT_S), follow_symlinks=False)
    return 0 if all(compiled) else 1


def superfluous(root: Path) -> Iterator[Path]:
    """Tests, sources of what is compiled already, types for editors, and scripts that set up a shell."""
    for place, folders, names in os.walk(root):
        for name in FOLDERS.intersection(folders):
            folders.remove(name)
            yield Path(place, name)
        yield from (Path(place, name) for name in names if Path(name).suffix in SUFFIXES)
    for pattern in SCRIPTS:
        yield from (root / "bin").glob(pattern)


def strange_locales() -> Iterator[Path]:
    """Babel's data of languages that Fairseat does not speak: 25 of its 30 MB."""
    babel = importlib.util.find_spec("babel")
    if babel is None or babel.origin is None:
        return
    from fairseat_common.languages import LANGUAGES

    for path in Path(babel.origin).parent.glob("locale-data/*.dat"):
        if path.stem != "root" and path.stem.partition("_")[0] not in LANGUAGES:
            yield path


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
