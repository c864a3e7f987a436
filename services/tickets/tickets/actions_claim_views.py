"""What each side can read of claims."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.web import Page, SignedIn, page_of
from tickets import actions_gates, actions_teams, store_claims
from tickets.domain_claims import ClaimView, OperatorOnly, claim_view, side_of

Box = Literal["mine", "sold", "open", "all"]
"""mine: for one's own tickets; sold: of what one has sold; open and all: the operator's."""


async def claim_show(tx: Connection, user: SignedIn, claim_id: UUID) -> ClaimView:
    """A claim for one of its sides; raises NotFound."""
    claim = await store_claims.claim_get(tx, claim_id)
    if claim is None:
        raise NotFound
    staff = await actions_gates.is_staff(tx, user, claim.show_id)
    side = side_of(claim, user.id, user.roles, staff)
    if side is None:
        raise NotFound
    return claim_view(claim, side)


async def claims_list(
    tx: Connection, user: SignedIn, box: Box, show_id: UUID | None, before: UUID | None, limit: int
) -> Page[ClaimView]:
    """A page of claims, newest first; of one show for its staff. Raises OperatorOnly, NotFound, DutyMissing."""
    where, value = store_claims.BOXES[box], user.id if box in ("mine", "sold") else None
    if show_id is not None:
        await actions_teams.duty_check(tx, user, show_id, "scan")
        where, value = store_claims.OF_SHOW, show_id
    elif value is None and "operator" not in user.roles:
        raise OperatorOnly
    found = await store_claims.claims_page(tx, where, value, before, limit + 1)
    page = page_of(found, limit, lambda claim: (claim.id,))
    return Page([claim_view(claim, _side(user, box, show_id)) for claim in page.items], page.next_cursor)


def _side(user: SignedIn, box: Box, show_id: UUID | None) -> Literal["buyer", "seller", "staff", "operator"]:
    if "operator" in user.roles and (show_id is not None or box in ("open", "all")):
        return "operator"
    if show_id is not None:
        return "staff"
    return "seller" if box == "sold" else "buyer"
