"""Static files: fingerprinted by content, compressed, and served as immutable.

An image carries them ready (`python -m web.assets_build`), and a start there only reads them. Where nobody has built
anything, as on a laptop, the same functions make them when the service starts.
"""

import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from fairseat_common.languages import BUILT

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSIBLE = {".css", ".js", ".svg", ".webmanifest"}
FOREVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=300, must-revalidate"
_DIGEST_CHARS = 10
_PREFIX = "/static/"
_LIST = "assets.json"


class Asset(NamedTuple):
    """One file as it goes over the wire."""

    url: str
    media_type: str
    body: bytes
    gzipped: bytes | None
    etag: str


class _Entry(NamedTuple):
    """What the list of a build says about one file; its bytes lie beside the list, by the end of `url`."""

    name: str
    url: str
    media_type: str
    gzipped: bool
    etag: str


def make(folder: Path) -> list[tuple[str, Asset]]:
    """Every file below a folder by its plain name (`art/sport.svg`), fingerprinted and compressed."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in _TYPES]
    names = [PurePosixPath(path.relative_to(folder).as_posix()) for path in paths]
    return [(str(name), _made(name, path.read_bytes())) for name, path in zip(names, paths, strict=True)]


def _made(name: PurePosixPath, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:_DIGEST_CHARS]
    printed = name.with_name(f"{name.stem}.{digest}{name.suffix}").as_posix()
    gzipped = gzip.compress(body, 9, mtime=0) if name.suffix in _COMPRESSIBLE else None
    return Asset(f"{_PREFIX}{printed}", _TYPES[name.suffix], body, gzipped, f'"{digest}"')


def write(assets: Iterable[tuple[str, Asset]], target: Path) -> None:
    """Keep files in a folder as they go over the wire, with a list of them (`assets.json`), for `read`."""
    entries = []
    for name, asset in assets:
        path = target / asset.url.removeprefix(_PREFIX)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(asset.body)
        if asset.gzipped is not None:
            path.with_name(f"{path.name}.gz").write_bytes(asset.gzipped)
        entries.append(_Entry(name, asset.url, asset.media_type, asset.gzipped is not None, asset.etag))
    (target / _LIST).write_bytes(msgspec.json.encode(entries))


def read(folder: Path) -> list[tuple[str, Asset]]:
    """The files that `write` kept in a folder. OSError if one is missing."""
    found = []
    for entry in msgspec.json.decode((folder / _LIST).read_bytes(), type=list[_Entry]):
        path = folder / entry.url.removeprefix(_PREFIX)
        gzipped = path.with_name(f"{path.name}.gz").read_bytes() if entry.gzipped else None
        found.append((entry.name, Asset(entry.url, entry.media_type, path.read_bytes(), gzipped, entry.etag)))
    return found


class Assets:
    """All files below one folder by their plain name (`app.css`) and by their fingerprinted one.

    What a build made of them, in the folder `built` beside it, is taken as it is.
    """

    def __init__(self, folder: Path) -> None:
        built = folder.parent / BUILT
        self._by_name = dict(read(built) if (built / _LIST).exists() else make(folder))
        self._by_fingerprint = {asset.url.removeprefix(_PREFIX): asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        """The fingerprinted address of a file. KeyError if there is none: a page must not name a missing file."""
        return self._by_name[name].url

    def own_url(self, address: str) -> str | None:
        """The fingerprinted address of a plain `/static/...` address; None for any other address."""
        asset = self._by_name.get(address.removeprefix(_PREFIX))
        return asset.url if asset and address.startswith(_PREFIX) else None

    def find(self, name: str) -> tuple[Asset, str] | None:
        """A file and its Cache-Control: for ever under its fingerprint, five minutes under its plain name.

        An outdated fingerprint (a page of the release before) answers with today's file, cached shortly.
        """
        if name in self._by_fingerprint:
            return self._by_fingerprint[name], FOREVER
        asset = self._by_name.get(name) or self._by_name.get(_without_fingerprint(name))
        return (asset, SHORTLY) if asset else None


def _without_fingerprint(name: str) -> str:
    path = PurePosixPath(name)
    stem, dot, digest = path.stem.rpartition(".")
    if not dot or len(digest) != _DIGEST_CHARS:
        return name
    return path.with_name(f"{stem}{path.suffix}").as_posix()
