"""Which service hears which subject, as the services' own declarations say."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass

from fairseat_local.routes import SERVICES


@dataclass(frozen=True, slots=True, order=True)
class Declared:
    """One durable consumer: its name, its service, the subject that it hears."""

    durable: str
    service: str
    subject: str


def declared(services: Sequence[str] = SERVICES) -> list[Declared]:
    """Every durable consumer of the services; a service without consumers.py hears nothing."""
    found = []
    for service in services:
        try:
            module = importlib.import_module(f"{service}.consumers")
        except ModuleNotFoundError as error:
            if error.name != f"{service}.consumers":
                raise
            continue
        found += [Declared(each.durable, service, each.event_type.subject) for each in module.consumers]
    return sorted(found)


def hearers() -> dict[str, list[str]]:
    """The services that hear each subject."""
    by_subject: dict[str, list[str]] = {}
    for each in declared():
        by_subject.setdefault(each.subject, []).append(each.service)
    return {subject: sorted(services) for subject, services in by_subject.items()}
