"""What a person reads about operators: problems by their slug, and messages after a redirect."""

WORDS: dict[str, tuple[str, str]] = {
    "sales-stopped": (
        "Sales are paused right now.",
        "Nothing can be bought at this moment, and you have not been charged. Try again in a while.",
    ),
    "sales-unknown": (
        "No payment can begin right now.",
        "A part of Fairseat cannot be reached. You have not been charged; try again in a moment.",
    ),
    "account-banned": (
        "This account is closed.",
        "Fairseat has closed it. The letter that we sent says why, and whom to write to.",
    ),
    "operator-only": ("This is for operators.", "You are signed in with an account that may not see this."),
    "own-account": ("This is your own account.", "Ask another operator to change it."),
    "operator-account": (
        "This account is an operator’s.",
        "Take the role of an operator away first, then close the account.",
    ),
    "already-banned": ("This account is closed already.", "Open it again first if it is to have another reason."),
    "replay-failed": (
        "The event could not be handled this time either.",
        "It is still here, with the error of this attempt. Replay it when the cause is gone.",
    ),
    "consumer-gone": (
        "Nobody handles this event any more.",
        "The part of the service that parked it is no longer there.",
    ),
}
"""What is, and what to do, for each problem type of this area."""
DONE: dict[str, str] = {
    "sales-stopped": "All sales are stopped. What was being paid for is finished; nothing new begins.",
    "sales-resumed": "Sales go on.",
    "payouts-stopped": "All payouts are stopped. What was on its way to sellers is finished; nothing new begins.",
    "payouts-resumed": "Payouts go on.",
    "user-banned": "The account is closed. Its sessions have ended, and what it sells leaves the sale.",
    "user-restored": "The account is open again. Listings that were withdrawn stay withdrawn.",
    "roles-set": "The roles are saved. They are in force within five minutes.",
    "listing-withdrawn": "The listing is withdrawn. Seats that were sold stay sold.",
    "show-cancelled": "The show is cancelled. Everybody who bought tickets gets their money back.",
    "event-replayed": "The event was handled.",
    "event-refused": "The service looked at the event and refuses it for good. It is no longer parked.",
}
"""Messages after a redirect, by their code."""
