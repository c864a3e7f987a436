"""What people are told about their accounts. Pure: a letter follows from the fact.

Whoever reads such a letter may not be whoever did what it tells of: each says what to do then.
"""

from __future__ import annotations

from urllib.parse import urlencode

from fairseat_common.browsers import browser_of
from fairseat_common.contracts import UserLetterDue
from fairseat_common.contracts.users import LetterKind
from fairseat_common.languages import mark, say
from notifications.domain import SUBJECTS, Kind, Letter, Person, greeting_of, moment_text, one_line

KIND_OF: dict[LetterKind, Kind] = {
    "verify_email": "account-verify-email",
    "reset_password": "account-reset-password",
    "password_changed": "account-password-changed",
    "email_changed": "account-email-changed",
    "passkey_added": "account-passkey-added",
    "passkey_removed": "account-passkey-removed",
    "sign_in_new": "account-sign-in-new",
    "account_banned": "account-banned",
    "account_restored": "account-restored",
    "account_erased": "account-erased",
    "key_created": "account-key-created",
}
ACCOUNT_KINDS = frozenset(KIND_OF.values())
NOT_YOU = mark("If this was not you, set a new password at once: all sessions end with it.")

SAID: dict[Kind, tuple[str, ...]] = {
    "account-verify-email": (
        mark("Please confirm that this is your address: then tickets that somebody gives to you can be yours."),
        mark("The link works once, and for a short time."),
        mark("If you have no account with us, somebody has mistyped an address: ignore this letter."),
    ),
    "account-reset-password": (
        mark("Somebody, probably you, wants to set a new password for your account."),
        mark("The link works once, and for a short time. All sessions end with the new password."),
        mark("If you did not ask for it, nothing happens: your password stays as it is."),
    ),
    "account-password-changed": (
        mark("The password of your account was changed. Everywhere else you are signed out."),
        NOT_YOU,
    ),
    "account-email-changed": (
        mark("Your account has another address from now on. We no longer write to this one."),
        mark("If this was not you, answer this letter at once."),
    ),
    "account-passkey-added": (
        mark("A passkey was added to your account. Whoever has it can sign in."),
        NOT_YOU,
    ),
    "account-passkey-removed": (
        mark("A passkey was removed from your account. It opens nothing any more."),
        NOT_YOU,
    ),
    "account-sign-in-new": (
        mark("Somebody has signed in to your account with a browser that we have not seen there before."),
        mark("If this was you, you need not do anything."),
        NOT_YOU,
    ),
    "account-banned": (
        mark("We have closed your account. You are signed out everywhere, and nothing of yours is on sale any more."),
        mark("Tickets that you hold stay valid, and money that you are owed is paid."),
        mark("If you think that we are wrong, answer this letter."),
    ),
    "account-restored": (
        mark("Your account is open again: you can sign in as before."),
        mark("What was taken off sale stays so; you can list it again."),
    ),
    "account-erased": (
        mark("Your account is deleted, as you wished. We have forgotten your name and your addresses."),
        mark("This was our last letter."),
        mark("What the law wants us to keep about payments says a pseudonym in your place."),
    ),
    "account-key-created": (
        mark("A key for programs was made for your account. Whoever has it can act for you, as far as the key allows."),
        mark("If this was not you, end the key and set a new password at once."),
    ),
}  # fmt: skip
DETAIL: dict[Kind, str] = {
    "account-email-changed": mark("New address"),
    "account-passkey-added": mark("Passkey"),
    "account-passkey-removed": mark("Passkey"),
    "account-banned": mark("Reason"),
    "account-key-created": mark("Key"),
}
"""What the detail of a letter is called."""
SECURITY = (mark("See your account's security"), "/account/security")
BUTTON: dict[Kind, tuple[str, str]] = {
    "account-verify-email": (mark("Confirm this address"), "/verify"),
    "account-reset-password": (mark("Set a new password"), "/reset"),
    "account-email-changed": (mark("See what is on sale"), "/shows"),
    "account-banned": (mark("See what is on sale"), "/shows"),
    "account-restored": (mark("Sign in"), "/sign-in"),
    "account-erased": (mark("See what is on sale"), "/shows"),
    "account-key-created": (mark("See your keys"), "/account/keys"),
}
"""Words and path of each letter's link; SECURITY where there is none."""


def account_letter(kind: Kind, due: UserLetterDue, origin: str) -> Letter:
    """What an account's owner is told; `due.sealed` has been opened."""
    words, path = BUTTON.get(kind, SECURITY)
    query = f"?{urlencode({'token': due.sealed})}" if due.sealed else ""
    return Letter(
        subject=one_line(say(SUBJECTS[kind])),
        greeting=greeting_of(Person(due.email, due.name)),
        paragraphs=tuple(say(text) for text in SAID[kind]),
        facts=_facts(kind, due),
        amounts=(),
        button=say(words),
        link=f"{origin}{path}{query}",
    )


def _facts(kind: Kind, due: UserLetterDue) -> tuple[tuple[str, str], ...]:
    account = () if kind == "account-erased" else ((say("Account"), one_line(due.email)),)
    when = (say("When"), moment_text(due.occurred_at, "UTC"))
    if kind == "account-sign-in-new":
        return (*account, (say("Browser"), _browser(due.detail)), when)
    named = ((say(DETAIL[kind]), one_line(due.detail)),) if kind in DETAIL and due.detail else ()
    return (*account, *named, when)


def _browser(user_agent: str) -> str:
    """`Firefox, Linux`; the browser's own words where we know none for it."""
    known = ", ".join(name for name in browser_of(user_agent) if name)
    return known or one_line(user_agent) or say("Not told")
