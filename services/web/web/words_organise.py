"""What a person reads about organisers: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "organiser-only": (
        "This is for organisers.",
        "Ask the operator of this site for an organiser’s account, or an organiser to take you into the team.",
    ),
    "show-not-yours": (
        "This show belongs to another organiser.",
        "Its organiser, or somebody of their team who may change shows, can do this.",
    ),
    "venue-exists": (
        "This venue is already in the catalogue.",
        "Announce your show at the venue that is there. A house that is there twice would divide its shows.",
    ),
    "venue-in-use": (
        "Shows have been announced at this venue.",
        "Tickets name its places, so the chart can only grow. City, country and time zone stay as they are.",
    ),
    "venue-not-yours": (
        "This venue was added by another organiser.",
        "You can announce shows there, but not change it.",
    ),
    "person-unknown": (
        "Nobody has an account with this address.",
        "Ask them to sign up first, and to tell you the address of their account.",
    ),
    "person-is-organiser": (
        "This is your own account.",
        "You may do everything at your own shows. A team is made of others.",
    ),
    "team-full": ("The team is full.", "Take somebody out before you add another."),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "venue-added": "The venue is in the catalogue. You can announce shows there.",
    "venue-saved": "The venue is saved.",
    "announced": "The show is announced. Everybody can find it now.",
    "show-edited": "The show is saved.",
    "show-postponed": "The show is postponed. Whoever holds tickets is told, and may choose a refund.",
    "show-moved": "The show has its new date. Whoever holds tickets is told, and may choose a refund.",
    "show-off": "The show is cancelled. All buyers get their money back, and need not do anything.",
    "member-saved": "The team is saved.",
    "member-removed": "That person is not in your team any more.",
    "team-left": "You have left the team.",
}
"""Messages after a redirect, by their code."""
