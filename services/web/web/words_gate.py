"""What a person reads about the doors: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "duty-missing": (
        "These doors are not yours.",
        "The show’s organiser can put you into the team that scans, under Organise.",
    ),
    "refusal-missing": (
        "The door knows nothing of this yet.",
        "Have the ticket scanned at the door first, so that what happened is kept. Staff there can report it for you.",
    ),
    "nothing-to-claim": (
        "There is nothing to give back for this ticket.",
        "It was sold, given away or refunded, or nobody bought it here.",
    ),
    "already-claimed": ("This ticket has been reported.", "See how that stands under Claims."),
    "claim-decided": ("This was decided in the meantime.", "Below is how. A decision is final."),
    "no-replacement": (
        "There is no other place as good.",
        "The seller has no unsold seat that could stand in. Give the money back.",
    ),
    "ticket-used": ("This ticket was used.", "It let somebody in at the door, so it is neither sold nor given away."),
    "scan-id-taken": ("This was another scan.", "Scan the code once more."),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "claimed": "We have it. You can leave this page; we write to you as soon as it is decided.",
    "decided": "The claim is decided.",
}
