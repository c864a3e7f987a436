"""Faults made outside the processes: lines that are watched, and a kill at the very moment that was asked for.

`HttpLine` stands between payments and the provider, `PostgresLine` between payments and its database. Both pass every
byte on and tell a `Listener` of each moment that counts: just before, and just after, an effect becomes true at the
other end. What the listener does then (kill -9, in general) has happened before anything more is passed on.
"""

from fairseat_local.faults.exploring import Explorer, Kill
from fairseat_local.faults.http_line import HttpLine
from fairseat_local.faults.lines import Lines
from fairseat_local.faults.moments import Listener, Moment, Side
from fairseat_local.faults.postgres_line import PostgresLine

__all__ = ["Explorer", "HttpLine", "Kill", "Lines", "Listener", "Moment", "PostgresLine", "Side"]
