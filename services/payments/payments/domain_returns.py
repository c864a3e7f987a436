"""Where a buyer comes back to after the bank's questions: a page of this site, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from fairseat_common.contracts.refusals import FieldError, Invalid


def check_return(return_url: str | None, public_url: str) -> None:
    """Raise Invalid unless the buyer would come back to this site, or not at all."""
    if return_url is None:
        return
    origin = origin_of(return_url)
    if origin is None or origin != origin_of(public_url):
        raise Invalid(None, FieldError("return_url", "is not a page of this site"))


def origin_of(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an address that a browser can be sent to; None for anything else.

    Browsers read a backslash as a slash and skip control characters, so neither may be part of it.
    """
    if "\\" in url or any(ord(char) <= ord(" ") for char in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    known = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return (parts.scheme, parts.hostname or "", port) if known else None
