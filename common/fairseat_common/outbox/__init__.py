"""The transactional outbox: facts are written with the change that made them true, and sent afterwards.

`append` belongs into the action's transaction; a `Relay` sends what has been committed.
"""

from fairseat_common.outbox.relay import Relay
from fairseat_common.outbox.store import append, append_many

__all__ = ["Relay", "append", "append_many"]
