"""Rules about settings: what a pod is given is what its service reads, and is accepted by it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from fairseat_common.environment import Reader, SettingsError
from fairseat_common.migrating import MigratingSettings
from fairseat_common.serving import ServerSettings
from fairseat_deploy.rules.found import Document, Pod, Rendered, Said, name
from fairseat_deploy.rules.references import COMPOSED
from fairseat_deploy.secrets_list import Key, listed
from fairseat_local.operations.settings import MIGRATING, rows

OF_PYTHON: Mapping[str, str] = {
    "MALLOC_ARENA_MAX": "how many arenas the C library keeps: fewer take less memory",
}
"""What is read below our own code."""
_MIGRATE = "migrate"
_GIVEN: Mapping[str, Mapping[str, str]] = {
    "production": {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_PUBLISHABLE_KEY": "pk_live_1"},
    "": {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_PUBLISHABLE_KEY": "pk_test_1", "SMTP_URL": "smtp://mail.example"},
}
"""What a person would give, by environment, where a service looks at it; everything else is 48 letters."""


class Read(NamedTuple):
    """What a program read of an environment."""

    asked: frozenset[str]
    problems: tuple[str, ...]


def services_accept_their_settings(rendered: Rendered) -> Said:
    """Each service reads what its pod is given, with made-up secrets, and finds nothing missing and nothing wrong."""
    for pod in rendered.pods:
        for container in pod.containers if pod.is_service else ():
            mounted = [mount["mountPath"] for mount in container.get("volumeMounts", ())]
            environ = environment(rendered, container)
            for problem in _read(_program(pod, container), tuple(sorted(environ.items()))).problems:
                # Folders of keys are where the pod runs, not here.
                if not any(place in problem for place in mounted):
                    yield pod.where, f"{container['name']}: {problem}"


def pods_are_given_nothing_unknown(rendered: Rendered) -> Said:
    """What a service's own pod sets is read by that service: a wrong name would be a setting without effect."""
    for pod in rendered.pods:
        for container in pod.containers if pod.is_service else ():
            environ = tuple(sorted(environment(rendered, container).items()))
            program = _program(pod, container)
            # Also what it would read with other settings, such as the key of another mail provider.
            sometimes = {row.name for row in rows() if program in row.services}
            known = _read(program, environ).asked | sometimes | OF_PYTHON.keys() | _composed(container)
            for variable in container.get("env", ()):
                if variable["name"] not in known:
                    yield pod.where, f"{container['name']} sets {variable['name']}, which it never reads"


def settings_are_known(rendered: Rendered) -> Said:
    """What the config map for all services says is read by one of them, or is a part of what is."""
    known = {row.name for row in rows()}
    for pod in rendered.pods:
        for container in pod.containers:
            known |= _composed(container)
            for variable in container.get("env", ()):
                known.add(variable.get("valueFrom", {}).get("configMapKeyRef", {}).get("key", ""))
    for key in sorted(rendered.settings.keys() - known):
        yield "ConfigMap/fairseat-settings", f"says {key}, which nobody reads"


def environment(rendered: Rendered, container: Document) -> dict[str, str]:
    """The environment of a container as its program sees it; secrets have values that are made up."""
    maps = {name(document): document.get("data", {}) for document in rendered.of("ConfigMap")}
    found: dict[str, str] = {}
    for each in container.get("envFrom", ()):
        found |= maps.get(each.get("configMapRef", {}).get("name"), {})
    for variable in container.get("env", ()):
        source = variable.get("valueFrom", {})
        if "configMapKeyRef" in source:
            wanted = source["configMapKeyRef"]
            found[variable["name"]] = maps.get(wanted["name"], {}).get(wanted["key"], "")
        elif "secretKeyRef" in source:
            wanted = source["secretKeyRef"]
            found[variable["name"]] = _made_up(rendered, wanted["name"], wanted["key"])
        elif not source:
            value = str(variable.get("value", ""))
            found[variable["name"]] = COMPOSED.sub(lambda part: found.get(part[1], part[0]), value)
    return found


def _made_up(rendered: Rendered, secret: str, key: str) -> str:
    known = {(each.name, part.name): part for each in listed(rendered.overlay) for part in each.keys}
    part = known.get((secret, key), Key(key))
    if part.fixed:
        return part.fixed
    given = {**_GIVEN[""], **_GIVEN.get(rendered.settings.get("ENVIRONMENT", ""), {})}
    return given.get(key) or part.prefix + "a" * 48


def _program(pod: Pod, container: Document) -> str:
    return f"{MIGRATING} {pod.name}" if container["name"] == _MIGRATE else pod.name


def _composed(container: Document) -> frozenset[str]:
    return frozenset(_parts(container))


def _parts(container: Document) -> Iterator[str]:
    for variable in container.get("env", ()):
        yield from COMPOSED.findall(variable.get("value") or "")


@cache
def _read(program: str, environ: tuple[tuple[str, str], ...]) -> Read:
    """What a program reads; the same question is asked once, for two rules."""
    reader = Reader(dict(environ))
    *migrating, service = program.split()
    if migrating:
        with suppress(SettingsError):
            MigratingSettings.read(service, reader)
    else:
        with suppress(SettingsError):
            importlib.import_module(f"{service}.main").settings_of(reader)
        with suppress(SettingsError):
            ServerSettings.read(reader)
    return Read(frozenset(reader.asked), tuple(dict.fromkeys(reader.problems)))
