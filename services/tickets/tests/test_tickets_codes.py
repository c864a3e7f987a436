"""Ticket codes: signed, rotating, and worth nothing once the ticket has changed hands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fairseat_common.contracts.refusals import Refusal
from fairseat_common.ids import new_id
from fairseat_common.settings import SettingsError
from tickets.domain_codes import (
    STEP_S,
    CodeForged,
    CodeKeys,
    CodeStale,
    CodeWrongShow,
    code_admits,
    code_make,
    code_read,
)
from tickets.domain_tickets import Ticket, TicketVoid
from tickets.main import TicketsSettings, code_keys, create_app

NOW = datetime(2027, 3, 1, 19, 0, 10, tzinfo=UTC)
CHARACTERS = "ABCxyz019-_."


def keys_of(*names: str) -> CodeKeys:
    made = {name: Ed25519PrivateKey.generate() for name in names}
    return CodeKeys(names[-1], made[names[-1]], {name: key.public_key() for name, key in made.items()})


def ticket(**changes: Any) -> Ticket:
    fields: dict[str, Any] = {
        "id": new_id(),
        "show_id": new_id(),
        "section": "Stalls",
        "row": "A",
        "seat": "1",
        "holder_id": new_id(),
        "status": "valid",
        "order_id": None,
        "serial": uuid4(),
        "version": 1,
        "issued_at": NOW,
        "ended_at": None,
    }
    return Ticket(**fields | changes)


def refusal_of(keys: CodeKeys, code: str, found: Ticket, show_id: UUID, when: datetime) -> type[Refusal] | None:
    try:
        code_admits(code_read(keys.verifying, code, when), found, show_id)
    except Refusal as refusal:
        return type(refusal)
    return None


def test_a_code_admits_in_its_time_and_rotates() -> None:
    keys, mine = keys_of("k1"), ticket()
    code, rotates_at = code_make(keys, mine, NOW)
    assert rotates_at == datetime(2027, 3, 1, 19, 0, 30, tzinfo=UTC)
    assert code_make(keys, mine, rotates_at)[0] != code
    assert code_make(keys, mine, rotates_at - timedelta(milliseconds=1))[0] == code
    step = timedelta(seconds=STEP_S)
    for when, refused in [
        (NOW - step, None),
        (NOW, None),
        (NOW + step, None),
        (NOW + 2 * step, CodeStale),
        (NOW - 2 * step, CodeStale),
        (NOW + timedelta(days=1), CodeStale),
    ]:
        assert refusal_of(keys, code, mine, mine.show_id, when) is refused


def test_the_code_of_an_ended_ticket_is_refused_and_none_is_made() -> None:
    keys, sold = keys_of("k1"), ticket()
    code, _ = code_make(keys, sold, NOW)
    ended = msgspec.structs.replace(sold, status="void", ended_at=NOW)
    successor = ticket(show_id=sold.show_id)
    assert refusal_of(keys, code, ended, sold.show_id, NOW) is TicketVoid
    assert refusal_of(keys, code, successor, sold.show_id, NOW) is CodeForged
    assert refusal_of(keys, code_make(keys, successor, NOW)[0], successor, sold.show_id, NOW) is None
    assert refusal_of(keys, code, sold, new_id(), NOW) is CodeWrongShow
    for status in ("void", "used", "transferred"):
        with pytest.raises(TicketVoid):
            code_make(keys, msgspec.structs.replace(sold, status=status), NOW)


def test_no_changed_code_is_accepted() -> None:
    keys, mine = keys_of("k1"), ticket()
    code, _ = code_make(keys, mine, NOW)
    for position in range(len(code)):
        for character in CHARACTERS:
            if character != code[position]:
                changed = code[:position] + character + code[position + 1 :]
                with pytest.raises(CodeForged):
                    code_read(keys.verifying, changed, NOW)
    for changed in ("", ".", "..", "k1", code[:-1], code + "A", code + "=", "é" + code, code.upper(), "k" * 10_000):
        with pytest.raises(CodeForged):
            code_read(keys.verifying, changed, NOW)


def test_a_retired_key_is_still_accepted_and_a_foreign_one_never() -> None:
    old = keys_of("k1")
    new = keys_of("k2")
    both: Mapping[str, Any] = {**old.verifying, **new.verifying}
    mine = ticket()
    for keys in (old, new):
        assert code_read(both, code_make(keys, mine, NOW)[0], NOW).serial == mine.serial
    with pytest.raises(CodeForged):
        code_read(keys_of("k1").verifying, code_make(old, mine, NOW)[0], NOW)


def test_keys_are_made_once_in_local_runs_only(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    local = TicketsSettings.of({"TICKET_KEYS_DIR": str(directory)})
    first, second = code_keys(local), code_keys(local)
    assert first.key_id == second.key_id == "ticket-1"
    mine = ticket()
    assert code_read(second.verifying, code_make(first, mine, NOW)[0], NOW).serial == mine.serial
    [file] = directory.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    production = {
        "ENVIRONMENT": "production",
        "DATABASE_URL": "postgresql://nobody@localhost/none",
        "QUOTE_SECRETS": "a secret that is long enough to be one",
        "PUBLIC_URL": "https://fairseat.example",
        "NATS_URL": "nats://localhost",
        "JWKS_URL": "http://localhost/keys",
    }
    for environ in ({}, {"TICKET_KEYS_DIR": str(tmp_path / "none")}):
        with pytest.raises(SettingsError, match="TICKET_KEYS_DIR"):
            create_app(production | environ)
    with pytest.raises(SettingsError, match="QUOTE_SECRETS"):
        create_app(production | {"QUOTE_SECRETS": " , ", "TICKET_KEYS_DIR": str(directory)})
    (directory / "zz.pem").write_text("no key")
    with pytest.raises(SettingsError):
        code_keys(local)
