"""The SQL of the rules of resale."""

from __future__ import annotations

from uuid import UUID

import msgspec

from catalog.domain_rules import ResaleRules, RulesDraft, RuleSource
from fairseat_common.contracts import Money, ResaleRulesSet
from fairseat_common.database import Connection


async def rules_get(tx: Connection, show_id: UUID) -> tuple[ResaleRules, UUID | None]:
    """The rules that hold for a show now, and the id that their events carry; version 0 and None before the first."""
    row = await tx.fetchrow(
        "select rules_id, resale, transferable, cap_percent, cap_amount, cap_currency, buyer_fee_percent,"
        " seller_fee_percent, resale_until, own::text as own, sources::text as sources, version from resale_rules"
        " where show_id = $1 order by version desc limit 1",
        show_id,
    )
    if row is None:
        return ResaleRules(show_id=show_id), None
    values = dict(row)
    rules_id, amount, currency = (values.pop(name) for name in ("rules_id", "cap_amount", "cap_currency"))
    cap = None if amount is None else Money(amount, currency)
    values["own"] = None if values["own"] is None else msgspec.json.decode(values["own"], type=RulesDraft)
    values["sources"] = msgspec.json.decode(values["sources"], type=dict[str, RuleSource])
    return ResaleRules(show_id=show_id, cap_amount=cap, **values), rules_id


async def rules_add(tx: Connection, event: ResaleRulesSet, rules: ResaleRules, set_by: UUID) -> None:
    """Write the next version of a show's rules, as its event tells of them."""
    await tx.execute(
        "insert into resale_rules (show_id, version, rules_id, resale, transferable, cap_percent, cap_amount,"
        " cap_currency, buyer_fee_percent, seller_fee_percent, resale_until, own, sources, set_by)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::jsonb, $13::text::jsonb, $14)",
        event.show_id,
        event.version,
        event.rules_id,
        event.resale,
        event.transferable,
        event.cap_percent,
        event.cap_amount.amount if event.cap_amount else None,
        event.cap_amount.currency if event.cap_amount else None,
        event.buyer_fee_percent,
        event.seller_fee_percent,
        event.resale_until,
        None if rules.own is None else msgspec.json.encode(rules.own).decode(),
        msgspec.json.encode(rules.sources).decode(),
        set_by,
    )
