"""What a person reads about accounts: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "wrong-password": ("This is not your password.", "Enter the one that you sign in with, or reset it."),
    "link-invalid": (
        "This link does not work any more.",
        "A link works once and for a short time. Ask for another letter.",
    ),
    "already-verified": ("Your address is confirmed already.", "There is nothing left to do."),
    "too-many-letters": (
        "We have written to you several times already.",
        "Look into your mailbox, also among unwanted mail, or try again in an hour.",
    ),
    "address-unverified": (
        "Confirm your e-mail address first.",
        "Follow the link in the letter that we sent you when you signed up. You can have another from your account.",
    ),
    "account-in-use": (
        "Your account is still needed.",
        "You have tickets, sales or shows that are not over yet. Two weeks after the last of them you can delete it.",
    ),
    "passkey-refused": (
        "The passkey was not accepted.",
        "Try again, or use your password. A passkey works only on the site that it was made for.",
    ),
    "passkey-invalid": ("The passkey could not be added.", "Try again, in this browser and on this page."),
    "passkey-known": ("This passkey is in use already.", "Sign in with it, or choose another device."),
    "passkey-limit": ("You have as many passkeys as you can.", "Remove one that you do not use any more."),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "account-saved": "Your account is saved.",
    "address-waits": "We have written to the new address. It is yours here once you follow the link in that letter.",
    "letter-sent": "The letter is on its way. Follow its link to confirm your address.",
    "address-kept": "Your address stays as it is.",
    "password-changed": "Your password is changed. Everywhere else you are signed out.",
    "password-reset": "Your new password is set. Sign in with it.",
    "session-ended": "That browser is signed out.",
    "passkey-added": "The passkey is added. You can sign in with it from now on.",
    "passkey-removed": "The passkey is removed. It opens nothing any more.",
    "account-deleted": "Your account is deleted. We have forgotten who you are.",
}
