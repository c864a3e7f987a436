"""Import of shows from files of other systems: Ticketmaster Discovery JSON, schema.org JSON-LD, iCalendar.

A parser turns a file into records as `POST /api/imports` takes them, each with the line on which it begins, and never
raises anything but `FileError`. Nothing is ever fetched from an address that stands in a file.
"""

from fairseat_local.importing.command import ImportOptions, import_files
from fairseat_local.importing.sending import ImportStopped

__all__ = ["ImportOptions", "ImportStopped", "import_files"]
