"""The transactional outbox: facts are written with the change that made them true, and sent afterwards.

`append` belongs into the action's transaction; a `Relay` sends what has been committed.
"""

from fairseat_common.outbox.relay import Relay
from fairseat_common.outbox.store import append, append_many
from fairseat_common.outbox.telling import Telling

__all__ = ["Relay", "Telling", "append", "append_many"]
