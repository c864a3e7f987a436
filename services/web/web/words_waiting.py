"""What a person reads about the waiting list: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "seats-available": ("There are seats for you right now.", "You need not wait: hold them below."),
    "already-waiting": (
        "You are on this waiting list already.",
        "Leave it first if you want to wait for something else.",
    ),
    "waiting-limit": ("You are on very many waiting lists.", "Leave one of them, then join this one."),
    "waiting-list-full": (
        "This waiting list is full.",
        "Look again in a while: people leave, and seats are found for them.",
    ),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "joined": "You are on the waiting list.",
    "left-line": "You have left the waiting list.",
    "none-fit": "Nothing on sale fits that right now. You can wait for it here.",
}
"""Messages after a redirect, by their code."""
