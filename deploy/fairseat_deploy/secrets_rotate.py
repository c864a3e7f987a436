"""New values for old ones while everything runs, in steps that each release of a service survives.

What is made with a value by one process is checked by others, which read their settings when they start. So a new value
is first accepted everywhere, then used, and the old one is forgotten once nothing made with it is about any more; all
services that have the secret are restarted after each step.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Literal

from fairseat_deploy.secrets_list import Secret, listed
from fairseat_deploy.secrets_make import SecretsError, Values, manifest, new_key

Step = Literal["accept", "use", "forget", "replace"]
SIGNS = "signs"
"""The key of a secret with key pairs that names the one that signs."""


def rotate(overlay: str, name: str, step: Step, existing: Values) -> dict[str, Any]:
    """The Secret object after one step. Raises SecretsError for a step that cannot be taken."""
    secret = next((each for each in listed(overlay) if each.name == name), None)
    if secret is None or secret.by:
        raise SecretsError(f"{name} is not a secret that is made here for {overlay}")
    if name not in existing:
        raise SecretsError(f"{name} is not among what exists: `make` makes it")
    values = dict(existing[name])
    if any(key.ed25519 for key in secret.keys):
        return manifest(secret, _keys(values, step))
    if any(key.rotating for key in secret.keys):
        return manifest(secret, _lists(secret, values, step))
    return manifest(secret, _replaced(secret, values, step))


def _keys(values: Mapping[str, str], step: Step) -> dict[str, str]:
    """Key pairs are files in the order of their names; `signs` names the one that signs."""
    names = sorted(name for name in values if name.endswith(".pem"))
    signing = values.get(SIGNS) or names[-1]
    if step == "accept":
        _expect(names[-1] == signing, "a new key is accepted already: go on with `use`")
        return {**values, SIGNS: signing, f"{int(names[-1].removesuffix('.pem')) + 1:04d}.pem": new_key()}
    if step == "use":
        _expect(names[-1] != signing, "there is no new key yet: begin with `accept`")
        return {**values, SIGNS: names[-1]}
    _expect(step == "forget" and names[-1] == signing, f"{step} is no step from here")
    return {SIGNS: signing, signing: values[signing]}


def _lists(secret: Secret, values: Mapping[str, str], step: Step) -> dict[str, str]:
    """The first of a list makes new things, all are accepted."""
    changed = dict(values)
    for key in secret.keys:
        parts = values[key.name].split(",")
        if step == "accept":
            _expect(len(parts) == 1, "there is an older value still: `use` the new one, or `forget` the old one")
            parts = [*parts, key.prefix + secrets.token_urlsafe(key.rotating)]
        elif step == "use":
            _expect(len(parts) > 1, "there is no new value yet: begin with `accept`")
            parts = [parts[-1], *parts[:-1]]
        else:
            _expect(step == "forget", f"{step} is no step from here")
            parts = parts[:1]
        changed[key.name] = ",".join(parts)
    return changed


def _replaced(secret: Secret, values: Mapping[str, str], step: Step) -> dict[str, str]:
    """Passwords: there is one at a time, and both sides are told."""
    random = [key for key in secret.keys if key.random]
    _expect(bool(random), f"{secret.name} is given by a person: give the new one with `make --given` after deleting it")
    _expect(step == "replace", f"{secret.name} has one value at a time: the step is `replace`")
    return {**values, **{key.name: key.prefix + secrets.token_urlsafe(key.random) for key in random}}


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SecretsError(otherwise)
