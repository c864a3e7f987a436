"""What cannot be counted is said once, and neither stops the relay nor hides what can be."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from structlog.testing import capture_logs

from fairseat_common.contracts import ExpirationDue
from fairseat_common.ids import new_id
from fairseat_common.outbox.store import Row
from fairseat_common.outbox.telling import Telling
from fairseat_common.telemetry import Metrics, Tracing
from fairseat_common.testing.builders import now


def sent_row() -> Row:
    due = ExpirationDue(order_id=new_id(), due_at=now(), version=1, occurred_at=now())
    return Row(new_id(), ExpirationDue.subject, due.order_id, msgspec.json.encode(due), None, now().isoformat())


def test_an_event_that_cannot_be_read_costs_its_figure_alone() -> None:
    telling, counted = Telling(Metrics("expiration"), Tracing("expiration")), list[ExpirationDue]()
    telling.on(ExpirationDue, counted.append)
    rows = [replace(sent_row(), payload=b'{"order_id": 7}'), sent_row(), replace(sent_row(), payload=b"")]
    with capture_logs() as logs:
        telling.end(rows, {}, [row.event_id for row in rows])
    assert [due.order_id for due in counted] == [rows[1].aggregate_id]
    assert [(line["event"], line["event_id"]) for line in logs] == [("relay.not_counted", str(rows[0].event_id))]
