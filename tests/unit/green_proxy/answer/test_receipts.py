# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts asked for on green-telemetry's socket, or what stands there instead."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from green_proxy.answer import receipts as module
from green_proxy.answer.receipts import MAX_ANSWER_BYTES, Receipts, wants_receipt
from green_proxy.live_socket import LiveSocket

PENDING = {"request": "r1", "receipt": "pending"}
FOUND = {
    "event": "receipt",
    "request": "r1",
    "client": "anna",
    "energy_j": 12.34567,
    "uncertainty_j": 1,
    "energy_decode_j": None,
    "method": "counter",
    "simulated": True,
    "duration_s": [1],
}


@contextmanager
def waiting_at_most(within_s: float) -> Iterator[None]:
    before, module.WAIT_S = module.WAIT_S, within_s
    try:
        yield
    finally:
        module.WAIT_S = before


def asked(path: Path, answer: bytes | None, *, within_s: float = 5.0) -> tuple[dict[str, Any], list[bytes]]:
    """What a telemetry that says this is asked for, and what becomes of it; None never answers."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        if answer is not None:
            writer.write(answer)
        else:
            await reader.read()
        writer.close()

    async def play() -> dict[str, Any]:
        server = await asyncio.start_unix_server(serve, path)
        socket = LiveSocket(lambda: str(path))
        receipts = Receipts(socket)
        with waiting_at_most(within_s):
            found = await receipts.of("r1")
        await socket.close()
        server.close()
        return found

    return asyncio.run(play()), heads


def response(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


def test_a_receipt_shows_what_is_the_clients_business(tmp_path: Path) -> None:
    """Figures to a thousandth, and nothing that is no figure or word."""
    found, heads = asked(tmp_path / "live.sock", response(json.dumps(FOUND).encode()))

    assert found == {
        "request": "r1",
        "energy_j": 12.346,
        "uncertainty_j": 1,
        "energy_decode_j": None,
        "duration_s": None,
        "method": "counter",
        "simulated": True,
    }
    assert heads[0].startswith(b"GET /v1/receipts/r1?wait_s=5 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        response(b'{"error":"none"}', "404 Not Found"),
        response(b"", "503 Service Unavailable"),
        response(b"not JSON"),
        response(b"[1]"),
        response(b"[" * 10_000),
        response(b'{"request":"another"}'),
        response(b" " * (MAX_ANSWER_BYTES + 1) + b'{"request":"r1"}'),
        b"SSH-2.0-nonsense\r\n",
        b"",
    ],
    ids=["none", "busy", "no JSON", "no object", "deep", "another", "long", "no HTTP", "closed"],
)
def test_without_a_receipt_it_is_pending(tmp_path: Path, answer: bytes) -> None:
    """Whatever a telemetry says."""
    found, _ = asked(tmp_path / "live.sock", answer)

    assert found == PENDING


def test_a_silent_telemetry_holds_nobody_up(tmp_path: Path) -> None:
    """After the time it is pending."""
    found, _ = asked(tmp_path / "live.sock", None, within_s=0.05)

    assert found == PENDING


def test_no_telemetry(tmp_path: Path) -> None:
    """Its socket is not there."""

    async def play() -> dict[str, Any]:
        return await Receipts(LiveSocket(lambda: str(tmp_path / "none.sock"))).of("r1")

    assert asyncio.run(play()) == PENDING


@pytest.mark.parametrize(("said", "wanted"), [(b"yes", True), (b" Yes ", True), (b"no", False), (b"", False)])
def test_who_wants_one_says_so(said: bytes, wanted: bool) -> None:
    """In a header."""
    assert wants_receipt([(b"x-green-receipt", said)]) is wanted
    assert not wants_receipt([])
