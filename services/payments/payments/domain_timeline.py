"""The way of the money of a sale, the same for buyer and seller: what happened, what is now, and what comes next.

    paid -> escrow -> show -> released -> paid_out         as it should be
    ... -> disputed -> charged_back                        the buyer's bank asked for the money, and kept it
    ... -> refunded                                        it goes back, or went

Seats of one order may part ways (one is refunded, the others are not), so each path says whose it is. Exactly one step
of a path is `now`, unless its way is at an end. Pure: facts in, steps out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from fairseat_common.contracts import Money
from payments.domain_reports import Sale, SoldSeat

StepName = Literal["paid", "escrow", "show", "released", "paid_out", "refunded", "disputed", "charged_back"]
StepState = Literal["done", "now", "todo", "failed"]
ShowNote = Literal["moved", "postponed", "cancelled"]
Role = Literal["buyer", "seller"]

TOGETHER = timedelta(minutes=1)
"""What happened to seats so shortly after one another was one event."""


@dataclass(frozen=True, slots=True)
class Step:
    """One moment: `at` when it was, `expected_at` when it will be as far as anybody knows.

    `note` says what became of the show, or why money went back.
    """

    step: StepName
    state: StepState
    at: datetime | None = None
    expected_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """Seats that share their way: what the buyer paid for them, and what the seller gets of it."""

    seats: tuple[str, ...]
    paid: Money
    net: Money
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """An order's paths for one of the two it is between."""

    order_id: UUID
    show_id: UUID
    role: Role
    moved_from: datetime | None
    paths: tuple[Path, ...]


def timeline(sale: Sale, role: Role, delay: timedelta) -> Timeline:
    """The timeline of a sale; buyer and seller are told the same steps."""
    return Timeline(sale.order_id, sale.show_id, role, sale.moved_from, paths_of(sale, delay))


def paths_of(sale: Sale, delay: timedelta) -> tuple[Path, ...]:
    """The ways of a sale's seats, each with the seats that go it, in the order of the seats."""
    ways: list[tuple[tuple[Step, ...], list[SoldSeat]]] = []
    for seat in sale.seats:
        steps = _steps(seat, sale, delay)
        together = next((seats for way, seats in ways if _same(way, steps)), None)
        if together is None:
            ways.append((steps, [seat]))
        else:
            together.append(seat)
    return tuple(_path(seats, sale.currency, steps) for steps, seats in ways)


def _same(one: Sequence[Step], other: Sequence[Step]) -> bool:
    """Whether two seats went the same way together: each step at the same time, but for the moments that pass between
    one row and the next."""
    if [replace(step, at=None) for step in one] != [replace(step, at=None) for step in other]:
        return False
    times = [(step.at, beside.at) for step, beside in zip(one, other, strict=True)]
    return all(at == then or (at and then and abs(at - then) < TOGETHER) for at, then in times)


def _path(seats: Sequence[SoldSeat], currency: str, steps: tuple[Step, ...]) -> Path:
    paid = sum(seat.price + seat.buyer_fee for seat in seats)
    net = sum(seat.price - seat.seller_fee for seat in seats)
    return Path(tuple(seat.seat for seat in seats), Money(paid, currency), Money(net, currency), steps)


def _steps(seat: SoldSeat, sale: Sale, delay: timedelta) -> tuple[Step, ...]:
    if seat.status == "refunded":
        return (*_so_far(seat), *_refunded(seat))
    if seat.status == "charged_back":
        lost = Step("charged_back", "failed", seat.dispute_closed_at)
        return (*_so_far(seat), Step("disputed", "done", seat.dispute_opened_at), lost)
    if seat.disputed:
        left = [Step("released", "todo")] if seat.released_at is None else []
        left += [Step("paid_out", "todo")] if seat.paid_at is None else []
        return (*_so_far(seat), Step("disputed", "now", seat.dispute_opened_at), *left)
    if seat.released_at is not None:
        show = Step("show", "done", sale.starts_at)
        first, escrow, *after = _so_far(seat)
        way = (first, escrow, show, *after)
        return way if seat.paid_at else (*way, Step("paid_out", "now"))
    return _waiting(seat, sale, delay)


def _waiting(seat: SoldSeat, sale: Sale, delay: timedelta) -> tuple[Step, ...]:
    """The money is in escrow, or about to be: what becomes of it depends on the show."""
    paid = Step("paid", "done", seat.authorized_at or seat.sold_at)
    escrow = Step("escrow", "now", seat.captured_at)
    if sale.show_status == "cancelled":
        return (paid, Step("escrow", "done", seat.captured_at), _show(sale, "failed"), Step("refunded", "now"))
    until = sale.held_until(delay)
    if sale.begun and seat.captured_at is not None and until is not None:
        held = Step("escrow", "done", seat.captured_at)
        waits = Step("released", "now", None, until)
        return (paid, held, _show(sale, "done"), waits, Step("paid_out", "todo", None, until))
    released, out = Step("released", "todo", None, until), Step("paid_out", "todo", None, until)
    return (paid, escrow, _show(sale, "done" if sale.begun else "todo"), released, out)


def _show(sale: Sale, state: StepState) -> Step:
    """The show, and what became of it; while it has no date, none is expected."""
    if sale.show_status != "scheduled":
        return Step("show", state, None, None, sale.show_status)
    note: ShowNote | None = "moved" if sale.moved_from else None
    return Step("show", "done", sale.starts_at) if state == "done" else Step("show", state, None, sale.starts_at, note)


def _so_far(seat: SoldSeat) -> list[Step]:
    """What is behind a seat whose way is not the usual one."""
    steps = [Step("paid", "done", seat.authorized_at or seat.sold_at)]
    if seat.captured_at is not None:
        steps.append(Step("escrow", "done", seat.captured_at))
    if seat.released_at is not None:
        steps.append(Step("released", "done", seat.released_at))
    if seat.paid_at is not None:
        steps.append(Step("paid_out", "done", seat.paid_at))
    return steps


def _refunded(seat: SoldSeat) -> list[Step]:
    steps = [Step("show", "failed", note="cancelled")] if seat.refund_reason == "show_cancelled" else []
    if seat.refund_settled_at is not None:
        return [*steps, Step("refunded", "done", seat.refund_settled_at, note=seat.refund_reason)]
    return [*steps, Step("refunded", "now", seat.refund_at, note=seat.refund_reason)]
