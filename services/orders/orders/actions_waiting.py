"""The waiting list: joining, and offering seats in the transaction that makes them free.

Whoever frees seats enters the gate of the show, which keeps joins out, and locks its line, which keeps others who free
seats out. Then the freed seats are held for the first who fit, so that nobody else ever sees them free.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from fairseat_common.ids import new_id
from orders import (
    actions_queues,
    domain,
    domain_waiting,
    store,
    store_best,
    store_offers,
    store_queues,
    store_switch,
    store_waiting,
)
from orders.domain import NotOpenYet, Order, ShowOver
from orders.domain_waiting import (
    ENTRIES_PER_PERSON_MAX,
    LINE_MAX,
    AlreadyWaiting,
    Entry,
    EntryStatus,
    FreeListing,
    FreeSeat,
    LineEvent,
    LineFull,
    Offer,
    OfferEnd,
    Promise,
    SeatsAvailable,
    TooManyLines,
    Wish,
)

OFFERS_MAX = 100
"""Offers in one transaction: one for each seat of the biggest listing."""
LISTINGS_MAX = 20
LOOK_EVERY_S = 15.0


async def enter(tx: Connection, show_id: UUID) -> bool:
    """To be called before seats of a show become free: whether somebody waits for them. The line is locked then."""
    await store_waiting.gate_enter(tx, show_id)
    return await store_waiting.line_lock(tx, show_id)


async def offer(tx: Connection, show_id: UUID, listing_ids: Sequence[UUID] | None, *, patient: bool = True) -> bool:
    """Hold free seats of these listings (None: of any) for the first in line who fit; the line is locked.

    True if there may be more to offer. Who does not fit is passed over and keeps the place. Impatient callers pass over
    seats that a hold is just being decided about.
    """
    if not (await store_best.on_sale(tx, show_id) and await store_switch.sales_open(tx)):
        return False
    if await store_queues.room_busy(tx, show_id):
        # Who waits in the room came for the seats of the sale before anybody here waited for seats to come back.
        return False
    wanted = await store_best.listings_wanted(tx, show_id, listing_ids, LISTINGS_MAX)
    if not wanted:
        return False
    listings = {listing.listing_id: listing for listing in wanted}
    free = await store_best.seats_lock(tx, show_id, list(listings), patient)
    offers, more = await _planned(tx, show_id, free)
    made = await _hold(tx, offers, listings)
    return made < len(offers) or (made > 0 and (more or len(wanted) == LISTINGS_MAX)) or not patient


async def offer_freed(tx: Connection, show_id: UUID, listing_ids: Sequence[UUID], *, patient: bool = True) -> None:
    """As `offer`; what is left to do is done by the next look at the line."""
    if await offer(tx, show_id, listing_ids, patient=patient):
        await store_waiting.line_look(tx, show_id, 0)


async def _planned(tx: Connection, show_id: UUID, free: dict[UUID, list[FreeSeat]]) -> tuple[list[Offer], bool]:
    """Offers for locked seats, and whether there may be more. Nothing is written before all that is read is locked."""
    offers: list[Offer] = []
    after = 0
    while counts := {listing_id: len(seats) for listing_id, seats in free.items() if seats}:
        candidates = await store_offers.entries_fitting(tx, show_id, counts, after, OFFERS_MAX)
        offers += domain_waiting.plan(candidates[: OFFERS_MAX - len(offers)], free)
        if len(offers) >= OFFERS_MAX:
            return offers, True
        if len(candidates) < OFFERS_MAX:
            break
        after = candidates[-1].number
    return offers, False


async def _hold(tx: Connection, offers: Sequence[Offer], listings: dict[UUID, FreeListing]) -> int:
    """Make the orders, in the order in which holds make theirs; answers how many."""
    now = await store.now_read(tx)
    made: list[tuple[Offer, Order]] = []
    for each in sorted(offers, key=lambda each: each.candidate.user_id.bytes):
        order = domain_waiting.order_of_offer(each, listings, new_id(), now)
        if await store_offers.order_offer(tx, order, each.candidate.holds_max):
            made.append((each, order))
    if made:
        await store_offers.offers_settle(tx, [(each, order.id) for each, order in made])
        await outbox.append_many(tx, [domain.held(order) for _, order in made])
    return len(made)


async def is_known(tx: Connection, show_id: UUID) -> bool:
    """Whether the show has been heard of."""
    return await store_best.on_sale(tx, show_id) is not None


async def join(tx: Connection, wish: Wish, promise: Promise) -> Entry:
    """Put somebody at the end of the line of a show.

    Raises AccountBanned, NotFound, ShowOver, AlreadyWaiting, SeatsAvailable, NotOpenYet, QueueFirst, TooManyLines,
    LineFull.
    """
    await check_not_banned(tx, wish.user_id)
    await store_waiting.gate_close(tx, wish.show_id)
    await _check_join(tx, wish)
    entry_id = new_id()
    await store_waiting.entry_add(tx, entry_id, wish, promise, LOOK_EVERY_S)
    return await entry_of(tx, entry_id, wish.user_id)


async def _check_join(tx: Connection, wish: Wish) -> None:
    on_sale = await store_best.on_sale(tx, wish.show_id)
    if on_sale is None:
        raise NotFound("There is no such show.")
    if not on_sale:
        raise ShowOver
    if standing := await store_waiting.entry_standing(tx, wish.user_id, wish.show_id):
        raise AlreadyWaiting(entry_id=str(standing))
    if fitting := await store_best.listings_fitting(tx, wish, 1):
        if fitting[0].opens_at is not None:
            raise NotOpenYet(
                "Nobody waits before the sale begins; from `opens_at` on there are seats for everybody.",
                opens_at=fitting[0].opens_at,
            )
        raise SeatsAvailable(listing_id=str(fitting[0].listing_id))
    await actions_queues.check_calm(tx, wish.user_id, wish.show_id)
    if await store_waiting.entries_standing(tx, wish.user_id) >= ENTRIES_PER_PERSON_MAX:
        raise TooManyLines
    if (await store_waiting.line_length(tx, wish.show_id))[0] >= LINE_MAX:
        raise LineFull


async def entry_of(tx: Connection, entry_id: UUID, user_id: UUID) -> Entry:
    """A person's own entry; raises NotFound for another's as for none."""
    entry = await store_waiting.entry_read(tx, entry_id)
    if entry is None or entry.user_id != user_id:
        raise NotFound
    return entry


async def entries_of(
    tx: Connection, user_id: UUID, show_id: UUID | None, before: UUID | None, limit: int
) -> list[Entry]:
    """A person's entries, newest first, from after the entry `before` on."""
    return await store_waiting.entries_page(tx, user_id, show_id, before, limit)


async def line_of(tx: Connection, show_id: UUID) -> tuple[int, int]:
    """How many groups wait for a show, and how many people they are."""
    return await store_waiting.line_length(tx, show_id)


async def log_of(tx: Connection, show_id: UUID, before: int | None, limit: int) -> list[LineEvent]:
    """What happened in a line, newest first."""
    return await store_waiting.log_page(tx, show_id, before, limit)


async def stop_waiting(tx: Connection, entry_id: UUID) -> None:
    """Take somebody who waits out of the line; nothing happens to an entry that does not wait."""
    if await store_waiting.entry_end(tx, entry_id, [EntryStatus.WAITING], EntryStatus.LEFT):
        await store_waiting.log_add(tx, [entry_id], "left")


async def end_offer(tx: Connection, order: Order, end: OfferEnd) -> None:
    """An order that was offered has come to its end; nothing happens for one that its buyer chose."""
    was = [EntryStatus.OFFERED]
    if end == "bought":
        # A late payment found the same seats free.
        was += [EntryStatus.LAPSED, EntryStatus.LEFT]
    entry_id = order.waiting_entry_id
    if entry_id is not None and await store_waiting.entry_end(tx, entry_id, was, EntryStatus(end)):
        await store_waiting.log_add(tx, [entry_id], end)


async def end_line(tx: Connection, show_id: UUID) -> None:
    """Nobody can wait for the show any more; the gate has been entered."""
    if ended := await store_waiting.entries_end(tx, show_id):
        await store_waiting.log_add(tx, ended, "ended")
    await store_waiting.line_look(tx, show_id, LOOK_EVERY_S)


async def look_again(tx: Connection, show_id: UUID) -> None:
    """Have the line of a show looked at soon: it may be on sale again."""
    await store_waiting.line_look(tx, show_id, 0)


async def look_when_open(tx: Connection, show_id: UUID, opens_at: datetime | None) -> None:
    """Have the line of a show looked at when the sale of a listing begins; the line is locked."""
    if opens_at is not None:
        await store_waiting.line_look_by(tx, show_id, opens_at)


async def look(database: Database) -> bool:
    """Look at one line that is due: offer what is free and fits, or end it with its show; True if there was one.

    Finds what no freed seat tells of: a person who had as many holds as one may have, a show that is on sale again, and
    what one transaction left over.
    """
    async with database.transaction() as tx:
        show_id = await store_waiting.line_due(tx)
        if show_id is None:
            return False
        await serve(tx, show_id)
    return True


async def serve(tx: Connection, show_id: UUID) -> None:
    """Offer what is free to the line of a show, or end the line with its show."""
    if not await enter(tx, show_id):
        return
    if await store.show_is_over(tx, show_id):
        await end_line(tx, show_id)
    else:
        more = await offer(tx, show_id, None)
        await store_waiting.line_look(tx, show_id, 0 if more else LOOK_EVERY_S)
