"""Makes the secrets that a cluster lacks, and new values beside the old ones. Values leave by return only."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fairseat_deploy.secrets_list import Key, Secret, listed
from fairseat_deploy.tree import NAMESPACE

Values = Mapping[str, Mapping[str, str]]
"""The values of a cluster's secrets, by secret and key."""
Ask = Callable[[Key], str]
"""How a person is asked for a value; "" for none."""


LOGIN = "kubernetes.io/basic-auth"


class SecretsError(ValueError):
    """Something that a person has to mend, said in one sentence."""


def read_existing(text: str) -> dict[str, dict[str, str]]:
    """What `kubectl get secrets -o json` has said; nothing for an empty text. Raises SecretsError."""
    if not text.strip():
        return {}
    try:
        items = json.loads(text)["items"]
    except (ValueError, KeyError, TypeError):
        raise SecretsError("what exists is read from the output of `kubectl get secrets -o json`") from None
    return {
        item["metadata"]["name"]: {
            key: base64.b64decode(value).decode(errors="replace") for key, value in (item.get("data") or {}).items()
        }
        for item in items
    }


def read_given(text: str) -> dict[str, str]:
    """The values in lines `NAME=value`; empty lines and comments are passed over."""
    lines = [line.strip() for line in text.splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in pairs}


def make(overlay: str, existing: Values, ask: Ask) -> list[dict[str, Any]]:
    """The Secret objects that have to be applied: those with something missing. What exists is never made anew.

    Raises SecretsError for something that nobody gave.
    """
    made = []
    for secret in listed(overlay):
        there = existing.get(secret.name, {})
        if secret.by or all(key.name in there for key in _needed(secret, there)):
            continue
        values = dict(there) | {key.name: _made(key, ask) for key in secret.keys if key.name not in there}
        values = {name: value for name, value in values.items() if value}
        _check(secret, values)
        made.append(manifest(secret, values))
    return made


def _needed(secret: Secret, there: Mapping[str, str]) -> Iterable[Key]:
    """The keys that must be there. Of what is one of several one is enough; of key pairs, any."""
    if secret.one_of and any(name in there for name in secret.one_of):
        return []
    if any(name.endswith(".pem") for name in there):
        return []
    return [key for key in secret.keys if not key.optional]


def _made(key: Key, ask: Ask) -> str:
    if key.given:
        return ask(key)
    if key.ed25519:
        return new_key()
    if key.random or key.rotating:
        return key.prefix + secrets.token_urlsafe(key.random or key.rotating)
    return key.fixed


def _check(secret: Secret, values: Mapping[str, str]) -> None:
    if secret.one_of and sum(name in values for name in secret.one_of) != 1:
        raise SecretsError(f"{secret.name} needs exactly one of {', '.join(secret.one_of)}")
    missing = [] if secret.one_of else [key.name for key in secret.keys if key.name not in values and not key.optional]
    if missing:
        raise SecretsError(f"{secret.name} needs {', '.join(missing)}")


def new_key() -> str:
    """A new Ed25519 private key, as PEM."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def manifest(secret: Secret, values: Mapping[str, str]) -> dict[str, Any]:
    """The Secret object; the database's operator takes changed logins over at once where a label says so."""
    labels = {"app.kubernetes.io/part-of": "fairseat"}
    if secret.type == LOGIN:
        labels["cnpg.io/reload"] = "true"
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret.name,
            "namespace": NAMESPACE,
            "labels": labels,
        },
        "type": secret.type,
        "stringData": dict(values),
    }
