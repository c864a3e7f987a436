"""`fairseat check`: the invariants of the marketplace, over the databases of a running system.

It shares no code with the services: it has its own SQL and its own idea of what must be true, so that a mistake in a
service is not repeated here. All it takes from them is the list of who hears which event.
"""

from fairseat_local.check.findings import Finding
from fairseat_local.check.reading import System
from fairseat_local.check.report import as_json, print_table
from fairseat_local.check.runner import CheckError, check

__all__ = ["CheckError", "Finding", "System", "as_json", "check", "print_table"]
