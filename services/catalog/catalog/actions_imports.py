"""How shows of another system are taken in: each by itself, and again only where something is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog import actions, domain_imported, domain_imports, store, store_imports
from catalog.domain import Show, ShowChanges, ShowDraft
from catalog.domain_imports import Facts, ImportRunning, Result, ShowGiven, Unreadable, Wrong
from catalog.domain_search import document_of
from catalog.domain_venues import VenueExists, VenueFacts
from catalog.store_imports import Known
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts.refusals import Invalid, Refusal
from fairseat_common.database import Connection


@dataclass(frozen=True)
class Importer:
    """Who imports, and from where; `any_show` lets an operator change shows of others."""

    user_id: UUID
    source: str
    any_show: bool


async def rehearse_import(
    tx: Connection, importer: Importer, records: Sequence[ShowGiven | Unreadable]
) -> list[Result]:
    """What `import_shows` would do. Nothing of it remains."""
    rehearsal = tx.transaction()
    await rehearsal.start()
    try:
        results = await import_shows(tx, importer, records)
    finally:
        await rehearsal.rollback()
    return [domain_imports.without_new_show(result) for result in results]


async def import_shows(tx: Connection, importer: Importer, records: Sequence[ShowGiven | Unreadable]) -> list[Result]:
    """Take shows in, each in a savepoint of its own; answers what became of each, in their order.

    Raises ImportRunning, AccountBanned.
    """
    await check_not_banned(tx, importer.user_id)
    if not await store_imports.imports_lock(tx):
        raise ImportRunning
    given = {record.external_id: record for record in reversed(records) if isinstance(record, ShowGiven)}
    known = await store_imports.shows_known(tx, importer.source, list(given))
    same = {name for name, show in known.items() if show.digest == domain_imports.digest_of(given[name])}
    await _names_lock(tx, [record for name, record in given.items() if name not in same])
    results = []
    for record in records:
        if isinstance(record, Unreadable):
            results.append(Result(external_id=record.external_id, outcome="rejected", errors=record.errors))
        elif record is not given[record.external_id]:
            twice = (Wrong("external_id", "is there twice; the first record counts"),)
            results.append(Result(external_id=record.external_id, outcome="rejected", errors=twice))
        elif record.external_id in same:
            show_id = known[record.external_id].show_id
            results.append(Result(external_id=record.external_id, outcome="unchanged", show_id=show_id))
        else:
            results.append(await _take(tx, importer, record, known.get(record.external_id)))
    return results


async def _names_lock(tx: Connection, given: Sequence[ShowGiven]) -> None:
    """Add all words and performers of a batch at once.

    Whoever announces a show adds its words and performers in alphabetical order. Show by show, a batch would add them
    in any order, and the two could wait for each other.
    """
    outlines = [domain_imported.outline(record) for record in given]
    performers = {name for show in outlines for name in show.performers}
    vocabulary = {word for show in outlines for word in document_of(show).vocabulary}
    await store.names_add(tx, sorted(performers), sorted(vocabulary))


async def _take(tx: Connection, importer: Importer, given: ShowGiven, known: Known | None) -> Result:
    try:
        async with tx.transaction():
            return await _announce(tx, importer, given) if known is None else await _follow(tx, importer, given, known)
    except Refusal as refusal:
        return domain_imports.rejected(given.external_id, refusal)


async def _announce(tx: Connection, importer: Importer, given: ShowGiven) -> Result:
    if given.status == "cancelled":  # there is nothing to call off
        return Result(external_id=given.external_id, outcome="unchanged")
    venue = await _venue_found(tx, importer, given)
    facts = domain_imported.facts_of(given, venue.timezone if venue else given.venue.timezone)
    venue_id = venue.id if venue else await _venue_add(tx, importer, given)
    if given.venue.external_id:
        await store_imports.venue_note(tx, importer.source, given.venue.external_id, venue_id)
    draft = ShowDraft(
        title=facts.title,
        category=facts.category,
        venue_id=venue_id,
        starts_at=facts.starts_at,
        performers=facts.performers,
        currency=given.currency,
    )
    show = await actions.announce_show(tx, importer.user_id, draft)
    if facts.status == "postponed":
        await _edit(tx, importer, show, ShowChanges(status="postponed"))
    await _note(tx, importer, given, show.id, facts)
    return Result(external_id=given.external_id, outcome="created", show_id=show.id)


async def _follow(tx: Connection, importer: Importer, given: ShowGiven, known: Known) -> Result:
    show = await actions.read_show(tx, known.show_id)
    venue = await _venue_found(tx, importer, given)
    facts = domain_imported.facts_of(given, venue.timezone if venue else given.venue.timezone)
    domain_imported.same_show_check(show, given, venue.id if venue else None)
    changes = domain_imported.changes_of(show, known.facts, facts)
    edited = show if changes is None else await _edit(tx, importer, show, changes)
    await _note(tx, importer, given, show.id, facts)
    outcome: domain_imports.Outcome = "unchanged" if edited == show else "changed"
    return Result(external_id=given.external_id, outcome=outcome, show_id=show.id)


async def _note(tx: Connection, importer: Importer, given: ShowGiven, show_id: UUID, facts: Facts) -> None:
    digest = domain_imports.digest_of(given)
    await store_imports.show_note(tx, importer.source, given.external_id, show_id, facts, digest)


async def _edit(tx: Connection, importer: Importer, show: Show, changes: ShowChanges) -> Show:
    return await actions.edit_show(tx, importer.user_id, show.id, changes, show.version, any_show=importer.any_show)


async def _venue_found(tx: Connection, importer: Importer, given: ShowGiven) -> VenueFacts | None:
    venue_id = await store_imports.venue_find(tx, importer.source, given.venue)
    found = None if venue_id is None else await store.venue_facts(tx, venue_id)
    return None if found is None else found[0]


async def _venue_add(tx: Connection, importer: Importer, given: ShowGiven) -> UUID:
    middle = await store_imports.city_middle(tx, given.venue)
    try:
        added = await actions.add_venue(
            tx, importer.user_id, domain_imported.venue_draft(given.venue, given.currency, middle)
        )
    except VenueExists as exists:  # added by somebody else in this moment
        return UUID(exists.members["venue_id"])
    except Invalid as invalid:
        raise domain_imported.of_venue(invalid) from invalid
    return added.id
