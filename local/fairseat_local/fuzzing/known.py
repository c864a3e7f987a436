"""Ids that were answered before: made-up ones would never lead to anything."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from typing import Any

KNOWN_MAX = 40
CHANCE = 0.7
WITHIN = {"chart_id": "venue_id", "buyer_id": "user_id", "seller_id": "user_id", "organiser_id": "user_id"}


class Known:
    """What has an id, by the name that others call it by: `show_id`, `listing_id`, ..."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- for variety, not for secrets
        self._ids: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KNOWN_MAX))

    def learn(self, noun: str, answer: Any) -> None:
        """Remember the ids in an answer about a noun, and those that it mentions."""
        items = answer.get("items", [answer]) if isinstance(answer, dict) else []
        for item in items if isinstance(items, list) else []:
            if not isinstance(item, dict):
                continue
            if isinstance(item.get("id"), str):
                self._keep(f"{noun.removesuffix('s')}_id", item["id"])
            for name, value in item.items():
                if name.endswith("_id") and isinstance(value, str):
                    self._keep(name, value)

    def _keep(self, name: str, value: str) -> None:
        if value not in self._ids[name]:
            self._ids[name].append(value)

    def put_into(self, values: Any) -> None:
        """Put known ids in the place of made-up ones, mostly."""
        if not isinstance(values, dict):
            return
        for name in values:
            known = self._ids.get(name) or self._ids.get(WITHIN.get(name, ""))
            if known and self._random.random() < CHANCE:
                values[name] = self._random.choice(known)
