"""PostgreSQL: a bounded pool, transactions that tell who is interested that they committed, migrations."""

from fairseat_common.database.copies import wait_for
from fairseat_common.database.migrations import migrate
from fairseat_common.database.pool import Connection, Database, Record

__all__ = ["Connection", "Database", "Record", "migrate", "wait_for"]
