"""The house rules for events: golden files, a publisher and an outbox for each subject, known consumers only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import UUID

import msgspec
import pytest

from fairseat_common.contracts import Event, decode, encode, registry
from fairseat_common.contracts.base import Money
from fairseat_common.contracts.publishers import publisher_of
from fairseat_common.contracts.schemas import GOLDEN, golden_differences, golden_of, golden_write
from fairseat_local.operations.consumers import declared
from fairseat_local.operations.contracts import contracts_check, contracts_write, pages
from fairseat_local.routes import SERVICES

ROOT = Path(__file__).parents[2]


class ShowSold(Event, frozen=True, kw_only=True):
    """An event as it was published."""

    subject: ClassVar[str] = "shows.sold.v1"
    aggregate: ClassVar[str] = "show_id"

    show_id: UUID
    price: Money


def changed_event(**changes: Any) -> type[Event]:
    """The same event with other fields, as (type,) or (type, default)."""
    fields: dict[str, tuple[Any, ...]] = {"show_id": (UUID,), "price": (Money,)} | changes
    made = msgspec.defstruct(
        "ShowSold",
        [(name, *field) for name, field in fields.items()],
        bases=(Event,),
        namespace={"subject": "shows.sold.v1", "aggregate": "show_id"},
        frozen=True,
        kw_only=True,
    )
    return cast("type[Event]", made)


CHANGES = {
    "a field that older events do not have": changed_event(notes=(str,)),
    "another type": changed_event(price=(int,)),
    "a field that may be missing now": changed_event(price=(Money | None, None)),
}


def test_contracts_and_their_pages_are_current() -> None:
    assert contracts_check() == []


@pytest.mark.parametrize("subject", registry())
def test_a_golden_example_is_read_and_written_as_it_is(subject: str) -> None:
    example = json.loads((GOLDEN / f"{subject}.json").read_text())["example"]
    event = decode(subject, json.dumps(example).encode())
    assert json.loads(encode(event)).items() >= example.items()
    assert event.aggregate_id


@pytest.mark.parametrize("change", CHANGES)
def test_a_planted_change_is_caught(tmp_path: Path, change: str) -> None:
    assert len(golden_write({"shows.sold.v1": ShowSold}, tmp_path)) == 1
    assert golden_differences({"shows.sold.v1": ShowSold}, tmp_path) == []
    problems = golden_differences({"shows.sold.v1": CHANGES[change]}, tmp_path)
    assert "is not what was published" in problems[0]


def test_a_version_may_gain_optional_fields(tmp_path: Path) -> None:
    golden_write({"shows.sold.v1": ShowSold}, tmp_path)
    assert golden_differences({"shows.sold.v1": changed_event(notes=(str | None, None))}, tmp_path) == []


def test_writing_never_changes_what_is_frozen(tmp_path: Path) -> None:
    golden_write({"shows.sold.v1": ShowSold}, tmp_path)
    before = (tmp_path / "shows.sold.v1.json").read_text()
    assert golden_write({"shows.sold.v1": changed_event(notes=(str,))}, tmp_path) == []
    assert (tmp_path / "shows.sold.v1.json").read_text() == before


def test_a_missing_golden_file_and_a_missing_class_are_caught(tmp_path: Path) -> None:
    assert "has no golden file" in golden_differences({"shows.sold.v1": ShowSold}, tmp_path)[0]
    golden_write({"shows.sold.v1": ShowSold}, tmp_path)
    assert "no event class" in golden_differences({}, tmp_path)[0]


def test_words_may_change_and_fields_called_title_may_not() -> None:
    schema = golden_of(registry()["shows.published.v1"])["schema"]["$defs"]["ShowPublished"]
    assert "title" in schema["properties"]
    assert "title" not in schema
    assert "description" not in schema


def test_pages_are_written_where_they_are_missing(tmp_path: Path) -> None:
    assert set(contracts_write(tmp_path)) == set(pages())
    assert contracts_write(tmp_path) == []


def test_every_subject_belongs_to_a_service_whose_outbox_says_it() -> None:
    silent = []
    for subject, event_type in registry().items():
        service = publisher_of(subject)
        assert service in SERVICES
        package = ROOT / "services" / service / service
        sources = [path.read_text() for path in package.glob("*.py") if path.name != "consumers.py"]
        if not any(event_type.__name__ in source or subject in source for source in sources):
            silent.append(subject)
    assert silent == []


def test_whatever_is_heard_is_published() -> None:
    consumers = declared()
    assert {consumer.subject for consumer in consumers} <= registry().keys()
    assert [consumer for consumer in consumers if consumer.service == publisher_of(consumer.subject)] == []
    assert len({consumer.durable for consumer in consumers}) == len(consumers)


def test_durable_names_stay_what_inboxes_know() -> None:
    for consumer in declared():
        assert consumer.durable == f"{consumer.service}-{consumer.subject.replace('.', '-')}"


def test_the_asyncapi_document_refers_only_to_what_it_has() -> None:
    document = json.loads(pages()["docs/events/asyncapi.json"])
    assert document["asyncapi"] == "3.0.0"
    assert document["channels"].keys() == registry().keys()
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []
