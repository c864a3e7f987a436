"""What a person reads about the doors: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {}
