"""Reads typed values from the environment, and remembers what was asked for and everything that is wrong with it.

Nothing is raised while reading: a value that is missing or makes no sense is noted, and a harmless one is answered in
its place, so that `check` can name all that is wrong at once. Nobody may use what was read before `check` let it pass.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

ENVIRONMENTS = ("local", "dev", "staging", "production")
PUBLIC_ENVIRONMENTS = ("staging", "production")
"""Where strangers come: nothing there is without HTTPS."""
PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10")
SECRET_CHARACTERS_MIN = 32
TABLE = "docs/settings.md says what it is"


class SettingsError(Exception):
    """Settings are missing or make no sense; the message names them in one line."""


@dataclass(frozen=True)
class Asked:
    """A setting as the code asks for it."""

    kind: str
    """text, secret, secrets, number, share, list, choice, address or folder."""
    default: str | None
    """What counts where it is not set; None: it has to be set."""
    limits: str = ""
    """What it may be, in words."""


class Reader:
    """The environment of a process, or of a test. `environment` is one of ENVIRONMENTS."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self.asked: dict[str, Asked] = {}
        self.problems: list[str] = []
        self.environment = self.choice("ENVIRONMENT", "local", ENVIRONMENTS)

    @classmethod
    def of(cls, environ: Environ) -> Reader:
        """The reader itself, or a new one."""
        return environ if isinstance(environ, Reader) else cls(environ)

    @property
    def local(self) -> bool:
        """Whether this is one machine, where much has a default that nobody may have elsewhere."""
        return self.environment == "local"

    def check(self) -> None:
        """Raise SettingsError with everything that is wrong."""
        if self.problems:
            raise SettingsError("; ".join(dict.fromkeys(self.problems)))

    def refuse(self, problem: str) -> None:
        """Note something that is wrong: a sentence without a full stop that names the setting and says what to do."""
        self.problems.append(problem)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default the setting is required."""
        return self._given(name, "text", default)

    def secret(self, name: str, default: str | None = None) -> str:
        """A text that nobody may see, given by somebody else: a key of a provider, an address with a password."""
        return self._given(name, "secret", default)

    def secrets(self, name: str, local: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of secrets of our own: the first seals, all open. One machine has `local` where none is given."""
        given = self._listed(name)
        self.asked[name] = Asked("secrets", ",".join(local) if self.local else None)
        if not given and not self.local:
            self.refuse(f"{name} is not set: give it one or more random texts, separated by commas ({_how_random()})")
        elif not self.local and any(len(secret) < SECRET_CHARACTERS_MIN for secret in given):
            self.refuse(f"{name} has a secret of fewer than {SECRET_CHARACTERS_MIN} characters ({_how_random()})")
        return given or tuple(local)

    def number(self, name: str, default: int, low: int = 0, high: int = 10**9) -> int:
        """A whole number within limits."""
        self.asked[name] = Asked("number", str(default), f"{low} to {high}")
        value = self._environ.get(name, "")
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            self.refuse(f"{name} must be a whole number, not {value!r}")
            return default
        if not low <= number <= high:
            self.refuse(f"{name} must be between {low} and {high}, not {number}")
            return default
        return number

    def share(self, name: str, default: float) -> float:
        """A part of a whole, between 0 and 1."""
        self.asked[name] = Asked("share", f"{default:g}", "0 to 1")
        value = self._environ.get(name, "")
        if not value:
            return default
        try:
            share = float(value)
        except ValueError:
            share = -1
        if not 0 <= share <= 1:
            self.refuse(f"{name} must be a number between 0 and 1, not {value!r}")
            return default
        return share

    def listed(self, name: str) -> tuple[str, ...]:
        """A comma-separated list, possibly empty."""
        self.asked[name] = Asked("list", "")
        return self._listed(name)

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """One of a few words."""
        words = f"{', '.join(choices[:-1])} or {choices[-1]}"
        self.asked[name] = Asked("choice", default, words)
        value = self._environ.get(name, "") or default
        if value not in choices:
            self.refuse(f"{name} must be {words}, not {value!r}")
            return default
        return value

    def switch(self, name: str, default: bool) -> bool:
        """Yes or no."""
        return self.choice(name, "yes" if default else "no", ("yes", "no")) == "yes"

    def address(self, name: str, default: str | None = None) -> str:
        """An http or https address, without the slash at its end."""
        value = self._given(name, "address", default).rstrip("/")
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            self.refuse(f"{name} must be an http or https address, not {value!r}")
        return value

    def folder(self, name: str) -> str:
        """A folder with keys, required and readable outside of one machine, where it may be empty or missing."""
        value = self._given(name, "folder", "" if self.local else None)
        if value and not self.local and not os.access(Path(value), os.R_OK | os.X_OK):
            self.refuse(f"{name} is no folder that can be read: {value}")
        return value

    def trusted_networks(self) -> tuple[str, ...]:
        """Our own gateways and services: what these say in X-Forwarded-For is believed."""
        networks = self._listed("TRUSTED_NETWORKS") or PRIVATE_NETWORKS
        self.asked["TRUSTED_NETWORKS"] = Asked("list", ",".join(PRIVATE_NETWORKS))
        for network in networks:
            try:
                ip_network(network)
            except ValueError as error:
                self.refuse(f"TRUSTED_NETWORKS: {error}")
                return PRIVATE_NETWORKS
        return networks

    def _given(self, name: str, kind: str, default: str | None) -> str:
        self.asked[name] = Asked(kind, default)
        value = self._environ.get(name, "")
        if not value and default is None:
            self.refuse(f"{name} is not set: {TABLE}")
        return value or default or ""

    def _listed(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self._environ.get(name, "").split(",") if part.strip())


Environ: TypeAlias = Mapping[str, str] | Reader | None
"""Where settings come from: a mapping, a reader of one, or None for the process's own environment."""


def _how_random() -> str:
    return "openssl rand -hex 32 makes one"
