"""Saying what is under way: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

TITLE_WIDTH = 48


class Progress:
    """Prints steps with their durations to standard output."""

    def __init__(self) -> None:
        self._moving = sys.stdout.isatty()

    def say(self, text: str = "") -> None:
        """Print a line now; a reader who has left (`make up | head`) stops nothing."""
        with suppress(BrokenPipeError):
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """A step that takes a while; gives a function to report details. The line is printed when the step is over."""
        began = time.monotonic()
        with self._showing(title) as report:
            yield report
        self.say(f"  {title:<{TITLE_WIDTH}} {time.monotonic() - began:5.1f} s")

    @contextmanager
    def _showing(self, title: str) -> Iterator[Callable[[str], None]]:
        if not self._moving:
            yield lambda detail: self.say(f"    {detail}")
            return
        from rich.console import Console  # only people at a terminal pay for it

        with Console().status(f"  {title}") as status:
            yield lambda detail: status.update(f"  {title}: {detail}")
