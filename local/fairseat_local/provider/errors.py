"""The answers that are not 200, in the provider's own shape."""

from __future__ import annotations

from typing import Any


class ProviderError(Exception):
    """An error answer. `stored`: the work had begun, so a repeated idempotency key gets this answer again."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        stored: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        fields = {"type": kind, "message": message, "code": code, "param": param, **more}
        self.error: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}

    @property
    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        return {"error": self.error}


def invalid(message: str, *, code: str, param: str | None = None) -> ProviderError:
    """400: the request could not be understood; nothing was begun."""
    return ProviderError(400, "invalid_request_error", message, code=code, param=param)


def refused(message: str, *, code: str, param: str | None = None, **more: Any) -> ProviderError:
    """400: the request was understood and the state of things forbids it."""
    return ProviderError(400, "invalid_request_error", message, code=code, param=param, stored=True, **more)


def missing(noun: str, object_id: str, param: str = "id") -> ProviderError:
    """404 for an object named in the path (`param` is "id"), else 400 for one named by a parameter."""
    status = 404 if param == "id" else 400
    message = f"No such {noun}: '{object_id}'"
    return ProviderError(status, "invalid_request_error", message, code="resource_missing", param=param)


def unknown_url(method: str, path: str) -> ProviderError:
    """404: no such route."""
    return ProviderError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")


def unauthorised() -> ProviderError:
    """401: no secret test key."""
    return ProviderError(401, "invalid_request_error", "Give a secret test key (sk_test_...) to authenticate.")


def too_large(bytes_max: int) -> ProviderError:
    """413: the body is longer than anything that makes sense here."""
    return ProviderError(413, "invalid_request_error", f"A request has at most {bytes_max} bytes.")


def failed() -> ProviderError:
    """500: something broke after the work had begun."""
    return ProviderError(500, "api_error", "Something went wrong at the provider.", stored=True)


def key_in_use(key: str) -> ProviderError:
    """409: another request with the same idempotency key is still running."""
    message = f"A request with the idempotency key '{key}' is still running; try again later."
    return ProviderError(409, "idempotency_error", message, code="idempotency_key_in_use")


def key_reused(key: str) -> ProviderError:
    """400: the idempotency key belongs to a request with other parameters."""
    message = f"The idempotency key '{key}' was first used with other parameters; use a new key."
    return ProviderError(400, "idempotency_error", message)
