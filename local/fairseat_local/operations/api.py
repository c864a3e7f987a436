"""The API document of the whole system, from services that are put together but not started."""

from __future__ import annotations

import importlib
from typing import Any

import httpx

SERVICES = ("auth", "catalog", "tickets", "orders", "payments", "notifications")
SETTINGS = {"ENVIRONMENT": "local", "LOG_LEVEL": "error"}


async def document() -> dict[str, Any]:
    """The document as `/api/openapi.json` answers it; nothing runs, and nothing is connected to."""
    merge = importlib.import_module("web.api_document").merge
    parts = {name: await _part(name) for name in SERVICES}
    merged: dict[str, Any] = merge(parts)
    return merged


async def _part(service: str) -> dict[str, Any]:
    app = importlib.import_module(f"{service}.main").create_app(SETTINGS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.get("/openapi.json")
    answer.raise_for_status()
    part: dict[str, Any] = answer.json()
    return part
