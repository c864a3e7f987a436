"""Idempotency keys: a repeated request finds the first answer instead of a second effect."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response

from fairseat_common.contracts.refusals import Conflict, Invalid, Malformed
from fairseat_common.database.pool import Connection, Database

T = TypeVar("T")

KEY_MAX = 255


class KeyMissing(Malformed):
    """A request that must carry a key has none."""

    slug = "idempotency-key-missing"
    title = "Idempotency-Key is missing"
    detail = "Send a random Idempotency-Key header, and the same one again when you repeat the request."


class KeyMalformed(Malformed):
    """The key is too long or not printable."""

    slug = "idempotency-key-malformed"
    title = "Idempotency-Key cannot be read"
    detail = "An Idempotency-Key has 1 to 255 printable ASCII characters."


class KeyReused(Invalid):
    """The key came before with another request."""

    slug = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"
    detail = "Use a new key for a new request, or repeat the first request unchanged."


class KeyInUse(Conflict):
    """The first request with this key is still running."""

    slug = "idempotency-key-in-use"
    title = "The first request with this Idempotency-Key is still running"
    detail = "Wait a moment and repeat it; you will get its answer."


def key_in(value: str | None) -> str | None:
    """The key that a header carries, None without one; raises KeyMalformed."""
    if value is None:
        return None
    if not (1 <= len(value) <= KEY_MAX and value.isascii() and value.isprintable()):
        raise KeyMalformed
    return value


def key_required(value: str | None) -> str:
    """The key that a header carries; raises KeyMissing or KeyMalformed."""
    key = key_in(value)
    if key is None:
        raise KeyMissing
    return key


def request_hash(body: bytes) -> bytes:
    """What tells two requests with one key apart."""
    return hashlib.sha256(body).digest()


async def create_once(
    request: Request[Any, Any, Any],
    database: Database,
    account_id: UUID,
    action: Callable[[Connection], Awaitable[T]],
    headers: Callable[[T], dict[str, str]] | None = None,
    status: int = 201,
) -> Response[T]:
    """Run `action` in one transaction and answer what it returns; a repeated key gets the first answer again.

    The key is scoped to the account and the route, and stored in the transaction of the effect, so that neither
    can exist without the other. Without a key the action simply runs. A refusal stores nothing: repeating the
    request asks again. Raises KeyReused (422) and KeyInUse (409).
    """
    key = key_in(request.headers.get("idempotency-key"))
    operation = f"{request.method} {request.scope['path_template']}"
    hashed = request_hash(await request.body()) if key else b""
    async with database.transaction() as tx:
        if key and (first := await _first_answer(tx, account_id, operation, key, hashed)):
            return first
        result = await action(tx)
        extra = headers(result) if headers else {}
        if key:
            body = msgspec.json.encode(result).decode()
            await _remember(tx, account_id, operation, key, hashed, status, body, extra)
    return Response(content=result, status_code=status, headers=extra)


async def _first_answer(
    tx: Connection, account_id: UUID, operation: str, key: str, hashed: bytes
) -> Response[Any] | None:
    locked = await tx.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"{account_id} {operation} {key}"
    )
    if not locked:
        raise KeyInUse
    row = await tx.fetchrow(
        "select request_hash, status, body, headers::text as headers from idempotency_keys"
        " where account_id = $1 and operation = $2 and key = $3",
        account_id,
        operation,
        key,
    )
    if row is None:
        return None
    if row["request_hash"] != hashed:
        raise KeyReused
    extra = msgspec.json.decode(row["headers"], type=dict[str, str])
    extra["Idempotent-Replayed"] = "true"
    return Response(content=msgspec.Raw(row["body"].encode()), status_code=row["status"], headers=extra)


async def _remember(
    tx: Connection,
    account_id: UUID,
    operation: str,
    key: str,
    hashed: bytes,
    status: int,
    body: str,
    headers: dict[str, str],
) -> None:
    await tx.execute(
        "insert into idempotency_keys (account_id, operation, key, request_hash, status, body, headers)"
        " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb)",
        account_id,
        operation,
        key,
        hashed,
        status,
        body,
        msgspec.json.encode(headers).decode(),
    )
