"""What the broker is told: who we are, and what a stream has to be like."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

from nats.js.api import RetentionPolicy, StorageType, StreamConfig

STREAM_AGE_MAX_S = 7 * 24 * 3600
STREAM_BYTES_MAX = 256 * 1024**2
MESSAGE_BYTES_MAX = 1024 * 1024
DUPLICATE_WINDOW_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who we are to the broker; without a user the URL says it, or nobody asks."""

    user: str = ""
    password: str = ""
    ca_file: str = ""
    """Whose certificates the broker may show; by default those that the machine trusts."""

    def options(self) -> dict[str, Any]:
        """What the client is told. Answers come to an inbox that nobody else may listen to."""
        told: dict[str, Any] = {}
        if self.user:
            told |= {"user": self.user, "password": self.password, "inbox_prefix": inbox_of(self.user)}
        if self.ca_file:
            told["tls"] = ssl.create_default_context(cafile=self.ca_file)
        return told


def inbox_of(user: str) -> str:
    """What the subjects of all answers to one user begin with."""
    return f"_INBOX_{user}"


def stream_config(name: str, replicas: int) -> StreamConfig:
    """The stream of one publishing noun, held by so many servers."""
    return StreamConfig(
        name=name,
        subjects=[f"{name.lower()}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=STREAM_AGE_MAX_S,
        max_bytes=STREAM_BYTES_MAX,
        max_msg_size=MESSAGE_BYTES_MAX,
        duplicate_window=DUPLICATE_WINDOW_S,
        num_replicas=replicas,
    )


def is_as(found: StreamConfig, wanted: StreamConfig) -> bool:
    """Whether a stream is as it should be, in all that we say about it."""
    there = found.as_dict()
    return all(there.get(name) == value for name, value in wanted.as_dict().items())
