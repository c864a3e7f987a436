"""Which headers an answer has by where it is from: search engines find production only, and HTTPS stays HTTPS."""

from __future__ import annotations

import httpx
import pytest

from fairseat_common.settings import Settings
from fairseat_common.web import Service

HSTS = "max-age=31536000; includeSubDomains"
HIDDEN = "noindex, nofollow"
ELSEWHERE = {"NATS_URL": "nats://none", "JWKS_URL": "http://none/keys", "DATABASE_URL": "postgresql://none/none"}


@pytest.mark.parametrize(
    ("environment", "public_url", "hsts", "robots"),
    [
        ("local", "http://localhost:8000", None, None),
        ("local", "https://localhost:8443", None, None),
        ("dev", "https://dev.fairseat.example", HSTS, HIDDEN),
        ("dev", "http://dev.fairseat.example", None, HIDDEN),
        ("staging", "https://staging.fairseat.example", HSTS, HIDDEN),
        ("production", "https://fairseat.example", HSTS, None),
    ],
)
async def test_standing_headers(environment: str, public_url: str, hsts: str | None, robots: str | None) -> None:
    settings = Settings.read({**ELSEWHERE, "ENVIRONMENT": environment, "PUBLIC_URL": public_url})
    app = Service("expiration", settings).app([])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=public_url) as client:
        for path, status in (("/healthz", 200), ("/nowhere", 404)):
            answer = await client.get(path)
            assert answer.status_code == status
            assert answer.headers.get("strict-transport-security") == hsts
            assert answer.headers.get("x-robots-tag") == robots
