"""Keeps what templates were compiled to, so that a later start need not compile them again.

It lies where Python keeps its own compiled code, and under the same switches (`PYTHONPYCACHEPREFIX`,
`PYTHONDONTWRITEBYTECODE`). Nothing depends on it: what is missing, out of date or broken is compiled.
"""

import hashlib
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path
from pickle import UnpicklingError

import jinja2
from jinja2.bccache import Bucket

import fairseat_common

CODE = (Path(__file__).parent, Path(fairseat_common.__file__).parent)
"""Filters are applied to constants while a template is compiled, so it is out of date when any of this has changed."""


class Kept(jinja2.FileSystemBytecodeCache):
    """What the templates of a folder were compiled to under the present code."""

    def __init__(self, folder: Path, code: Iterable[Path] = CODE) -> None:
        self._home = Path(cache_from_source(str(folder / "templates.py"))).parent
        self._code = _stamp(code)
        super().__init__(str(self._home))

    def get_source_checksum(self, source: str) -> str:
        """What must be the same for the kept one to be taken."""
        return super().get_source_checksum(f"{self._code} {source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if it can be read."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, where that is wanted and possible."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._home.mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


def _stamp(code: Iterable[Path]) -> str:
    """Differs once a module was changed, as Python itself sees that: by its size and its time."""
    found = sorted(path for folder in code for path in folder.rglob("*.py"))
    states = [(str(path), (state := path.stat()).st_size, state.st_mtime_ns) for path in found]
    return hashlib.sha256(repr((version("jinja2"), states)).encode()).hexdigest()
