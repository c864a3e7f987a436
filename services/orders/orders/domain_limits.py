"""How much one account may have of a show: holds, and tickets. Pure."""

from __future__ import annotations

from typing import NamedTuple

from fairseat_common.contracts.refusals import Conflict

TICKETS_MAX_DEFAULT = 50


class Limits(NamedTuple):
    """What is in force when seats are held: for how long, how many holds at a time, and how many tickets in all.

    Tickets are the seats that an account holds or has bought for one show; what was refunded counts no more, what was
    sold on or given away still does.
    """

    hold_s: int
    holds_max: int
    tickets_max: int


class TicketLimit(Conflict):
    """The account has as many tickets of the show as one may have, or would have more."""

    slug = "ticket-limit"
    title = "That is more than one account may have"
    detail = "`tickets_max` seats of a show are what one account may hold and buy; `tickets` is what yours has."
