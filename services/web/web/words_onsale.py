"""What a person reads about on-sales and resale rules: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "not-open-yet": (
        "The sale has not begun.",
        "Nothing is held before the time that stands on this page. Choose your seats again then.",
    ),
    "price-above-cap": (
        "The price is above the cap for this show.",
        "Lower it: the most that you may ask stands beside the price.",
    ),
    "resale-not-allowed": (
        "The rules of this show do not allow tickets to be sold on.",
        "If you cannot go, see whether you may give the ticket to somebody.",
    ),
    "resale-over": (
        "Resale has ended for this show.",
        "It was allowed until a time that has passed. Your tickets stay valid.",
    ),
    "not-transferable": (
        "The rules of this show do not allow tickets to be given away.",
        "They stay yours. See whether you may sell them here instead.",
    ),
    "seat-not-held": (
        "You can only sell tickets that you hold.",
        "The organiser sells this show here, so every seat has its ticket. Choose seats from My tickets.",
    ),
    "seats-already-listed": (
        "Some of these seats are somebody’s already.",
        "They are on sale, have a ticket or were refunded. Leave their rows out, or have their sellers withdraw them.",
    ),
    "on-sale-exists": ("This show is on sale already.", "Its zones and the opening time are below."),
    "on-sale-open": ("The sale has begun.", "Its opening time cannot be changed any more."),
    "organiser-unknown": (
        "This show has no organiser who could be paid.",
        "Save the show once on its page, and try again.",
    ),
    "rules-invalid": ("These rules do not go together.", "See the messages beside the fields."),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "house-on-sale": "The house is on sale. Everybody can see it.",
    "opening-set": "The sale has another opening time. All its seats say so.",
    "opening-now": "The sale is open.",
    "rules-dropped": "The show has the rules that hold for all shows again.",
    "rules-set": "The rules are set. They hold for what is listed from now on.",
    "standing-rules-set": "The rules are set. All shows ahead take them over within moments.",
}
"""Messages after a redirect, by their code."""
