"""What a person reads about tickets and their transfers: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "ticket-in-transfer": (
        "One of these tickets is being given away.",
        "Take the offer back first; you find it under My tickets.",
    ),
    "ticket-listed": ("One of these tickets is on sale.", "Withdraw the listing first, or leave that ticket out."),
    "transfer-ended": ("This offer has ended.", "Below is what became of it."),
    "own-address": ("This is your own address.", "Enter the address of the person who is to have the tickets."),
    "transfer-limit": (
        "You have many offers open.",
        "Wait until some of them have been answered, or take some back. The limit keeps strangers from being mailed.",
    ),
    "ticket-void": ("This ticket is no longer valid.", "It was sold, given away, refunded or used."),
    "codes-not-yet": ("It is not the day of the show yet.", "Codes for use without a network come a day before."),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "offered": "The offer is on its way. The tickets stay yours until it is accepted.",
    "taken-back": "The offer is taken back. The tickets are yours, and their codes still work.",
    "accepted": "The tickets are yours. Their codes are new, and the old ones are void.",
    "declined": "You have declined. The tickets stay with their sender.",
}
"""Messages after a redirect, by their code."""
