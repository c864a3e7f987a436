"""A container registry, asked over its own protocol (OCI distribution): which digest a tag names, and to name one."""

from __future__ import annotations

import base64
import re
from types import TracebackType

import httpx

MANIFESTS = ", ".join((
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
))  # fmt: skip
REQUEST_MAX_S = 60.0
CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class RegistryError(Exception):
    """The registry does not do what is asked of it; the message says what it answered."""


class Registry:
    """The images below one address, e.g. `registry.example.com/fairseat`; use as a context manager.

    `login` is the name and the password of an account (at DigitalOcean: an API token, twice); without it only what is
    public can be read. `secure` is off for a registry on this machine.
    """

    def __init__(self, address: str, login: tuple[str, str] | None = None, *, secure: bool = True) -> None:
        host, _, self._path = address.partition("/")
        self._login = login
        self._client = httpx.Client(base_url=f"{'https' if secure else 'http'}://{host}", timeout=REQUEST_MAX_S)
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def digest(self, image: str, tag: str) -> str | None:
        """The digest that a tag names, or None where there is no such image or tag. Raises RegistryError."""
        answer = self._asked("HEAD", image, tag, headers={"Accept": MANIFESTS})
        if answer.status_code == 404:
            return None
        found: str = self._good(answer).headers.get("docker-content-digest", "")
        if not found:
            raise RegistryError(f"the registry does not say which digest {image}:{tag} is")
        return found

    def tag(self, image: str, digest: str, tag: str) -> None:
        """Give a manifest one more name. Raises RegistryError."""
        manifest = self._good(self._asked("GET", image, digest, headers={"Accept": MANIFESTS}))
        kind = manifest.headers["content-type"]
        self._good(self._asked("PUT", image, tag, headers={"Content-Type": kind}, content=manifest.content))

    def _asked(
        self, method: str, image: str, reference: str, headers: dict[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """Ask, with the token that the registry says where to get."""
        repository = f"{self._path}/{image}" if self._path else image
        path = f"/v2/{repository}/manifests/{reference}"
        try:
            answer = self._client.request(method, path, headers={**headers, **self._shown(image)}, content=content)
            if answer.status_code == 401:
                self._tokens[image] = self._authorization(answer.headers.get("www-authenticate", ""))
                answer = self._client.request(method, path, headers={**headers, **self._shown(image)}, content=content)
        except httpx.HTTPError as problem:
            raise RegistryError(f"the registry cannot be reached: {problem}") from problem
        return answer

    def _shown(self, image: str) -> dict[str, str]:
        return {"Authorization": self._tokens[image]} if image in self._tokens else {}

    def _authorization(self, challenge: str) -> str:
        """What to show after a 401: the login itself, or a token for this repository."""
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "basic" and self._login is not None:
            return f"Basic {base64.b64encode(':'.join(self._login).encode()).decode()}"
        given = dict(CHALLENGE.findall(rest))
        if kind.lower() != "bearer" or "realm" not in given:
            raise RegistryError(f"the registry wants to know who asks, in a way that is not known: {challenge!r}")
        query = {name: given[name] for name in ("service", "scope") if name in given}
        answer = self._good(self._client.get(given["realm"], params=query, auth=self._login))
        told = answer.json()
        return f"Bearer {told.get('token') or told['access_token']}"

    def _good(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_error:
            asked = f"{answer.request.method} {answer.request.url}"
            raise RegistryError(f"{asked} was answered with {answer.status_code} {answer.text[:200]}")
        return answer
