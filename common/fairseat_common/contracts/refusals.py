"""The ways in which a service says no.

A domain raises one of these; HTTP maps it to its status and problem type, a consumer takes it as final and
acknowledges. Anything else that is raised is a bug: HTTP answers 500, a consumer tries again.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):
    """Base of all refusals. ``slug`` is the stable problem type; ``detail`` says what the caller can do."""

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]
    detail: ClassVar[str] = ""

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail or self.detail or self.title)
        self.said = detail or self.detail or self.title
        self.members = members
        """Further members of the problem document, e.g. ``available=1``."""

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer, e.g. Retry-After."""
        return {}


class NotFound(Refusal):
    """What was asked for does not exist, or is not the asker's to know about."""

    status = 404
    slug = "not-found"
    title = "Not found"
    detail = "There is nothing here, or it is not yours to see."


class Conflict(Refusal):
    """The request is well-formed but the state forbids it."""

    status = 409


class Forbidden(Refusal):
    """The asker is known and may not do this."""

    status = 403
    slug = "forbidden"
    title = "Not allowed"
    detail = "Your account may not do this."


class FieldError:
    """What is wrong with one field of the input."""

    __slots__ = ("field", "message")

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message


class Invalid(Refusal):
    """The input does not make sense; ``errors`` say so field by field."""

    status = 422
    slug = "invalid"
    title = "Please check the input"
    detail = "Some of what was sent is not valid; `errors` says which fields and why."

    def __init__(self, detail: str | None = None, *errors: FieldError, **members: Any) -> None:
        if errors:
            members["errors"] = [{"field": e.field, "message": e.message} for e in errors]
        super().__init__(detail, **members)


class Malformed(Refusal):
    """The request cannot be read at all."""

    status = 400
    slug = "malformed-request"
    title = "The request cannot be read"


class SignInRequired(Refusal):
    """Nobody is signed in."""

    status = 401
    slug = "sign-in-required"
    title = "Please sign in"
    detail = "This needs an account: POST /api/users/signin, then send the cookies that it sets."


class TokenExpired(SignInRequired):
    """The access token was valid once."""

    slug = "token-expired"
    title = "The access token has expired"
    detail = "POST /api/users/refresh gives a new one while the session lasts."


class TokenInvalid(SignInRequired):
    """The access token is not one of ours."""

    slug = "token-invalid"
    title = "The access token is not valid"
    detail = "Sign in again: POST /api/users/signin."


class PaymentRequired(Refusal):
    """The payment was refused."""

    status = 402


class VersionStale(Refusal):
    """The resource has changed since the caller read it."""

    status = 412
    slug = "version-stale"
    title = "This has changed in the meantime"
    detail = "Read it again and send its current version in If-Match."


class VersionMissing(Refusal):
    """An edit came without the version that it is based on."""

    status = 428
    slug = "if-match-missing"
    title = "If-Match is missing"
    detail = 'Send the version that the edit is based on, as If-Match: "3" (the ETag of the last answer).'


class LimitReached(Refusal):
    """Too much of something that is limited."""

    status = 429
    slug = "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str | None = None, retry_after_s: int = 1, **members: Any) -> None:
        super().__init__(detail, **members)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """How long to wait."""
        return {"Retry-After": str(self.retry_after_s)}


class Unavailable(Refusal):
    """A part that is needed cannot be reached; nothing was done that a retry would repeat."""

    status = 503
    slug = "unavailable"
    title = "Not available right now"
    detail = "Please try again in a moment."

    def __init__(self, detail: str | None = None, retry_after_s: int = 2, **members: Any) -> None:
        super().__init__(detail, **members)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """How long to wait."""
        return {"Retry-After": str(self.retry_after_s)}
