"""Static files, read once at start-up: fingerprinted by content, compressed in memory, served as immutable."""

import gzip
import hashlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

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


class Asset(NamedTuple):
    """One file as it goes over the wire."""

    url: str
    media_type: str
    body: bytes
    gzipped: bytes | None
    etag: str


class Assets:
    """All files below one folder by their plain name (`app.css`) and by their fingerprinted one."""

    def __init__(self, folder: Path) -> None:
        self._by_name: dict[str, Asset] = {}
        self._by_fingerprint: dict[str, Asset] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in _TYPES:
                self._add(path.relative_to(folder).as_posix(), path.read_bytes())

    def _add(self, name: str, body: bytes) -> None:
        digest = hashlib.sha256(body).hexdigest()[:_DIGEST_CHARS]
        plain = PurePosixPath(name)
        printed = plain.with_name(f"{plain.stem}.{digest}{plain.suffix}").as_posix()
        gzipped = gzip.compress(body, 9, mtime=0) if plain.suffix in _COMPRESSIBLE else None
        asset = Asset(f"/static/{printed}", _TYPES[plain.suffix], body, gzipped, f'"{digest}"')
        self._by_name[name] = asset
        self._by_fingerprint[printed] = asset

    def url(self, name: str) -> str:
        """The fingerprinted address of a file. KeyError if there is none: a page must not name a missing file."""
        return self._by_name[name].url

    def own_url(self, address: str) -> str | None:
        """The fingerprinted address of a plain `/static/...` address; None for any other address."""
        asset = self._by_name.get(address.removeprefix("/static/"))
        return asset.url if asset and address.startswith("/static/") else None

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
