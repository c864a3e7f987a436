"""The Python client: always the API's own, patient where that is safe, and clear about refusals."""

from __future__ import annotations

import hashlib
import hmac

import httpx
import pytest
from fairseat_client import Fairseat, Problem, SignatureInvalid, models, verify

from fairseat_local.operations.client_types import model, safe, type_of

ORDER_ID = "2280f64f-9090-53e3-808c-f0f77daefe41"
TOKEN = {"access_token": "token-1", "token_type": "Bearer", "expires_in": 300, "scope": "orders:read"}


class Marketplace:
    """Answers what it is given, one after the other, and keeps the requests."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def client(self, key: str | None = None) -> Fairseat:
        http = httpx.Client(base_url="https://fairseat.example", transport=httpx.MockTransport(self._answer))
        return Fairseat("", key, http=http)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == "/api/users/token":
            return httpx.Response(200, json=TOKEN)
        return self.answers.pop(0)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def problem(status: int, slug: str, **headers: str) -> httpx.Response:
    body = {"type": slug, "title": "No", "status": status, "detail": "Not now.", "available": 1}
    return httpx.Response(status, json=body, headers=headers)


EMPTY: dict[str, object] = {"items": [], "next_cursor": None}


def test_a_key_is_exchanged_once_and_again_when_its_token_has_expired() -> None:
    market = Marketplace(
        httpx.Response(200, json=EMPTY), problem(401, "token-expired"), httpx.Response(200, json=EMPTY)
    )
    with market.client("fsk_secret") as fairseat:
        fairseat.order_list(limit=5)
        fairseat.order_list()
    paths = [request.url.path for request in market.asked]
    assert paths == ["/api/users/token", "/api/orders", "/api/orders", "/api/users/token", "/api/orders"]
    assert market.asked[0].headers["Authorization"] == "Bearer fsk_secret"
    assert market.asked[1].headers["Authorization"] == "Bearer token-1"
    assert market.asked[1].url.query == b"limit=5"


def test_what_passes_is_tried_again_with_the_same_key(waits: list[float]) -> None:
    market = Marketplace(problem(429, "too-many-requests", **{"Retry-After": "7"}), problem(409, "seats-unavailable"))
    with market.client() as fairseat, pytest.raises(Problem) as refused:
        fairseat.hold_seats(models.NewOrder(listing_id=ORDER_ID, quantity=2))  # type: ignore[arg-type]
    assert waits == [7.0]
    assert (refused.value.status, refused.value.type, refused.value.members["available"]) == (
        409,
        "seats-unavailable",
        1,
    )
    keys = {request.headers["Idempotency-Key"] for request in market.asked}
    assert len(keys) == 1
    assert market.asked[0].content == f'{{"quantity":2,"listing_id":"{ORDER_ID}"}}'.encode(), (
        "what is not given is sent"
    )


def test_a_post_without_a_key_is_not_repeated_over_a_lost_line() -> None:
    def lost(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("lost")

    http = httpx.Client(base_url="https://fairseat.example", transport=httpx.MockTransport(lost))
    with Fairseat("", http=http) as fairseat, pytest.raises(httpx.ReadError):
        fairseat.webhook_ping(ORDER_ID)


def test_lists_are_read_to_their_end() -> None:
    def page(number: int, cursor: str | None) -> httpx.Response:
        return httpx.Response(200, json={"items": [performer(number)], "next_cursor": cursor})

    def performer(number: int) -> dict[str, object]:
        return {"id": ORDER_ID, "name": f"Act {number}", "upcoming_count": number}

    market = Marketplace(page(1, "next"), page(2, None))
    with market.client() as fairseat:
        found = [each.name for each in fairseat.pages(fairseat.performers_list, q="act")]
    assert found == ["Act 1", "Act 2"]
    assert market.asked[1].url.params["cursor"] == "next"
    assert market.asked[1].url.params["q"] == "act"


@pytest.mark.parametrize(
    "header", ["", "v1=00", "t=1,v1=", "t=x,v1=00", "t=1700000000,v1=" + "0" * 64, "t=\u0661,v1=0"]
)
def test_a_signature_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(SignatureInvalid):
        verify("whsec_x", header, b"{}", now_s=1_700_000_000)


def test_a_delivery_signed_with_two_secrets_is_taken_with_either() -> None:
    def mac(secret: str) -> str:
        return hmac.new(secret.encode(), b"1700000000.{}", hashlib.sha256).hexdigest()

    header = f"t=1700000000,v1={mac('new')},v1={mac('old')}"
    for secret in ("new", "old"):
        assert verify(secret, header, b"{}", now_s=1_700_000_000) == {}
    with pytest.raises(SignatureInvalid):
        verify("other", header, b"{}", now_s=1_700_000_000)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "format": "uuid"}, "UUID"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "datetime | None"),
        ({"enum": ["a", None]}, 'Literal["a"] | None'),
        ({"type": ["string", "null"]}, "str | None"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Money"}}, "list[Money]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]"),
        ({}, "Any"),
    ],
)
def test_how_schemas_become_types(schema: dict[str, object], kind: str) -> None:
    assert type_of(schema) == kind


def test_names_that_python_does_not_take_are_changed() -> None:
    text = model("Range", {"properties": {"from": {"type": "string"}}, "required": ["from"]}, is_input=True)
    assert 'from_: str = field(name="from")' in text
    assert safe("class") == "class_"
