"""What a person reads about waiting rooms: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "queue-first": (
        "This show has a waiting room.",
        "Join it first: whoever is let in can hold seats for a while.",
    ),
    "doors-closed": ("The waiting room is not open yet.", "Come back when its doors open: the time stands below."),
    "queue-over": ("The waiting room is over.", "Nobody has to wait for this show any more: choose your seats."),
    "sale-is-open": (
        "The sale has begun, or has no time.",
        "A waiting room is set before the sale opens: let the house go on sale from a time on.",
    ),
    "queue-full": ("The waiting room is full.", "Very many people wait already. Look again in a few minutes."),
    "queue-joins": (
        "You have joined this waiting room very often.",
        "One account can join one waiting room twenty times.",
    ),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "queue-joined": "You are in the waiting room.",
    "queue-left": "You have left the waiting room.",
    "queue-set": "The waiting room is set.",
    "queue-ended": "The waiting room is over: everybody can hold seats.",
}
"""Messages after a redirect, by their code."""
