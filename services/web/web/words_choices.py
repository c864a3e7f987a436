"""What a person reads about moved shows and limits: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "nothing-to-choose": (
        "There is nothing to choose for this order.",
        "The show has not moved since you bought, or none of the seats is yours any more.",
    ),
    "choice-over": ("The time to choose is over.", "Your tickets stay as they are, for the new date."),
    "refund-chosen": (
        "You have chosen the refund.",
        "The tickets are void and the money is on its way, so they cannot be kept any more.",
    ),
    "seats-being-sold": (
        "Somebody is paying for one of your seats right now.",
        "You have it on sale. Try again in some minutes: if they do not pay, it is yours again.",
    ),
    "ticket-limit": (
        "That is more than one account may have.",
        "What you hold and have bought for this show counts together. Choose fewer seats.",
    ),
    "card-limit": (
        "This card has bought as many tickets for this show as one card may.",
        "Nothing was charged, and your seats are still held. Pay with another card while the clock runs.",
    ),
    "too-many-sign-ups": (
        "Many accounts have been opened from here.",
        "Wait a while and try again, or sign in with the account that you have.",
    ),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "kept": "You keep your tickets. They are good for the new date.",
    "refund-chosen": "Your money is on its way back; the tickets are void. It usually arrives within five days.",
}
