"""A lean HTTP load: keep-alive connections that each send the next prepared request when an answer is complete.

It shares the machine with what it measures, so it does nothing but write, read and count.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Result:
    """What a load measured."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)

    def latency_ms(self, quantile: float) -> float:
        """A latency quantile in milliseconds."""
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(int(len(ordered) * quantile), len(ordered) - 1)]


async def run(host: str, port: int, requests: Sequence[bytes], connections: int) -> Result:
    """Send all requests over so many connections; each is answered before its connection sends the next."""
    result = Result()
    queue = iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_connection(host, port, queue, result) for _ in range(connections)))
    result.seconds = time.perf_counter() - started
    return result


async def _connection(host: str, port: int, queue: Iterator[bytes], result: Result) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for request in queue:
            sent = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            result.latencies_s.append(time.perf_counter() - sent)
            result.statuses[int(head[9:12])] += 1
    finally:
        writer.close()


def post(path: str, body: bytes, cookie: str, key: str) -> bytes:
    """A complete POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\ncookie: {cookie}\r\nidempotency-key: {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
