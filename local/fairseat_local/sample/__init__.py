"""A small sound market, written straight into databases: what tests of the checker plant their faults in."""

from fairseat_local.sample.market import SERVICES, Sample, Trade, insert, said
from fairseat_local.sample.provider import Lists
from fairseat_local.sample.writing import write

__all__ = ["SERVICES", "Lists", "Sample", "Trade", "insert", "said", "write"]
