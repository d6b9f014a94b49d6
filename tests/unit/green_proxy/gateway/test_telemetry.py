# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a telemetry says, right or wrong, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from green_proxy.gateway import telemetry as module
from green_proxy.gateway.page import Page
from green_proxy.gateway.pages import Pages
from green_proxy.gateway.telemetry import MAX_LINE_BYTES, Telemetry
from green_proxy.live_socket import LiveSocket
from unit.green_proxy.clients import Client

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"


def told(path: Path, *answers: bytes, until: str) -> list[tuple[str, Any]]:
    """All that a page hears, from telemetries that say this one after another and end, up to a word."""
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(left.pop(0) if left else b"")
        writer.close()

    async def play() -> bytes:
        server = await asyncio.start_unix_server(serve, path)
        socket, pages, client = LiveSocket(lambda: str(path)), Pages(), Client("page")
        pages.add(Page(client))  # type: ignore[arg-type]
        following = asyncio.ensure_future(Telemetry(socket, pages).follow())
        while until.encode() not in client.body:  # noqa: ASYNC110
            await asyncio.sleep(0)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await socket.close()
        server.close()
        return client.body

    body = asyncio.run(asyncio.wait_for(play(), 10)).decode()
    events = [event.split("\n") for event in body.split("\n\n") if event]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in events]


def test_its_lines_pass_and_its_end_is_said(tmp_path: Path) -> None:
    """Each under its own name."""
    lines = b'{"event": "snapshot", "a": 1}\n{"event": "receipt"}\n{"event": "alert"}\n'

    heard = told(tmp_path / "live.sock", HEAD + lines, until="away")

    assert [name for name, _ in heard] == ["telemetry", "snapshot", "receipt", "alert", "telemetry"]
    assert heard[1][1] == {"event": "snapshot", "a": 1}
    assert heard[-1][1]["state"] == "away"


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON",
        b"[1]",
        b'{"event": "dropped", "reason": "slow"}',
        b'{"event": ["snapshot"]}',
        b'{"event": "snapshot",\r"a": 1}',
        b"[" * 100_000,
        b"{}",
        b"",
    ],
    ids=["no JSON", "no object", "dropped", "no name", "a return", "deep", "nameless", "empty"],
)
def test_what_is_no_event_goes_no_further(line: bytes, tmp_path: Path) -> None:
    """And ends nothing."""
    heard = told(tmp_path / "live.sock", HEAD + line + b'\n{"event": "alert"}\n', until="away")

    assert [name for name, _ in heard] == ["telemetry", "alert", "telemetry"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "answered 503"),
        (HEAD + b"x" * (MAX_LINE_BYTES + 1), "a line of more than"),
        (b"SSH-2.0-nonsense\r\n", "disconnected"),
        (b"", "disconnected"),
    ],
    ids=["busy", "long", "no HTTP", "closed"],
)
def test_what_is_no_stream_is_away(answer: bytes, why: str, tmp_path: Path) -> None:
    """With the reason."""
    heard = told(tmp_path / "live.sock", answer, until="away")

    assert why in heard[-1][1]["say"]


def test_pauses_grow_until_it_speaks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to a longest, and not where it only answers."""
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(module, "LONGEST_PAUSE_S", 0.004)
    word = b'{"event": "alert"}\n'
    answers = (HEAD, HEAD, HEAD, HEAD, HEAD + word, HEAD + b'{"event": "receipt"}\n')

    heard = told(tmp_path / "live.sock", *answers, until='receipt"}\n\nevent: telemetry')

    pauses = [said["retry_s"] for name, said in heard if name == "telemetry" and said["state"] == "away"]
    assert pauses[:5] == [0.001, 0.002, 0.004, 0.004, 0.001]
