"""What a person reads about selling: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "code-already-registered": (
        "One of these codes is registered already.",
        "A code counts for one seat of a show. Check the codes and send all of them again.",
    ),
    "code-kept": (
        "One of these seats keeps the code it has.",
        "It is held, sold, or was bought here, and somebody relies on its code.",
    ),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "codes": "The codes are registered. Only whoever holds a ticket sees its code.",
}
"""Messages after a redirect, by their code."""
