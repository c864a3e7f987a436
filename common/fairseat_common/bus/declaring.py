"""What a service does about which event, as its consumers.py declares it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from fairseat_common.contracts import Event
from fairseat_common.database.pool import Connection

E = TypeVar("E", bound=Event)
Handler = Callable[[Connection, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Consumer:
    """One handler for one event."""

    durable: str
    """Name of the durable consumer and of its rows in the inbox, e.g. ``orders-payments-authorized-v1``."""
    event_type: type[Event]
    handler: Handler


class Consumers:
    """The handlers of one service, declared in its consumers.py."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._by_durable: dict[str, Consumer] = {}
        self._watchers: list[Handler] = []
        self._watched: list[type[Event]] = []
        self.hands_on_traces = False
        """Whether what handlers write may begin work of its own later (a mail, a call): it then finds the trace that
        it belongs to in the setting `fairseat.traceparent` of the transaction."""

    def on(self, event_type: type[E]) -> Callable[[Callable[[Connection, E], Awaitable[None]]], Handler]:
        """Declare the handler of an event: ``async def handler(tx, event)``, at most one per service and event."""
        durable = self._durable(event_type)
        assert durable not in self._by_durable, f"{durable} has two handlers"

        def declare(handler: Callable[[Connection, E], Awaitable[None]]) -> Handler:
            self._by_durable[durable] = Consumer(durable, event_type, cast(Handler, handler))
            return handler

        return declare

    def watch(self, handler: Handler, also: Iterable[type[Event]] = ()) -> None:
        """Have something done with every event that the service hears, after its own handler and with it or not at all.

        Events of `also` are heard for this alone where they have no handler of their own.
        """
        self._watchers.append(handler)
        self._watched.extend(also)

    def __iter__(self) -> Iterator[Consumer]:
        found = dict(self._by_durable)
        for event_type in self._watched:
            durable = self._durable(event_type)
            found.setdefault(durable, Consumer(durable, event_type, _nothing))
        return iter([replace(each, handler=_all_of(each.handler, self._watchers)) for each in found.values()])

    def _durable(self, event_type: type[Event]) -> str:
        return f"{self.service}-{event_type.subject.replace('.', '-')}"


async def _nothing(_tx: Connection, _event: Event) -> None:
    """What a service does about an event that is only watched."""


def _all_of(first: Handler, then: Sequence[Handler]) -> Handler:
    """One handler out of several, in this order."""
    if not then:
        return first

    async def handle(tx: Connection, event: Event) -> None:
        for handler in (first, *then):
            await handler(tx, event)

    return handle
