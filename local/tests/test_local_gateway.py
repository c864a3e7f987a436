"""The gateway passes everything through, both ways, as it comes, and is honest when it cannot."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from fairseat_common.testing.server_process import free_port
from fairseat_common.testing.serving import Serving
from fairseat_common.web.asgi import ASGIApp, Message, Receive, Scope, Send
from fairseat_local.gateway import gateway
from fairseat_local.proxy import forwarded_headers

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


def upstream(handler: Handler) -> ASGIApp:
    """An application without a lifespan."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await handler(scope, receive, send)

    return app


@asynccontextmanager
async def client_of(handler: Handler) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway in front of orders, which is `handler`."""
    behind = Serving(upstream(handler))
    front = Serving(gateway({"orders": behind.url}))
    await behind.start()
    await front.start()
    async with httpx.AsyncClient(base_url=front.url, timeout=10) as client:
        yield client
    await front.stop()
    await behind.stop()


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    message: Message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    seen = {
        "method": scope["method"],
        "path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
        "length": len(body),
    }
    headers = [(b"content-type", b"application/json"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


async def test_request_and_answer_pass_unchanged() -> None:
    async with client_of(echo) as client:
        sent = {"Host": "tickets.example", "Connection": "X-Secret", "X-Secret": "1"}
        answer = await client.post("/api/orders/a%2Fb?q=%C3%BC&q=2", headers=sent, content=b"x" * 1000)
    seen = answer.json()
    headers = dict(seen["headers"])
    assert answer.status_code == 201
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/api/orders/a%2Fb", "q=%C3%BC&q=2")
    assert seen["length"] == 1000
    assert headers["host"] == headers["x-forwarded-host"] == "tickets.example"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "x-secret" not in headers


async def test_browsers_reach_the_payment_stand_in_and_not_its_controls() -> None:
    behind = Serving(upstream(echo))
    front = Serving(gateway({"provider": behind.url}))
    await behind.start()
    await front.start()
    async with httpx.AsyncClient(base_url=front.url) as client:
        seen = (await client.get("/dev/provider/challenge/pi_1?a=b")).json()
        refused = [await client.get(path) for path in ("/control/journal", "/v1/refunds", "/dev/providers", "/dev")]
    await front.stop()
    await behind.stop()
    assert (seen["path"], seen["query"]) == ("/dev/provider/challenge/pi_1", "a=b")
    assert [answer.status_code for answer in refused] == [404] * 4


def test_what_a_client_claims_about_itself_is_replaced() -> None:
    claimed = [(b"X-Forwarded-For", b"6.6.6.6"), (b"X-Forwarded-Proto", b"https"), (b"Forwarded", b"for=6.6.6.6")]
    headers = forwarded_headers({"headers": claimed, "client": ("10.0.0.9", 1), "scheme": "http"})
    assert headers.getall("x-forwarded-for") == ["10.0.0.9"]
    assert headers.getall("x-forwarded-proto") == ["http"]
    assert "forwarded" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_body_without_a_length_is_streamed(method: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65_536

    async with client_of(echo) as client:
        answer = await client.request(method, "/api/orders", content=parts())
    assert answer.json()["length"] == 64 * 65_536


async def test_events_arrive_one_by_one_and_leaving_is_noticed() -> None:
    go_on = asyncio.Event()
    left = asyncio.Event()

    async def events(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"data: 2\n\n", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        left.set()

    async with client_of(events) as client:
        async with client.stream("GET", "/api/orders/1/events") as answer:
            arriving = answer.aiter_raw()
            assert await anext(arriving) == b"data: 1\n\n"
            go_on.set()
            assert await anext(arriving) == b"data: 2\n\n"
        await asyncio.wait_for(left.wait(), 20)


async def test_service_that_is_down_is_a_502_problem() -> None:
    front = Serving(gateway({"orders": f"http://127.0.0.1:{free_port()}"}))
    await front.start()
    async with httpx.AsyncClient(base_url=front.url) as client:
        answer = await client.post("/api/orders", content=b"{}", headers={"x-request-id": "abc"})
        nowhere = await client.get("/api/users/currentuser")
    await front.stop()
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "service-unreachable"
    assert answer.json()["request_id"] == "abc"
    assert nowhere.status_code == 404


async def test_request_is_repeated_only_while_nothing_of_it_was_sent() -> None:
    arrived: list[str] = []
    port = free_port()
    front = Serving(gateway({"orders": f"http://127.0.0.1:{port}"}))
    await front.start()
    async with httpx.AsyncClient(base_url=front.url, timeout=10) as client:
        waiting = asyncio.create_task(client.post("/api/orders", content=b"{}"))
        server = await asyncio.start_server(_hang_up(arrived), "127.0.0.1", port)
        answer = await waiting
    server.close()
    await front.stop()
    assert answer.status_code == 502
    assert arrived == ["POST /api/orders HTTP/1.1"]


def _hang_up(arrived: list[str]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append((await reader.readline()).decode().strip())
        writer.close()

    return serve


async def test_answer_that_breaks_off_does_not_look_whole() -> None:
    async def half(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("breaks off on purpose")

    async with client_of(half) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/orders")


async def test_many_requests_at_once_all_come_back() -> None:
    async with client_of(echo) as client:

        async def ask(number: int) -> bool:
            answer = await client.post(f"/api/orders/{number}", content=b"x" * number)
            return bool(answer.json()["length"] == number)

        assert all(await asyncio.gather(*(ask(number) for number in range(200))))


async def test_slow_upload_from_a_client_that_leaves_ends_the_request_behind() -> None:
    begun = asyncio.Event()
    ended = asyncio.Event()

    async def reads(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            begun.set()
        ended.set()

    behind = Serving(upstream(reads))
    front = Serving(gateway({"orders": behind.url}))
    await behind.start()
    await front.start()
    _, writer = await asyncio.open_connection("127.0.0.1", int(front.url.rpartition(":")[2]))
    writer.write(b"POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    await asyncio.wait_for(begun.wait(), 20)
    writer.close()
    await asyncio.wait_for(ended.wait(), 20)
    await front.stop()
    await behind.stop()
