"""What a person reads about favourites, alerts and mails: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "alert-limit": (
        "You have as many alerts as you can.",
        "Remove one of your alerts, then set this one again.",
    ),
    "favourite-limit": (
        "You have saved as many shows as you can.",
        "Remove one of your saved shows, then save this one again.",
    ),
    "unsubscribe-invalid": (
        "This link cannot end any mails.",
        "Use the link exactly as it is in the mail, or sign in and choose in your settings what we write to you.",
    ),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "show-saved": "Saved. We write to you when its first tickets are listed, and when it moves or is cancelled.",
    "show-forgotten": "No longer saved.",
    "alert-set": "The alert is set. We write to you as soon as tickets newly fit.",
    "alert-removed": "The alert is removed.",
    "settings-saved": "Your settings are saved.",
}
"""Messages after a redirect, by their code."""
